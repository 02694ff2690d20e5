"""One interaction: its offers with what became of them, and why it waits."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from adapters.explain import UnknownAgent, UnknownInteraction, explain_interaction
from adapters.explain.interaction import Outcome
from adapters.explain.text import life_page
from router import events as ev
from tests.adapters.explain.written import Written, a_floor, create, login
from tests.policies import POLICY, SCALES, changed


def lines(floor: Written, interaction_id: str, *why_not: str) -> list[Any]:
    life = explain_interaction(floor.records, interaction_id, why_not)
    return [part for part in life_page(life, 2) if isinstance(part, str)]


def test_the_offers_with_their_outcomes() -> None:
    floor = a_floor()
    life = explain_interaction(floor.records, "call-1")
    assert [(one.event.offer_id, one.event.agent_id) for one in life.offers] == [
        ("1-3", "gus"),
        ("1-4", "anna"),
    ]
    assert life.outcomes == {"1-3": Outcome("offer_declined", floor.now_ms - 2_000, "no time")}
    assert (life.state, life.record_id, life.sound) == ("offered", "1-12", True)
    assert life.waiting is None


def test_how_a_life_ends() -> None:
    floor = a_floor()
    floor.send({"type": "accept", "offer_id": "1-4", "agent_id": "anna"})
    life = explain_interaction(floor.records, "call-1")
    assert life.state == "assigned"
    assert life.outcomes["1-4"].event == "offer_accepted"
    floor.send({"type": "complete", "interaction_id": "call-1", "agent_id": "anna"})
    assert explain_interaction(floor.records, "call-1").state == "wrap_up"
    floor.send(after_ms=30_000)
    assert explain_interaction(floor.records, "call-1").state == "completed"


def test_what_waits_says_who_could_and_who_lacks_what() -> None:
    floor = a_floor()
    life = explain_interaction(floor.records, "call-2")
    waiting = life.waiting
    assert waiting is not None
    assert (life.state, life.sound, waiting.settled) == ("queued", True, True)
    assert waiting.ranking.candidates == ()
    assert waiting.ranking.counts == {
        "logged_in": 9,
        "not_available": 2,
        "no_capacity": 2,
        "lacking_skill": 5,
        "excluded": 0,
        "candidates": 0,
    }
    assert "9 without the skills" in lines(floor, "call-2")


def test_those_with_the_skills_are_told_apart() -> None:
    floor = Written(POLICY)
    floor.send(login("ann", french=3), login("bob"), create("taken", excluded_agents=["bob"]))
    floor.send(create("i", requirements=[{"skill": "french"}]))
    told = lines(floor, "i")
    assert "0 of 2 logged in could serve it" in told
    assert "1 with the skills, kept from it" in told
    assert "1 without the skills" in told
    (answer,) = [line for line in lines(floor, "i", "bob") if line.startswith("why not bob")]
    assert answer.startswith("why not bob? lacking skill: french: holds 0, needs >= 1 (else 0.")


def test_who_gave_up_is_told_what_was_missing() -> None:
    floor = a_floor()
    life = explain_interaction(floor.records, "call-h")
    assert life.waiting is not None
    assert (life.state, life.waiting.record_id, life.waiting.settled) == ("cancelled", "1-8", False)
    assert any(line.startswith("when it was cancelled, at 2023") for line in lines(floor, "call-h"))


def test_an_id_used_again_forgets_why_the_first_gave_up() -> None:
    floor = a_floor()
    floor.send(after_ms=7_200_000)
    floor.send(create("other"))
    floor.send({"type": "cancel", "interaction_id": "other"})
    floor.send(create("call-h", "chat"))
    life = explain_interaction(floor.records, "call-h")
    assert (life.state, len(life.offers), life.waiting) == ("offered", 2, None)


def test_left_waiting_beside_somebody_free_is_found() -> None:
    """What no engine would write: an agent becomes available and nobody looks at what waits."""
    floor = Written(POLICY)
    floor.send(login("ann", "unavailable"), create("i"))
    floor.append([ev.AgentAvailable(agent_id="ann")], partial=True)
    life = explain_interaction(floor.records, "i")
    assert life.sound, "matching may still be on its way"
    assert "matching had not come to its end at that moment" in life_page(life, 2)
    floor.append([ev.IntakeChanged(open=True)])
    life = explain_interaction(floor.records, "i")
    assert not life.sound
    assert "MISMATCH: it was left waiting beside somebody who could serve it" in life_page(life, 2)
    floor.append([], partial=True)
    floor.append([ev.LeaderStarted(epoch=2, router_id="r", release="0")])
    assert not explain_interaction(floor.records, "i").sound, "offers written again settle nothing"


def test_a_planted_decision_shows() -> None:
    floor = Written(POLICY)
    floor.send(login("ann"), create("i"))
    right = floor.offers[0]
    wrong = msgspec.structs.replace(
        right, decision=msgspec.structs.replace(right.decision, candidates=2)
    )
    bent = Written(POLICY)
    bent.now_ms = floor.now_ms
    bent.append([wrong if event is right else event for event in floor.events[2:]])
    life = explain_interaction(bent.records, "i")
    assert not life.sound
    words = "MISMATCH in decision.candidates: the journal says 2, recomputed 1"
    assert words in life_page(life, 2)


def test_names_that_nobody_knows() -> None:
    floor = a_floor()
    with pytest.raises(UnknownInteraction) as caught:
        explain_interaction(floor.records, "cal-2")
    assert str(caught.value) == ("the journal has no interaction 'cal-2'; did you mean 'call-2'?")
    with pytest.raises(UnknownAgent, match="no agent 'nobody' has ever signed in"):
        explain_interaction(floor.records, "call-1", ["ben", "nobody"])
    life = explain_interaction(floor.records, "call-1", ["jon"])
    assert {one.answers[0].words for one in life.offers} == {"had not signed in yet"}


def test_the_way_of_what_its_queue_does_not_take() -> None:
    full = {"waiting_at_least": 1}
    queues = {
        "general": {"overflow": [{"when": full, "queue": "billing"}]},
        "billing": {"overflow": [{"when": full, "divert": "voicemail", "name": "late"}]},
    }
    floor = Written({**POLICY, "queues": queues})
    floor.send(create("i"), create("j"), create("k"))
    assert (explain_interaction(floor.records, "i").stages) == []
    life = explain_interaction(floor.records, "k")
    assert (life.state, life.waiting) == ("diverted", None)
    told = [" ".join(line.split()) for line in lines(floor, "k")]
    assert told[0].startswith("interaction k: diverted, 0 offers")
    assert told[1].endswith(": general → billing")
    assert told[2].endswith("to voicemail, by the queue's overflow rule late")


def test_what_waited_too_long_is_told_with_its_step() -> None:
    queues = {"general": {"workflow": "v"}, "billing": {"workflow": "w"}}
    workflows = {
        "v": {"steps": [{"until_s": 5}, {"queue": "billing", "name": "over there"}]},
        "w": {"steps": [{"until_s": 9}, {"divert": "callback"}]},
    }
    floor = Written({**POLICY, "queues": queues, "workflows": workflows})
    floor.send(create("i"))
    floor.send(after_ms=5_000)
    floor.send(after_ms=4_000)
    life = explain_interaction(floor.records, "i")
    assert [stage.event for stage in life.stages] == ["stepped", "moved", "stepped", "diverted"]
    told = [" ".join(line.split()) for line in lines(floor, "i")]
    assert told[2].startswith("moved at 2023")
    assert told[2].endswith("to billing, by step 2 over there")
    assert told[4].endswith("to callback, by step 2")


def test_what_was_told_of_a_wait_can_be_looked_up() -> None:
    floor = Written(POLICY)
    floor.send(create("i"), {"type": "inquire", "interaction_id": "i", "reply_to": "ivr"})
    floor.send(*(create(f"i{n}") for n in range(9)))
    floor.send(login("ann"), after_ms=10_000)
    for name in ("i", *(f"i{n}" for n in range(6))):
        offer_id = floor.offers[-1].offer_id
        floor.send({"type": "accept", "offer_id": offer_id, "agent_id": "ann"}, after_ms=10_000)
        done = {"type": "complete", "interaction_id": name, "agent_id": "ann", "wrap_up": False}
        floor.send(done)
    floor.send({"type": "inquire", "interaction_id": "i8"})
    floor.send({"type": "inquire", "interaction_id": "i6"})
    told = {
        name: [" ".join(line.split())[34:] for line in lines(floor, name) if "told" in line[:8]]
        for name in ("i", "i6", "i8")
    }
    assert told == {
        "i": ["place 1 of 1 in general, no wait, as too little was known"],
        "i6": ["being offered in general"],
        "i8": ["place 2 of 2 in general, a wait of 22.285 s (5.720 s to 53.254 s)"],
    }
    (stage,) = explain_interaction(floor.records, "i").stages
    assert (stage.event, stage.position, stage.target) == ("told", 1, "ivr")


def test_a_conversation_that_falls_silent_and_wakes() -> None:
    floor = Written(POLICY)
    floor.send(login("ann") | {"capacity": 30}, create("i", "chat"))
    floor.send({"type": "accept", "offer_id": "1-1", "agent_id": "ann"})
    floor.send({"type": "idle", "interaction_id": "i"}, create("j", "chat"))
    floor.send({"type": "accept", "offer_id": "1-2", "agent_id": "ann"})
    floor.send({"type": "wake", "interaction_id": "i"}, create("k", "letter"))
    told = "\n".join(lines(floor, "i"))
    assert "it left its room with ann" in told
    assert "ann had no room for it; waited for, until" in told
    life = explain_interaction(floor.records, "k", ["ann"])
    assert life.waiting is not None
    (answer,) = life.waiting.answers
    assert "has the first room for i, which is waking" in answer.words
    floor.send({"type": "complete", "interaction_id": "j", "agent_id": "ann"})
    assert "ann had room for it again" in "\n".join(lines(floor, "i"))


def test_notes_are_told_and_what_they_say_only_if_it_may_be() -> None:
    floor = Written(POLICY)
    floor.send(create("i"))
    floor.send({"type": "note", "interaction_id": "i", "text": "has moved", "author": "ann"})
    floor.send({"type": "note", "interaction_id": "i", "text": "calls again"})
    (line, nameless) = [line for line in lines(floor, "i") if "noted" in line[:8]]
    assert line.endswith("Z by ann")
    assert nameless.endswith("Z")
    life = explain_interaction(floor.records, "i", show_attributes=True)
    assert [(stage.name, stage.reason) for stage in life.stages] == [
        ("ann", "has moved"),
        ("", "calls again"),
    ]
    assert any(str(part).endswith("by ann: has moved") for part in life_page(life, 2))


def test_levels_are_told_on_their_scales() -> None:
    floor = Written(changed(**SCALES))
    floor.send(login("ann", tech=3) | {"skills": {"tech": 3, "vip": "some"}})
    asked = [{"skill": "tech", "level": 2}, {"skill": "vip", "level": "much"}]
    floor.send(create("i", requirements=asked))
    assert any("tech >= 2, vip >= much" in line for line in lines(floor, "i"))
    life = explain_interaction(floor.records, "i", ["ann"])
    assert life.waiting is not None
    (answer,) = life.waiting.answers
    words = [obstacle.reason for obstacle in answer.obstacles]
    assert words == ["tech: holds 3, needs >= 2", "vip: holds some, needs >= much"]


def test_attempts_to_call_back_are_told() -> None:
    week = {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
    called = {**POLICY["channels"]["chat"], "callback": {"calling_hours": "h", "attempts_max": 1}}
    channels = {**POLICY["channels"], "chat": called}
    floor = Written({**POLICY, "channels": channels, "hours": {"h": {"week": week}}})
    aside = {"until_ms": floor.now_ms, "inbox": "dialler"}
    floor.send(create("i", "chat", suspension=aside))
    floor.send(after_ms=11 * 3_600_000)
    floor.send({"type": "retry", "interaction_id": "i", "reason": "busy"})
    told = [" ".join(line.split()) for line in lines(floor, "i")]
    assert "until 2023-11-15 09:00:00.000Z (not 2023-11-14 22:13:21.000Z, by call" in told[1]
    assert told[3].startswith("attempt 1 failed at 2023-11-15 09:13:")
    assert told[3].endswith(": busy")
    assert told[5].endswith("to unreached, after 1 failed attempts")


def test_a_step_that_lets_in_others_is_told() -> None:
    profiles = {"line": {"queues": {"general": {"delay_s": 30}}}}
    floor = Written({**POLICY, "profiles": profiles})
    floor.send(login("ann") | {"profile": "line"}, create("i"))
    told = " ".join(" ".join(lines(floor, "i", "ann")).split())
    assert "step 1, until 2023-11-14 22:13:52.000Z, then for agents of further profiles too" in told
    life = explain_interaction(floor.records, "i", ["ann"])
    assert life.waiting is not None
    assert life.waiting.ranking.subject.continues


def asking(**general: Any) -> Written:
    """A floor on which several are asked at once; nobody is there yet."""
    return Written(POLICY | {"queues": {"general": general, "billing": {}}})


def test_what_is_offered_to_more_says_so() -> None:
    floor = asking(offers_at_once=2)
    floor.send(login("anna"), login("bert"))
    floor.send(create("i", "voice"))
    life = explain_interaction(floor.records, "i", ["anna"])
    assert [one.asked_before for one in life.offers] == [0, 1]
    (about_anna,) = life.offers[1].answers
    assert [one.code for one in about_anna.obstacles] == ["capacity_maximum", "asked"]
    assert life.sound


def test_what_waits_for_enough_agents_is_not_left_waiting() -> None:
    floor = asking(offers_at_once=2, offers_at_least=2)
    floor.send(login("anna"))
    floor.send(create("i", "voice"))
    life = explain_interaction(floor.records, "i")
    assert life.waiting is not None
    assert (len(life.waiting.ranking.candidates), life.sound) == (1, True)
    assert "its queue wants 2 to be asked at once" in lines(floor, "i")


def test_what_nobody_accepts_is_told_to_have_moved() -> None:
    floor = asking(rescue={"queue": "billing", "after_declines": 1})
    floor.send(login("anna"))
    floor.send(create("i", "voice"))
    (offer_id,) = floor.engine.state.offers
    floor.send({"type": "decline", "offer_id": offer_id, "agent_id": "anna"})
    (moved,) = [line for line in lines(floor, "i") if line.startswith("  moved")]
    assert moved.endswith("to billing, 1 declined or did not answer")


def test_why_not_somebody_of_a_group_that_is_closed() -> None:
    pools = {"own": {"require": [{"skill": "vip"}]}, "lent": {"require": [{"skill": "french"}]}}
    group = {"pool": "lent", "open_if": [{"waiting_at_least": 9}]}
    queue = {"pool": "own", "activation": {"groups": [group]}}
    floor = Written(changed(pools=pools, queues={"general": queue}))
    floor.send(login("ann", french=3), create("i"))
    (answer,) = [line for line in lines(floor, "i", "ann") if line.startswith("why not ann")]
    assert "vip: holds 0, needs >= 1 | group general/lent is closed" in answer


def test_pools_that_have_not_opened_are_told() -> None:
    pools = {name: {"require": [{"skill": "vip"}]} for name in ("own", "more")}
    rule = {"pool": "more", "until_s": 5, "open_if": [{"waiting_at_least": 9}]}
    queue = {"pool": "own", "workflow": "w"}
    steps = [rule, {}]
    floor = Written(
        changed(pools=pools, workflows={"w": {"steps": steps}}, queues={"general": queue})
    )
    floor.send(create("i"))
    assert any("without the pools of step 1" in line for line in lines(floor, "i"))
