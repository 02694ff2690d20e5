"""Suspension: what is for later is offered to nobody, and comes back as old as it should be."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from router import commands as cm
from router import events as ev
from router.engine import Engine
from router.outbox import work_entries
from tests.audited import BEGIN_MS, AuditedEngine, arriving, only
from tests.policies import POLICY, WORKFLOW_VARIANTS

LATER_MS = BEGIN_MS + 60_000


@pytest.fixture
def engine() -> AuditedEngine:
    return AuditedEngine(POLICY)


def aside(**terms: Any) -> cm.Create:
    return cm.Create("i", "chat", suspension=cm.Suspension(**terms))


def offered(events: list[ev.Event]) -> list[str]:
    return [event.agent_id for event in events if isinstance(event, ev.OfferIssued)]


def refused(events: list[ev.Event]) -> tuple[str, str]:
    event = only(ev.Rejected, events)
    return event.code, event.field


def test_what_is_scheduled_is_offered_when_its_time_comes(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk"))
    assert not offered(engine.send(aside(until_ms=LATER_MS, reason="later")))
    assert not offered(engine.wait(59_999))
    events = engine.wait(1)
    assert only(ev.InteractionResumed, events).ended_by == "timer"
    assert offered(events) == ["ann"]


def test_time_aside_is_no_waiting(engine: AuditedEngine) -> None:
    engine.send(cm.Create("i", "chat"))
    engine.send(cm.Suspend("i"), after_ms=7_000)
    events = engine.send(cm.Resume("i"), after_ms=100_000)
    assert only(ev.InteractionResumed, events).origin_ms == BEGIN_MS + 100_000
    engine.wait(1_000)
    (offer,) = [
        event
        for event in engine.send(cm.AgentLogin("ann", "desk"))
        if isinstance(event, ev.OfferIssued)
    ]
    events = engine.send(cm.Accept(offer.offer_id, "ann"))
    assert only(ev.OfferAccepted, events).waited_ms == 8_000


def test_a_place_that_is_kept_is_ahead_of_what_came_meanwhile(engine: AuditedEngine) -> None:
    engine.send(aside(keep_place=True))
    engine.send(cm.Create("j", "chat"), after_ms=5_000)
    engine.send(cm.Resume("i"), after_ms=60_000)
    events = engine.send(cm.AgentLogin("ann", "desk", capacity=30))
    assert only(ev.OfferIssued, events).interaction_id == "i"


def test_a_place_that_is_not_kept_is_behind(engine: AuditedEngine) -> None:
    engine.send(aside())
    engine.send(cm.Create("j", "chat"), after_ms=5_000)
    engine.send(cm.Resume("i"), after_ms=60_000)
    events = engine.send(cm.AgentLogin("ann", "desk", capacity=30))
    assert only(ev.OfferIssued, events).interaction_id == "j"


def test_an_inbox_is_told_and_says_when(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk"))
    engine.send(aside(until_ms=LATER_MS, inbox="dialer"))
    events = engine.wait(60_000)
    assert only(ev.InteractionDue, events).inbox == "dialer"
    assert not offered(events)
    (entry,) = work_entries(events, engine.engine.state, {})
    assert (entry.inbox, entry.field) == ("dialer", "m")
    # nobody answers the phone: once more, in a minute
    engine.send(cm.Suspend("i", engine.now_ms + 60_000, "dialer"))
    assert only(ev.InteractionDue, engine.wait(60_000)).interaction_id == "i"
    assert offered(engine.send(cm.Resume("i"))) == ["ann"]


def test_an_offer_is_withdrawn_and_the_agent_gets_something_else(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk", capacity=30))
    engine.send(cm.Create("i", "chat"), cm.Create("j", "chat"))
    events = engine.send(cm.Suspend("i"))
    assert only(ev.OfferRescinded, events).reason == "suspended"
    assert only(ev.OfferIssued, events).interaction_id == "j"


def test_work_is_taken_back_and_put_aside(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk"))
    offer = only(ev.OfferIssued, engine.send(cm.Create("i", "chat")))
    engine.send(cm.Accept(offer.offer_id, "ann"))
    assert refused(engine.send(cm.Suspend("i"))) == ("wrong_state", "")
    assert not offered(engine.send(cm.Requeue("i", suspension=cm.Suspension(until_ms=LATER_MS))))
    assert not engine.engine.state.agents["ann"].held
    assert offered(engine.wait(60_000)) == ["ann"]


def test_other_terms_take_the_place_of_those_before(engine: AuditedEngine) -> None:
    engine.send(aside(until_ms=LATER_MS))
    engine.send(cm.Suspend("i", LATER_MS + 60_000, keep_place=True), after_ms=10_000)
    assert only(ev.Repeated, engine.send(cm.Suspend("i", LATER_MS + 60_000, keep_place=True)))
    assert not engine.wait(109_999)
    assert only(ev.InteractionResumed, engine.wait(1)).origin_ms == BEGIN_MS + 10_000


def test_the_customer_may_give_up_meanwhile(engine: AuditedEngine) -> None:
    engine.send(aside(until_ms=LATER_MS))
    assert only(ev.InteractionCancelled, engine.send(cm.Cancel("i")))
    assert engine.engine.next_due_ms() is None
    assert not engine.engine.state.suspended


def test_what_is_asked_may_change_meanwhile(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk"))
    engine.send(aside(until_ms=LATER_MS))
    engine.send(cm.Update("i", requirements=(cm.Requirement("tech"),)))
    assert not offered(engine.wait(60_000))


def test_steps_rest_meanwhile() -> None:
    engine = AuditedEngine(WORKFLOW_VARIANTS["workflow moving"])
    engine.send(cm.AgentLogin("ann", "desk", state="unavailable", skills={"vip": 1}))
    engine.send(cm.AgentLogin("bob", "desk", state="unavailable", skills={"vip": 1}))
    engine.send(cm.Create("i", "chat"))
    engine.send(cm.Suspend("i"), after_ms=1_000)
    assert not engine.wait(600_000)
    events = engine.send(cm.Resume("i"))
    assert only(ev.InteractionStepped, events).until_ms == engine.now_ms + 29_000
    engine.send(cm.Suspend("i", keep_place=True))
    events = engine.send(cm.Resume("i"), after_ms=600_000)
    assert only(ev.InteractionMoved, events).queue == "billing"


def test_a_time_that_has_passed_is_now(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk"))
    assert offered(engine.send(aside(until_ms=1))) == ["ann"]


def test_somebody_can_only_be_told_at_a_time(engine: AuditedEngine) -> None:
    assert refused(engine.send(aside(inbox="dialer"))) == ("invalid", "suspension.until_ms")
    engine.send(cm.Create("i", "chat"))
    assert refused(engine.send(cm.Suspend("i", inbox="dialer"))) == ("invalid", "until_ms")


def test_what_waits_is_not_resumed(engine: AuditedEngine) -> None:
    engine.send(cm.Create("i", "chat"))
    assert only(ev.Repeated, engine.send(cm.Resume("i"))).command == "resume"
    assert refused(engine.send(cm.Resume("j")))[0] == "unknown_interaction"


def test_a_queue_that_is_closed_takes_what_is_for_later() -> None:
    full = {"overflow": [{"when": {"waiting_at_least": 1}, "refuse": "full"}]}
    engine = AuditedEngine({**POLICY, "queues": {**POLICY["queues"], "general": full}})
    engine.send(cm.Create("j", "chat"))
    assert refused(engine.send(cm.Create("k", "chat")))[0] == "overflow"
    assert only(ev.InteractionSuspended, engine.send(aside(until_ms=LATER_MS)))


def test_time_aside_is_no_waiting_when_it_is_called_off(engine: AuditedEngine) -> None:
    engine.send(cm.Create("i", "chat"))
    engine.send(cm.Suspend("i"), after_ms=7_000)
    events = engine.send(cm.Cancel("i"), after_ms=86_400_000)
    assert only(ev.InteractionCancelled, events).waited_ms == 7_000


def test_the_beginning_of_time_has_passed_too(engine: AuditedEngine) -> None:
    assert only(ev.InteractionDue, engine.send(aside(until_ms=0, inbox="dialer")))


def test_it_comes_back_when_there_is_room_for_what_it_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("router.eligibility.conditions.CONDITIONS_MAX", 2)
    monkeypatch.setattr("queues.classes.SPARE_CLASSES_MAX", 0)
    engine, numbers = Engine(), itertools.count()  # the oracle knows no such limit

    def send(at_ms: int, *commands: cm.Command) -> list[ev.Event]:
        inputs = [arriving(f"{at_ms}-{next(numbers)}", at_ms, command) for command in commands]
        return engine.handle(inputs, at_ms)

    asked = [(cm.Requirement(expression=f"agent.x == {n}"),) for n in range(4)]
    later = cm.Suspension(until_ms=LATER_MS)
    send(BEGIN_MS, cm.ReplacePolicy(policy=POLICY))
    send(BEGIN_MS, cm.Create("i", "chat", requirements=asked[0], suspension=later))
    send(BEGIN_MS, cm.Create("k", "chat", requirements=asked[1], suspension=cm.Suspension()))
    send(BEGIN_MS, cm.Create("j", "chat", requirements=asked[2]))
    send(BEGIN_MS, cm.Create("m", "chat", requirements=asked[3]))
    assert refused(send(BEGIN_MS, cm.Resume("i")))[0] == "limit"
    again = only(ev.InteractionSuspended, send(LATER_MS))
    assert (again.cause, again.until_ms) == ("", LATER_MS + 60_000)
    send(LATER_MS, cm.Cancel("j"), cm.Create("n", "chat"))
    resumed = only(ev.InteractionResumed, send(LATER_MS + 60_000))
    assert resumed.origin_ms == LATER_MS + 60_000
