"""Handing over: to a queue, to an agent, after talking; and what begins with somebody in mind."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from router import commands as cm
from router import events as ev
from router.outbox import work_entries
from tests.audited import BEGIN_MS, AuditedEngine, only
from tests.policies import POLICY, WORKFLOW_VARIANTS


@pytest.fixture
def engine() -> AuditedEngine:
    """Ann has "i", a chat of the general queue, in hand."""
    engine = AuditedEngine(POLICY)
    engine.send(cm.AgentLogin("ann", "desk"), cm.Create("i", "chat", queue="general"))
    engine.send(cm.Assign("i", "ann"))
    return engine


def offered(events: list[ev.Event]) -> list[str]:
    return [event.agent_id for event in events if isinstance(event, ev.OfferIssued)]


def refused(events: list[ev.Event]) -> tuple[str, str]:
    event = only(ev.Rejected, events)
    return event.code, event.field


def over(**to: Any) -> cm.Transfer:
    return cm.Transfer("i", "ann", **to)


def test_who_gave_it_away_does_not_get_it_back_at_once(engine: AuditedEngine) -> None:
    events = engine.send(over(queue="billing"))
    assert not offered(events)
    assert engine.engine.state.interactions["i"].queue == "billing"
    assert offered(engine.wait(10_000)) == ["ann"]


def test_its_age_is_kept(engine: AuditedEngine) -> None:
    engine.send(over(queue="billing"), after_ms=30_000)
    assert engine.engine.state.interactions["i"].origin_ms == BEGIN_MS


def test_to_an_agent_who_declines_it_goes_back_to_the_queue(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("bob", "desk"), cm.AgentLogin("eve", "desk"))
    events = engine.send(over(to_agent="bob", queue="billing"))
    assert offered(events) == ["bob"]
    offer = only(ev.OfferIssued, events)
    assert offered(engine.send(cm.Decline(offer.offer_id, "bob"))) == ["eve"]


def test_after_talking_it_is_theirs(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("bob", "desk", state="unavailable"))
    events = engine.send(over(to_agent="bob", at_once=True))
    assert only(ev.OfferAccepted, events).agent_id == "bob"
    kinds = [msgspec.msgpack.decode(e.payload)["type"] for e in _entries(engine, events)]
    assert kinds == ["released", "assigned"]


def test_a_transfer_that_goes_nowhere_changes_nothing(engine: AuditedEngine) -> None:
    assert refused(engine.send(over())) == ("invalid", "queue")
    assert refused(engine.send(over(queue="nowhere"))) == ("unknown_queue", "queue")
    assert refused(engine.send(over(to_agent="ann"))) == ("invalid", "to_agent")
    assert refused(engine.send(over(to_agent="bob"))) == ("unknown_agent", "to_agent")
    assert refused(engine.send(over(queue="billing", at_once=True))) == ("invalid", "to_agent")
    wrong = over(queue="billing", requirements=(cm.Requirement("juggling"),))
    assert refused(engine.send(wrong)) == ("unknown_skill", "requirements")
    engine.send(cm.AgentLogin("bob", "desk", maximums={"chat": 0}))
    assert refused(engine.send(over(to_agent="bob"))) == ("no_capacity", "to_agent")
    assert engine.engine.state.assignments["i"].agent_id == "ann"


def test_only_who_has_it_hands_it_over(engine: AuditedEngine) -> None:
    theirs = cm.Transfer("i", "bob", queue="billing")
    assert refused(engine.send(theirs)) == ("not_yours", "agent_id")
    engine.send(over(queue="billing"))
    assert refused(engine.send(over(queue="general")))[0] == "wrong_state"


def test_what_is_for_somebody_is_not_sent_away() -> None:
    engine = AuditedEngine(WORKFLOW_VARIANTS["workflow moving"])
    engine.send(cm.AgentLogin("ann", "desk"), cm.AgentLogin("bob", "desk"))
    engine.send(cm.Create("i", "chat", queue="general"))
    engine.send(cm.Assign("i", "ann"))
    events = engine.send(over(queue="billing", to_agent="bob"), after_ms=40_000)
    assert offered(events) == ["bob"]
    engine.send(cm.Accept(only(ev.OfferIssued, events).offer_id, "bob"))
    away = engine.send(cm.Transfer("i", "bob", queue="billing"))
    assert only(ev.InteractionDiverted, away).target == "voicemail"


def test_who_is_asked_first_is_asked_though_the_queue_is_full(engine: AuditedEngine) -> None:
    full = {"overflow": [{"when": {"waiting_at_least": 1}, "divert": "voicemail"}]}
    queues = {**POLICY["queues"], "general": full}
    engine.send(cm.ReplacePolicy(policy={**POLICY, "queues": queues}))
    engine.send(cm.AgentLogin("ann", "desk", maximums={"letter": 0}), cm.Create("j", "letter"))
    events = engine.send(cm.Create("k", "chat", direct=cm.Direct("ann")))
    assert offered(events) == ["ann"]
    assert only(ev.InteractionDiverted, engine.send(cm.Create("m", "chat"))).target == "voicemail"


def test_somebody_is_asked_first(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("bob", "desk"))
    event = only(ev.OfferIssued, engine.send(cm.Create("j", "chat", direct=cm.Direct("ann"))))
    assert (event.agent_id, event.decision.trigger) == ("ann", "direct")


def test_who_cannot_be_asked_is_not_waited_for(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("bob", "desk"), cm.AgentState("ann", "unavailable"))
    event = only(ev.OfferIssued, engine.send(cm.Create("j", "chat", direct=cm.Direct("ann"))))
    assert event.agent_id == "bob"
    gone = cm.Create("k", "chat", direct=cm.Direct("nobody"))
    assert only(ev.OfferIssued, engine.send(gone)).agent_id == "bob"


def test_what_it_goes_on_from_is_told_to_the_agent(engine: AuditedEngine) -> None:
    link = cm.AskedLink("i", "moved")
    events = engine.send(cm.Create("j", "letter", link=link))
    assert only(ev.InteractionCreated, events).link == link
    (entry,) = _entries(engine, events)
    told = msgspec.msgpack.decode(entry.payload)
    assert told["link"] == {"interaction_id": "i", "kind": "moved"}
    engine.send(cm.Assign("j", "ann"))
    engine.send(cm.Complete("j", "ann"), cm.EndWrapUp("j", "ann"))
    assert not engine.engine.state.links


def test_nothing_goes_on_from_itself_or_is_asked_of_somebody_for_later(
    engine: AuditedEngine,
) -> None:
    itself = cm.Create("j", "chat", link=cm.AskedLink("j", "consult"))
    assert refused(engine.send(itself)) == ("invalid", "link.interaction_id")
    later = cm.Create("j", "chat", direct=cm.Direct("ann"), suspension=cm.Suspension())
    assert refused(engine.send(later)) == ("invalid", "direct")


def _entries(engine: AuditedEngine, events: list[ev.Event]) -> list[Any]:
    return work_entries(events, engine.engine.state, {})
