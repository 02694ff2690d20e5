"""A supervisor's word about what waits: an offer is taken back, or it goes to another queue."""

from __future__ import annotations

import pytest

from router import commands as cm
from router import events as ev
from tests.audited import AuditedEngine, only
from tests.policies import queues_of

RESCUE = {"rescue": {"queue": "billing", "after_declines": 1}}


@pytest.fixture
def engine() -> AuditedEngine:
    engine = AuditedEngine(queues_of(RESCUE, {}))
    engine.send(cm.AgentLogin("ann", "desk"))
    return engine


def offered(engine: AuditedEngine) -> str:
    return only(ev.OfferIssued, engine.send(cm.Create("i", "voice"))).offer_id


def code_of(events: list[ev.Event]) -> str:
    return only(ev.Rejected, events).code


def test_an_offer_that_was_taken_back_goes_to_somebody_else(engine: AuditedEngine) -> None:
    offer_id = offered(engine)
    events = engine.send(cm.Rescind(offer_id, reason="ann is needed elsewhere"))
    rescinded = only(ev.OfferRescinded, events)
    assert (rescinded.agent_id, rescinded.reason) == ("ann", "taken_back")
    assert not [event for event in events if isinstance(event, ev.OfferIssued)]
    assert only(ev.OfferIssued, engine.send(cm.AgentLogin("bob", "desk"))).agent_id == "bob"


def test_it_is_no_decline(engine: AuditedEngine) -> None:
    events = engine.send(cm.Rescind(offered(engine)))
    assert not [event for event in events if isinstance(event, ev.InteractionMoved)]
    assert not engine.engine.state.declines
    assert engine.engine.state.interactions["i"].queue == "general"


def test_the_agent_is_asked_again_after_that_time(engine: AuditedEngine) -> None:
    engine.send(cm.Rescind(offered(engine), retry_s=60))
    assert not engine.wait(59_999)
    assert only(ev.OfferIssued, engine.wait(1)).agent_id == "ann"


def test_without_a_time_the_agent_is_asked_again_at_once(engine: AuditedEngine) -> None:
    events = engine.send(cm.Rescind(offered(engine), retry_s=0))
    assert only(ev.OfferRescinded, events).excluded_until_ms == 0
    assert only(ev.OfferIssued, events).agent_id == "ann"


def test_what_is_over_is_not_taken_back(engine: AuditedEngine) -> None:
    offer_id = offered(engine)
    engine.send(cm.Accept(offer_id, "ann"))
    assert code_of(engine.send(cm.Rescind(offer_id))) == "offer_over"
    assert code_of(engine.send(cm.Rescind("9-9"))) == "unknown_offer"


def test_taken_back_twice_is_taken_back(engine: AuditedEngine) -> None:
    offer_id = offered(engine)
    engine.send(cm.Rescind(offer_id))
    assert only(ev.Repeated, engine.send(cm.Rescind(offer_id)))


def test_what_is_offered_moves_and_is_offered_there(engine: AuditedEngine) -> None:
    offered(engine)
    created_ms = engine.now_ms
    engine.wait(5_000)
    events = engine.send(cm.Move("i", "billing"))
    assert only(ev.OfferRescinded, events).reason == "moved"
    moved = only(ev.InteractionMoved, events)
    assert (moved.queue, moved.step, moved.declines) == ("billing", 0, 0)
    assert only(ev.OfferIssued, events).agent_id == "ann"
    interaction = engine.engine.state.interactions["i"]
    assert (interaction.queue, interaction.origin_ms) == ("billing", created_ms)


def test_it_is_there_already(engine: AuditedEngine) -> None:
    offered(engine)
    assert only(ev.Repeated, engine.send(cm.Move("i", "general")))


@pytest.mark.parametrize("state", ["suspended", "assigned"])
def test_what_does_not_wait_stays(engine: AuditedEngine, state: str) -> None:
    offer_id = offered(engine)
    engine.send(cm.Suspend("i") if state == "suspended" else cm.Accept(offer_id, "ann"))
    refusal = only(ev.Rejected, engine.send(cm.Move("i", "billing")))
    assert refusal.code == "wrong_state"
    assert refusal.detail.startswith(f"the interaction is {state}; ")


def test_a_queue_that_is_not_there(engine: AuditedEngine) -> None:
    offered(engine)
    assert code_of(engine.send(cm.Move("i", "bilin"))) == "unknown_queue"
