from __future__ import annotations

from typing import Any

import pytest

from benchmarks.floor.agents import Agent, AgentProfile, Alarm, Behaviour, Conduct, Turn
from benchmarks.floor.randomness import Duration

EXACT = Duration(10.0, 0.0)


def agent(**changes: Any) -> Agent:
    settings: dict[str, Any] = {
        "other": Conduct(Duration(4.0, 0.0), Duration(100.0, 0.0), Duration(20.0, 0.0)),
        "decline_share": 0.0,
        "no_answer_share": 0.0,
        "back_after": EXACT,
        "break_every": None,
    }
    profile = AgentProfile("ada", {"billing": 3}, {"fax": 0})
    return Agent(profile, Behaviour(**{**settings, **changes}), seed=1)


def offer(offer_id: str = "o-1", interaction_id: str = "i-1") -> dict[str, Any]:
    return {
        "type": "offer",
        "offer_id": offer_id,
        "interaction_id": interaction_id,
        "agent_id": "ada",
        "channel": "chat",
    }


def about(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "agent_id": "ada", "offer_id": "o-1", "interaction_id": "i-1", **fields}


def test_login_says_what_the_profile_holds() -> None:
    (login,) = agent().log_in("floor").commands
    assert login == {
        "type": "agent_login",
        "agent_id": "ada",
        "inbox": "floor",
        "skills": {"billing": 3},
        "maximums": {"fax": 0},
    }


def test_an_offer_is_accepted_worked_on_and_wrapped_up() -> None:
    ada = agent()
    (answer,) = ada.read(offer()).alarms
    assert answer == Alarm(4.0, "accept", "o-1")
    assert ada.wake(answer).commands == [{"type": "accept", "offer_id": "o-1", "agent_id": "ada"}]
    (work,) = ada.read(about("assigned")).alarms
    assert work == Alarm(100.0, "complete", "i-1")
    assert ada.working == 1
    done = ada.wake(work)
    assert done.commands[0]["type"] == "complete"
    assert done.commands[0]["outcome"] in {"resolved", "follow_up", "unresolved"}
    (wrap_up,) = done.alarms
    assert wrap_up == Alarm(20.0, "end_wrap_up", "i-1")
    assert ada.wake(wrap_up).commands[0]["type"] == "end_wrap_up"
    assert ada.working == 0


def test_the_router_may_end_wrap_up_first() -> None:
    ada = agent()
    ada.read(offer())
    ada.read(about("assigned"))
    (wrap_up,) = ada.wake(Alarm(0, "complete", "i-1")).alarms
    ada.read(about("released", reason="wrapped_up"))
    assert ada.wake(wrap_up).commands == []


def test_an_offer_that_comes_twice_is_answered_once() -> None:
    ada = agent()
    assert len(ada.read(offer()).alarms) == 1
    assert ada.read(offer()).alarms == []


def test_an_offer_that_is_over_is_not_answered() -> None:
    ada = agent()
    (answer,) = ada.read(offer()).alarms
    ada.read(about("offer_over", outcome="rescinded"))
    assert ada.wake(answer).commands == []


def test_work_that_was_requeued_is_not_completed() -> None:
    ada = agent()
    ada.read(offer())
    (work,) = ada.read(about("assigned")).alarms
    ada.read(about("released", reason="requeued"))
    assert ada.wake(work).commands == []


def test_some_decline() -> None:
    ada = agent(decline_share=1.0)
    (answer,) = ada.read(offer()).alarms
    assert ada.wake(answer).commands == [{"type": "decline", "offer_id": "o-1", "agent_id": "ada"}]


def test_some_do_not_answer_and_come_back_later() -> None:
    ada = agent(no_answer_share=1.0)
    assert ada.read(offer()).alarms == []
    (back,) = ada.read(about("agent_state", state="not_responding")).alarms
    assert back == Alarm(10.0, "return")
    (command,) = ada.wake(back).commands
    assert (command["type"], command["state"]) == ("agent_state", "available")


def test_what_a_device_answers_is_left_to_it() -> None:
    ada = agent(by_device=frozenset({"chat"}))
    assert ada.read(offer()) == Turn()
    assert ada.read(about("assigned")) == Turn()
    assert ada.read({**offer("o-2"), "channel": "email"}).alarms != []


def test_breaks_come_again_and_again() -> None:
    ada = agent(break_every=Duration(50.0, 0.0), break_length=EXACT)
    (leave,) = ada.log_in("floor").alarms
    assert leave.purpose == "go_on_break"
    assert 0 <= leave.after_s <= 50.0
    gone = ada.wake(leave)
    assert gone.commands[0]["state"] == "unavailable"
    assert gone.alarms == [Alarm(10.0, "return", "break")]
    back = ada.wake(gone.alarms[0])
    assert back.commands[0]["state"] == "available"
    assert back.alarms == [Alarm(50.0, "go_on_break")]


def test_shares_are_kept_on_average() -> None:
    ada = agent(decline_share=0.2, no_answer_share=0.1)
    silent = declined = 0
    for number in range(3_000):
        alarms = ada.read(offer(f"o-{number}")).alarms
        silent += not alarms
        declined += bool(alarms) and alarms[0].purpose == "decline"
    assert silent / 3_000 == pytest.approx(0.1, abs=0.02)
    assert declined / 3_000 == pytest.approx(0.2, abs=0.03)


def test_the_same_seed_gives_the_same_conduct() -> None:
    def answers(seed: int) -> list[Alarm]:
        ada = Agent(AgentProfile("ada"), Behaviour(), seed)
        return [a for n in range(50) for a in ada.read(offer(f"o-{n}")).alarms]

    assert answers(1) == answers(1)
    assert answers(1) != answers(2)
