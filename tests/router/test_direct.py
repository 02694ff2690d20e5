"""Somebody else decides: direct offers, picking and pushing, automatic answers, offers on hold."""

from __future__ import annotations

import msgspec
import pytest

from router import commands as cm
from router import events as ev
from router.outbox import work_entries
from tests.audited import AuditedEngine, only
from tests.policies import POLICY

VIP = (cm.Requirement("vip", level=50),)


@pytest.fixture
def engine() -> AuditedEngine:
    return AuditedEngine(POLICY)


def refused(events: list[ev.Event]) -> tuple[str, str]:
    event = only(ev.Rejected, events)
    return event.code, event.field


def owner(engine: AuditedEngine, interaction_id: str = "i") -> str:
    return engine.engine.state.assignments[interaction_id].agent_id


def test_an_offer_to_somebody_who_lacks_the_skill(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk"), cm.Create("i", "chat", requirements=VIP))
    offer = only(ev.OfferIssued, engine.send(cm.OfferTo("i", "ann")))
    assert (offer.agent_id, offer.decision.trigger) == ("ann", "direct")
    engine.send(cm.Accept(offer.offer_id, "ann"))
    assert owner(engine) == "ann"


def test_an_offer_to_another_takes_back_the_one_before(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk"), cm.Create("i", "chat"))
    events = engine.send(cm.AgentLogin("bob", "desk"), cm.OfferTo("i", "bob"))
    assert only(ev.OfferRescinded, events).reason == "offered_directly"
    assert only(ev.OfferIssued, events).agent_id == "bob"
    assert only(ev.Repeated, engine.send(cm.OfferTo("i", "bob")))


def test_whoever_declines_may_be_asked_all_the_same(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk"))
    offer = only(ev.OfferIssued, engine.send(cm.Create("i", "chat")))
    engine.send(cm.Decline(offer.offer_id, "ann", retry_s=600))
    events = engine.send(cm.OfferTo("i", "ann"))
    assert only(ev.ExclusionEnded, events).agent_id == "ann"
    assert only(ev.OfferIssued, events).agent_id == "ann"
    again = only(ev.OfferIssued, events)
    engine.send(cm.Decline(again.offer_id, "ann", retry_s=600))
    assert not engine.wait(599_999)


def test_room_is_asked_for_unless_it_is_not(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk"), cm.Create("i", "voice"), cm.Create("j", "voice"))
    assert refused(engine.send(cm.OfferTo("j", "ann"))) == ("no_capacity", "agent_id")
    assert refused(engine.send(cm.Assign("j", "ann"))) == ("no_capacity", "agent_id")
    engine.send(cm.Assign("j", "ann", over_capacity=True))
    assert owner(engine, "j") == "ann"
    assert len(engine.engine.state.agents["ann"].held) == 2


def test_an_agent_on_a_break_picks_work_and_gets_no_offers(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk", state="unavailable"), cm.Create("i", "letter"))
    assert refused(engine.send(cm.OfferTo("i", "ann"))) == ("wrong_state", "agent_id")
    engine.send(cm.Assign("i", "ann"))
    assert owner(engine) == "ann"


def test_the_first_who_picks_it_has_it(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk"), cm.AgentLogin("bob", "desk"))
    engine.send(cm.Create("i", "letter"))
    events = engine.send(cm.Assign("i", "bob"), cm.Assign("i", "ann"), cm.Assign("i", "bob"))
    assert only(ev.OfferAccepted, events).agent_id == "bob"
    assert only(ev.Rejected, events).code == "wrong_state"
    assert only(ev.Repeated, events).target == "i"


def test_who_is_asked_may_take_it_though_they_have_no_other_room(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk"), cm.Create("i", "voice"))
    engine.send(cm.Assign("i", "ann"))
    assert owner(engine) == "ann"


def test_nobody_is_given_what_they_cannot_have(engine: AuditedEngine) -> None:
    engine.send(cm.Create("i", "chat"))
    assert refused(engine.send(cm.Assign("i", "ann"))) == ("unknown_agent", "agent_id")
    engine.send(cm.AgentLogin("ann", "desk"))
    assert refused(engine.send(cm.Assign("j", "ann")))[0] == "unknown_interaction"
    engine.send(cm.Suspend("i"))
    assert refused(engine.send(cm.Assign("i", "ann")))[0] == "wrong_state"


def test_what_is_given_is_told_once_with_all_that_there_is_to_do(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk", state="unavailable"))
    attributes = msgspec.Raw(msgspec.msgpack.encode({"number": 7}))
    engine.send(cm.Create("i", "chat", customer_id="c", attributes=attributes))
    events = engine.send(cm.Assign("i", "ann"), after_ms=2_000)
    (entry,) = work_entries(events, engine.engine.state, {})
    told = msgspec.msgpack.decode(entry.payload)
    assert (told["type"], told["customer_id"], told["waited_ms"]) == ("assigned", "c", 2_000)
    assert told["attributes"] == {"number": 7}


def test_a_channel_that_accepts_by_itself() -> None:
    document = {**POLICY, "channels": {**POLICY["channels"]}}
    document["channels"]["chat"] = {**POLICY["channels"]["chat"], "auto_accept": True}
    engine = AuditedEngine(document)
    engine.send(cm.AgentLogin("ann", "desk"))
    events = engine.send(cm.Create("i", "chat"), cm.Create("j", "voice"))
    assert only(ev.OfferAccepted, events).interaction_id == "i"
    assert owner(engine) == "ann"
    (entry,) = work_entries(events, engine.engine.state, {})
    assert msgspec.msgpack.decode(entry.payload)["type"] == "assigned"


def test_an_offer_on_hold_does_not_run_out(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk"))
    offer = only(ev.OfferIssued, engine.send(cm.Create("i", "voice")))
    held = engine.send(cm.HoldOffer(offer.offer_id, "ann", 120), after_ms=19_000)
    assert only(ev.OfferHeld, held).expires_ms == engine.now_ms + 120_000
    assert not engine.wait(119_999)
    assert only(ev.OfferExpired, engine.wait(1)).agent_id == "ann"


def test_an_offer_is_held_by_whom_it_was_made_to(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk"))
    offer = only(ev.OfferIssued, engine.send(cm.Create("i", "voice")))
    hold = cm.HoldOffer(offer.offer_id, "bob", 120)
    assert refused(engine.send(hold)) == ("not_yours", "agent_id")
    assert refused(engine.send(cm.HoldOffer("9-9", "bob", 120)))[0] == "unknown_offer"


def test_whoever_is_asked_may_take_it_when_their_room_has_gone(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk"), cm.Create("i", "chat"))
    engine.send(cm.AgentCapacity("ann", capacity=10))
    assert only(ev.OfferIssued, engine.send(cm.Assign("i", "ann"))).over_capacity
    assert owner(engine) == "ann"


def test_what_is_asked_on_somebodys_word_stands_when_less_is_asked(engine: AuditedEngine) -> None:
    asked = (cm.Requirement("vip"), cm.Requirement("tech"))
    engine.send(cm.AgentLogin("ann", "desk"), cm.Create("i", "chat", requirements=asked))
    engine.send(cm.OfferTo("i", "ann"))
    events = engine.send(cm.Update("i", requirements=asked[:1]))
    assert not [event for event in events if isinstance(event, ev.OfferRescinded)]


def test_a_login_that_closes_nothing_new_withdraws_nothing(engine: AuditedEngine) -> None:
    login = cm.AgentLogin("ann", "desk", closed_channels=("chat",))
    engine.send(login, cm.Create("i", "chat"))
    engine.send(cm.OfferTo("i", "ann", over_capacity=True))
    events = engine.send(login)
    assert not [event for event in events if isinstance(event, ev.OfferRescinded)]


def test_a_refusal_is_not_told_to_the_agent_who_was_named(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk", state="unavailable"), cm.Create("i", "chat"))
    assert only(ev.Rejected, engine.send(cm.OfferTo("i", "ann"))).agent_id == ""
