"""An hour with all that people do to interactions and to themselves, recorded and replayed."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from benchmarks.preview.cases import Asked, Case, Recording
from benchmarks.preview.measures import measures_of
from benchmarks.preview.reading import record
from benchmarks.preview.recorded_day import BEGIN_MS, Entries, JournalingEngine
from benchmarks.preview.replaying import replay
from benchmarks.preview.validating import InMemory
from benchmarks.simulator.kernel import Kernel
from router import commands as cmd
from router.requirements import AskedRequirement

POLICY: dict[str, Any] = {
    "name": "hour",
    "channels": {
        "voice": {"exclusive": True, "offer_ttl_s": 20, "wrap_up_s": 60, "target_s": 20},
        "chat": {"cost": 50, "maximum": 2, "release_idle": True, "target_s": 60},
    },
    "queues": {"sales": {}, "help": {}},
    "skills": {"english": {"levels": ["poor", "good", "native"]}, "tax": {"lowest": 0}},
    "activities": {"lunch": {}, "calls": {"available": True}},
    "decline_retry_s": 60,
}


FACTS = (cmd.HistoryFact("ann", "outcome", at_ms=BEGIN_MS - 86_400_000, score=0.5),)


class Hour:
    """The hour as it went: commands in time, on the real engine."""

    def __init__(self) -> None:
        self.entries: Entries = []
        self.kernel = Kernel(
            engine=JournalingEngine(lambda name, data: self.entries.append((name, data)))
        )
        self.tell(0, cmd.ReplacePolicy(policy=POLICY))

    def tell(self, at_s: float, command: cmd.Command) -> None:
        self.kernel.advance(at_s * 1_000)
        self.kernel.tell(command)

    def login(self, at_s: float, agent_id: str, **told: Any) -> None:
        self.tell(at_s, cmd.AgentLogin(agent_id=agent_id, inbox="floor", **told))

    def create(self, at_s: float, name: str, channel: str = "voice", **told: Any) -> None:
        told = {"queue": "sales", **told}
        self.tell(at_s, cmd.Create(interaction_id=name, channel=channel, **told))

    def accept(self, at_s: float, name: str) -> str:
        """Whoever is asked takes it."""
        self.kernel.advance(at_s * 1_000)
        state = self.kernel.engine.state
        (offer,) = (o for o in state.offers.values() if o.interaction_id == name)
        self.kernel.tell(cmd.Accept(offer_id=offer.offer_id, agent_id=offer.agent_id))
        return offer.agent_id

    def take_back(self, at_s: float, name: str, retry_s: int) -> None:
        """A supervisor takes it back from whoever is asked."""
        self.kernel.advance(at_s * 1_000)
        offers = self.kernel.engine.state.offers
        (offer,) = (o for o in offers.values() if o.interaction_id == name)
        self.kernel.tell(cmd.Rescind(offer_id=offer.offer_id, retry_s=retry_s))

    def complete(self, at_s: float, name: str, agent_id: str) -> None:
        self.tell(at_s, cmd.Complete(interaction_id=name, agent_id=agent_id))


@cache
def hour() -> Recording:
    """Recorded from a moment on at which much is open."""
    played = Hour()
    played.login(1, "ann", skills={"english": "native", "tax": 2})
    played.create(2, "before")
    played.accept(5, "before")
    played.create(6, "waits-before", requirements=(_asks("english", "good"),))
    # from here on
    played.complete(70, "before", "ann")
    played.tell(90, cmd.EndWrapUp(interaction_id="before", agent_id="ann"))
    played.accept(95, "waits-before")
    played.tell(
        150,
        cmd.Transfer(
            interaction_id="waits-before", agent_id="ann", queue="help", reason="other matter"
        ),
    )
    played.login(152, "bob", skills={"english": "good", "tax": 4})
    played.accept(156, "waits-before")
    played.complete(300, "waits-before", "bob")
    played.create(400, "chat", "chat", direct=cmd.Direct("ann"))
    played.accept(402, "chat")
    played.tell(430, cmd.Idle(interaction_id="chat"))
    played.tell(480, cmd.Wake(interaction_id="chat"))
    played.complete(500, "chat", "ann")
    until_ms = BEGIN_MS + 800_000
    played.create(600, "later", suspension=cmd.Suspension(until_ms=until_ms))
    played.create(605, "gives-up", requirements=(_asks("tax", 4),), queue="help")
    played.tell(610, cmd.Update(interaction_id="later", priority=3))
    agent = played.accept(803, "later")
    played.tell(860, cmd.Requeue(interaction_id="later", reason="line broke"))
    agent = played.accept(862, "later")
    played.complete(900, "later", agent)
    played.tell(1_000, cmd.AgentState(agent_id="ann", activity="lunch"))
    played.tell(1_001, cmd.AgentLogout(agent_id="bob"))
    played.create(1_010, "left")
    played.tell(1_040, cmd.Cancel(interaction_id="left"))
    played.create(1_050, "picked")
    played.tell(1_060, cmd.Move(interaction_id="picked", queue="help"))
    played.tell(1_070, cmd.Assign(interaction_id="picked", agent_id="ann"))
    played.complete(1_100, "picked", "ann")
    played.tell(1_200, cmd.AgentState(agent_id="ann", activity="calls"))
    played.tell(1_300, cmd.AgentSkills(agent_id="ann", skills={"english": "poor"}))
    played.create(1_400, "known", history=FACTS)
    played.take_back(1_404, "known", retry_s=30)
    played.accept(1_440, "known")
    played.complete(1_470, "known", "ann")
    played.kernel.advance(2_000_000.0)
    played.tell(2_000, cmd.AgentLogout(agent_id="ann"))
    return record(InMemory(played.entries), BEGIN_MS + 50_000, BEGIN_MS + 1_800_000)


def _asks(skill: str, level: int | str) -> AskedRequirement:
    return AskedRequirement(skill=skill, level=level)


def case_of(name: str) -> Case:
    return next(case for case in hour().cases if case.interaction_id == name)


def commands() -> list[cmd.Command]:
    return [one.command for one in hour().timetable]


def test_interactions_come_as_they_were_sent() -> None:
    chat, later, help_ = (case_of(name).create for name in ("chat", "later", "gives-up"))
    assert chat is not None
    assert chat.direct == cmd.Direct("ann")
    assert later is not None
    assert later.suspension == cmd.Suspension(until_ms=BEGIN_MS + 800_000)
    assert help_ is not None
    assert help_.requirements == (_asks("tax", 4),)
    assert case_of("before").create is None
    known = case_of("known").create
    assert known is not None
    assert known.history == FACTS


def test_an_offer_that_was_taken_back_is_known() -> None:
    first, second = case_of("known").asked
    assert first == Asked("ann", "taken_back", 4_000, 30)
    assert (second.agent_id, second.answer) == ("ann", "accepted")
    assert hour().noted["offers_taken_back_then"] == 1


def test_who_had_them_and_how_it_ended() -> None:
    first, second = case_of("waits-before").legs
    assert (first.agent_id, first.handle_ms) == ("ann", 55_000)
    assert first.command == cmd.Transfer(
        interaction_id="waits-before", agent_id="ann", queue="help", reason="other matter"
    )
    assert (second.agent_id, second.handle_ms, second.wrap_up_ms) == ("bob", 144_000, 60_000)
    assert second.wrapped_by == "timer"
    assert case_of("before").legs[0].wrapped_by == "agent"
    assert case_of("chat").legs[0].idles == [(28_000, 78_000)]
    back, _ = case_of("later").legs
    assert back.command == cmd.Requeue(interaction_id="later", reason="line broke")
    assert case_of("left").gave_up_ms == BEGIN_MS + 1_040_000


def test_what_others_did_is_a_timetable() -> None:
    found = commands()
    assert cmd.Update(interaction_id="later", priority=3) in found
    assert cmd.Move(interaction_id="picked", queue="help") in found
    assert cmd.Assign(interaction_id="picked", agent_id="ann") in found
    bob = next(one for one in found if isinstance(one, cmd.AgentLogin))
    assert (bob.agent_id, bob.state, bob.skills) == (
        "bob",
        "available",
        {"english": "good", "tax": 4},
    )
    ann = [one for one in found if isinstance(one, cmd.AgentState)]
    assert [one.activity for one in ann] == ["lunch", "calls"]
    (skills,) = (one for one in found if isinstance(one, cmd.AgentSkills))
    assert skills.skills == {"english": "poor"}


def test_facts_count_as_the_draft_weighs_them() -> None:
    """Whom history names first is counted by terms, which are made anew of the facts."""
    recording = hour()
    place = next(n for n, case in enumerate(recording.cases) if case.interaction_id == "known")
    for worth, knew in ((0.5, 1), (0.0, -1)):
        draft = {**POLICY, "history": {"last_agent": 0.1, "owner": 0.1, "outcome": worth}}
        assert replay(recording, draft, 1).knew[place] == knew


def test_what_cannot_be_done_again_is_counted() -> None:
    """A draft without the queue that a supervisor moved something to, and that answers itself."""
    voice = {**POLICY["channels"]["voice"], "auto_accept": True}
    channels = {**POLICY["channels"], "voice": voice}
    noted = replay(hour(), {**POLICY, "queues": {"sales": {}}, "channels": channels}, 1).noted
    assert noted["move_refused"] == noted["transfer_refused"] == noted["create_refused"] == 1
    assert "offers_taken_back" not in noted


def test_the_replay_is_the_hour() -> None:
    recording = hour()
    once = replay(recording, None, 1)
    assert once.noted["offers_taken_back"] == 1
    assert [n for n in once.noted if n.endswith("_refused")] == []
    was, now = recording.happened, once
    names = [case.interaction_id for case in recording.cases]
    assert dict(zip(names, now.ends, strict=True)) == dict(zip(names, was.ends, strict=True))
    agents = {
        name: [o.agent_ids[a] for o, a in ((was, x), (now, y)) if a >= 0]
        for name, x, y in zip(names, was.agents, now.agents, strict=True)
    }
    assert agents == {name: both[:1] * len(both) for name, both in agents.items()}
    assert now.waited_ms == was.waited_ms
    before, after = measures_of(was), measures_of(now)
    assert after.keys() == before.keys()
    for scope, measures in before.items():
        assert after[scope] == pytest.approx(measures, nan_ok=True), scope
