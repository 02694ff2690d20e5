"""Several agents asked at once: the first who accepts has it, and the rest are told."""

from __future__ import annotations

from typing import Any

import pytest

from router import commands as cm
from router import events as ev
from router.errors import PolicyError
from router.outbox import work_entries
from router.policy import parse_policy
from tests.audited import AuditedEngine, only
from tests.policies import POLICY, changed, queues_of

NAMES = ("ann", "bob", "eve", "zoe")


def asking(general: dict[str, Any], **more: Any) -> AuditedEngine:
    """An engine on whose floor nobody is yet."""
    return AuditedEngine(queues_of(general, {}) | more)


def sign_in(engine: AuditedEngine, *names: str) -> list[ev.Event]:
    return engine.send(*(cm.AgentLogin(name, "desk") for name in names))


def offered(events: list[ev.Event]) -> list[str]:
    return [event.agent_id for event in events if isinstance(event, ev.OfferIssued)]


def withdrawn(events: list[ev.Event]) -> dict[str, str]:
    return {e.agent_id: e.reason for e in events if isinstance(e, ev.OfferRescinded)}


def open_offers(engine: AuditedEngine, interaction_id: str = "i") -> dict[str, str]:
    """Offer ids by the agents who are asked."""
    state = engine.engine.state
    asked = state.interactions[interaction_id].offers
    return {state.offers[offer_id].agent_id: offer_id for offer_id in asked}


def accept(engine: AuditedEngine, name: str) -> list[ev.Event]:
    return engine.send(cm.Accept(open_offers(engine)[name], name))


def refused(events: list[ev.Event]) -> str:
    return only(ev.Rejected, events).code


@pytest.fixture
def three() -> AuditedEngine:
    """Four agents are there, and three of them are asked for one call."""
    engine = asking({"offers_at_once": 3})
    sign_in(engine, *NAMES)
    assert offered(engine.send(cm.Create("i", "voice"))) == ["ann", "bob", "eve"]
    return engine


def test_the_first_who_accepts_has_it_and_the_others_are_free(three: AuditedEngine) -> None:
    late = open_offers(three)["ann"]
    events = accept(three, "bob")
    assert withdrawn(events) == {"ann": "taken", "eve": "taken"}
    assert only(ev.OfferAccepted, events).agent_id == "bob"
    assert not three.engine.state.offers
    assert refused(three.send(cm.Accept(late, "ann"))) == "offer_over"
    assert len(offered(three.send(cm.Create("j", "voice")))) == 3


def test_answers_of_one_batch_make_one_assignment(three: AuditedEngine) -> None:
    offers = open_offers(three)
    events = three.send(*(cm.Accept(offer, name) for name, offer in offers.items()))
    assert only(ev.OfferAccepted, events).agent_id == "ann"
    assert [e.code for e in events if isinstance(e, ev.Rejected)] == ["offer_over"] * 2


def test_whoever_declines_leaves_the_others_asked_and_another_is_asked_too(
    three: AuditedEngine,
) -> None:
    events = three.send(cm.Decline(open_offers(three)["bob"], "bob"))
    assert offered(events) == ["zoe"]
    assert set(open_offers(three)) == {"ann", "eve", "zoe"}
    assert three.engine.state.interactions["i"].state == "offered"


def test_who_comes_later_is_asked_too_while_there_are_fewer() -> None:
    engine = asking({"offers_at_once": 3})
    sign_in(engine, "ann")
    engine.send(cm.Create("i", "voice"))
    assert offered(sign_in(engine, "bob", "eve", "zoe")) == ["bob", "eve"]
    assert not offered(engine.wait(1))


def test_what_is_asked_of_more_competes_by_its_value_with_what_waits() -> None:
    engine = asking({"offers_at_once": 2})
    sign_in(engine, "ann")
    engine.send(cm.Create("i", "voice"))
    engine.send(cm.Create("j", "voice"), after_ms=5_000)
    events = sign_in(engine, "bob")
    assert only(ev.OfferIssued, events).interaction_id == "i"
    assert engine.engine.state.interactions["j"].state == "queued"


def test_whoever_has_declined_is_asked_again_in_time_while_another_is_asked() -> None:
    engine = asking({"offers_at_once": 2})
    sign_in(engine, "ann", "bob")
    engine.send(cm.Create("i", "voice"))
    engine.send(cm.Decline(open_offers(engine)["ann"], "ann", retry_s=5))
    assert not offered(engine.wait(4_999))
    assert offered(engine.wait(1)) == ["ann"]


def test_it_waits_again_when_the_last_offer_is_over(three: AuditedEngine) -> None:
    for name in NAMES:
        three.send(cm.Decline(open_offers(three)[name], name, retry_s=60))
    assert three.engine.state.interactions["i"].state == "queued"
    assert set(offered(three.wait(60_000))) == set(NAMES[:3])


def test_all_who_do_not_answer_are_said_so(three: AuditedEngine) -> None:
    events = three.wait(20_000)
    silent = [e.agent_id for e in events if isinstance(e, ev.AgentNotResponding)]
    assert silent == ["ann", "bob", "eve"]
    assert offered(events) == ["zoe"]


@pytest.mark.parametrize("command", [cm.Cancel("i"), cm.Suspend("i")])
def test_what_ends_one_offer_ends_all(three: AuditedEngine, command: cm.Command) -> None:
    assert set(withdrawn(three.send(command))) == {"ann", "bob", "eve"}
    assert not three.engine.state.offers
    assert not any(agent.held for agent in three.engine.state.agents.values())


def test_an_update_takes_back_the_offers_of_those_who_no_longer_qualify() -> None:
    engine = asking({"offers_at_once": 3})
    skills = {"ann": {"tech": 3}, "bob": {"tech": 1}, "eve": {}}
    engine.send(*(cm.AgentLogin(name, "desk", skills=has) for name, has in skills.items()))
    engine.send(cm.Create("i", "voice"))
    events = engine.send(cm.Update("i", requirements=(cm.Requirement("tech", level=2),)))
    assert withdrawn(events) == dict.fromkeys(("bob", "eve"), "requirements_changed")
    assert set(open_offers(engine)) == {"ann"}


def test_whoever_leaves_takes_their_offer_along(three: AuditedEngine) -> None:
    events = three.send(cm.AgentLogout("ann"), cm.AgentState("bob", "unavailable"))
    assert withdrawn(events) == {"ann": "agent_logged_out", "bob": "agent_unavailable"}
    assert set(open_offers(three)) == {"eve", "zoe"}


def test_a_direct_offer_is_for_one_alone(three: AuditedEngine) -> None:
    events = three.send(cm.OfferTo("i", "bob"))
    assert set(withdrawn(events)) == {"ann", "bob", "eve"}
    assert set(open_offers(three)) == {"bob"}
    assert only(ev.Repeated, three.send(cm.OfferTo("i", "bob")))
    assert not offered(sign_in(three, "late"))
    three.send(cm.Decline(open_offers(three)["bob"], "bob"))
    assert len(open_offers(three)) == 3


def test_what_is_assigned_is_offered_to_nobody(three: AuditedEngine) -> None:
    events = three.send(cm.Assign("i", "bob"))
    assert set(withdrawn(events)) == {"ann", "bob", "eve"}
    assert only(ev.OfferAccepted, events).agent_id == "bob"
    assert not three.engine.state.offers


def test_nobody_is_asked_before_there_are_enough() -> None:
    engine = asking({"offers_at_once": 4, "offers_at_least": 3})
    sign_in(engine, "ann", "bob")
    assert not offered(engine.send(cm.Create("i", "voice")))
    assert offered(sign_in(engine, "eve")) == ["ann", "bob", "eve"]
    engine.send(cm.Decline(open_offers(engine)["eve"], "eve"))
    assert offered(sign_in(engine, "zoe")) == ["zoe"]


def test_what_waits_for_enough_agents_holds_up_nothing_else() -> None:
    engine = asking({"offers_at_once": 2, "offers_at_least": 2})
    engine.send(cm.Create("i", "voice"), cm.Create("j", "voice"))
    engine.send(cm.Create("k", "voice", queue="billing"), after_ms=1_000)
    events = sign_in(engine, "ann")
    assert only(ev.OfferIssued, events).interaction_id == "k"
    events = sign_in(engine, "bob", "eve")
    assert [e.interaction_id for e in events if isinstance(e, ev.OfferIssued)] == ["i", "i"]


def test_what_waits_for_enough_does_not_hold_up_what_is_asked_for_already() -> None:
    engine = asking({"offers_at_once": 4, "offers_at_least": 3})
    sign_in(engine, "ann", "bob", "eve")
    engine.send(cm.Create("young", "voice"))
    engine.send(cm.Create("old", "voice", origin_ms=engine.now_ms - 60_000))
    events = sign_in(engine, "zoe")
    assert only(ev.OfferIssued, events).interaction_id == "young"


def test_those_whom_it_excludes_do_not_count_as_enough() -> None:
    engine = asking({"offers_at_once": 2, "offers_at_least": 2})
    engine.send(cm.Create("i", "voice", excluded_agents=("bob",)))
    engine.send(cm.Create("j", "voice"), after_ms=1_000)
    events = sign_in(engine, "ann", "bob")
    assert [e.interaction_id for e in events if isinstance(e, ev.OfferIssued)] == ["j", "j"]


def test_where_offers_are_accepted_at_once_one_is_made() -> None:
    document = changed(
        channels={"chat": {"auto_accept": True}}, queues={"general": {"offers_at_once": 3}}
    )
    engine = AuditedEngine(document)
    sign_in(engine, "ann", "bob")
    events = engine.send(cm.Create("i", "chat"))
    assert offered(events) == ["ann"]
    assert only(ev.OfferAccepted, events)


def test_a_policy_that_asks_more_asks_them_at_once() -> None:
    engine = AuditedEngine(POLICY)
    sign_in(engine, "ann", "bob", "eve")
    engine.send(cm.Create("i", "voice"))
    policy = queues_of({"offers_at_once": 2}, {})
    assert len(offered(engine.send(cm.ReplacePolicy(policy=policy)))) == 1
    engine.send(cm.ReplacePolicy(policy=POLICY))
    assert len(open_offers(engine)) == 2
    assert len(withdrawn(accept(engine, "bob"))) == 1


def test_an_agent_has_no_more_offers_open_than_the_policy_allows() -> None:
    engine = AuditedEngine(changed(offers_per_agent=1))
    sign_in(engine, "ann")
    assert len(offered(engine.send(cm.Create("i", "chat"), cm.Create("j", "chat")))) == 1
    assert refused(engine.send(cm.OfferTo("j", "ann"))) == "no_capacity"
    assert offered(accept(engine, "ann")) == ["ann"]


def test_every_agent_is_told(three: AuditedEngine) -> None:
    entries = work_entries(accept(three, "bob"), three.engine.state, three.engine.departed)
    assert len(entries) == 3


def test_a_restart_knows_who_is_asked(three: AuditedEngine) -> None:
    three.restart()
    assert set(open_offers(three)) == {"ann", "bob", "eve"}
    assert not offered(three.wait(1))
    three.send(cm.Decline(open_offers(three)["ann"], "ann"))
    assert set(open_offers(three)) == {"bob", "eve", "zoe"}


def test_more_than_are_asked_cannot_be_needed() -> None:
    with pytest.raises(PolicyError, match="offers_at_least is 3, and offers_at_once only 2"):
        parse_policy(queues_of({"offers_at_once": 2, "offers_at_least": 3}, {}))
