"""What agents do after an act of theirs, in one command with it; the oracle looks on."""

from __future__ import annotations

import pytest

from router import commands as cm
from router import events as ev
from router.lifecycle import AgentStatus
from tests.audited import AuditedEngine, only
from tests.policies import POLICY


@pytest.fixture
def engine() -> AuditedEngine:
    engine = AuditedEngine(POLICY)
    engine.send(cm.AgentLogin("ann", "desk", activity="at-work"))
    return engine


def offered(engine: AuditedEngine, name: str, channel: str = "chat") -> str:
    return only(ev.OfferIssued, engine.send(cm.Create(name, channel))).offer_id


def status_of(engine: AuditedEngine, agent_id: str = "ann") -> tuple[AgentStatus, str]:
    agent = engine.engine.state.agents[agent_id]
    return agent.status, agent.activity


def refused(events: list[ev.Event]) -> tuple[str, str]:
    (event,) = events
    assert isinstance(event, ev.Rejected)
    return event.code, event.field


LUNCH = (AgentStatus.UNAVAILABLE, "lunch")


def test_who_accepts_may_take_nothing_beside(engine: AuditedEngine) -> None:
    first, second = offered(engine, "i"), offered(engine, "j")
    events = engine.send(cm.Accept(first, "ann", activity="training"))
    kinds = [type(event) for event in events]
    assert kinds == [
        ev.OfferAccepted,
        ev.AgentActivityChanged,
        ev.AgentUnavailable,
        ev.OfferRescinded,
    ]
    assert only(ev.OfferRescinded, events).offer_id == second
    assert {event.cause for event in events} == {events[0].cause}
    assert "i" in engine.engine.state.agents["ann"].held


def test_who_declines_goes_to_lunch_and_is_not_asked_again(engine: AuditedEngine) -> None:
    offer = offered(engine, "i")
    engine.send(cm.AgentLogin("bob", "desk"))
    events = engine.send(cm.Decline(offer, "ann", activity="lunch"), cm.Create("j", "chat"))
    assert {event.agent_id for event in events if isinstance(event, ev.OfferIssued)} == {"bob"}
    assert status_of(engine) == LUNCH


def test_who_is_done_goes_to_lunch_before_the_next_call_comes(engine: AuditedEngine) -> None:
    engine.send(cm.Accept(offered(engine, "i"), "ann"))
    done = cm.Complete("i", "ann", activity="lunch")
    events = engine.send(done, cm.Create("j", "voice"))
    assert not any(isinstance(event, ev.OfferIssued) for event in events)
    assert status_of(engine) == LUNCH


def test_who_ends_wrap_up_is_back(engine: AuditedEngine) -> None:
    engine.send(cm.Accept(offered(engine, "i", "voice"), "ann"))
    engine.send(cm.Complete("i", "ann", activity="training"), cm.Create("j", "voice"))
    events = engine.send(cm.EndWrapUp("i", "ann", activity="at-work"))
    assert [type(event) for event in events] == [
        ev.InteractionWrappedUp,
        ev.AgentActivityChanged,
        ev.AgentAvailable,
        ev.OfferIssued,
    ]


def test_what_they_do_already_changes_nothing(engine: AuditedEngine) -> None:
    events = engine.send(cm.Accept(offered(engine, "i"), "ann", activity="at-work"))
    assert [type(event) for event in events] == [ev.OfferAccepted]


def test_an_activity_that_nobody_knows_leaves_all_as_it_was(engine: AuditedEngine) -> None:
    offer = offered(engine, "i")
    unknown = ("unknown_activity", "activity")
    assert refused(engine.send(cm.Accept(offer, "ann", activity="nap"))) == unknown
    assert refused(engine.send(cm.Decline(offer, "ann", activity="nap"))) == unknown
    assert offer in engine.engine.state.offers
    engine.send(cm.Accept(offer, "ann"))
    assert refused(engine.send(cm.Complete("i", "ann", activity="nap"))) == unknown
    assert "i" in engine.engine.state.assignments


def test_who_has_left_does_nothing_next(engine: AuditedEngine) -> None:
    engine.send(cm.Accept(offered(engine, "i"), "ann"))
    engine.send(cm.AgentLogout("ann"))
    done = cm.Complete("i", "ann", activity="lunch")
    assert refused(engine.send(done)) == ("wrong_state", "activity")
    assert only(ev.InteractionWrappedUp, engine.send(cm.Complete("i", "ann")))


def test_an_answer_that_is_repeated_changes_nothing_again(engine: AuditedEngine) -> None:
    offer = offered(engine, "i")
    accept = cm.Accept(offer, "ann", activity="lunch")
    engine.send(accept)
    engine.send(cm.AgentState("ann", activity="at-work"))
    assert [type(event) for event in engine.send(accept)] == [ev.Repeated]
    assert status_of(engine) == (AgentStatus.AVAILABLE, "at-work")
