"""Labels of a channel: how much of one kind an agent holds, whoever gives it to them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from router import commands as cm
from router import events as ev
from router.outbox import work_entries
from tests.audited import AuditedEngine, only

CHANNELS: dict[str, Any] = {
    "chat": {
        "cost": 10,
        "maximum": 4,
        "offer_ttl_s": 60,
        "release_idle": True,
        "wake_within_s": 100,
        "labels": {"complaint": {"maximum": 1}, "sale": {"maximum": 2}},
    },
    "voice": {"cost": 100, "exclusive": True, "interrupts": ["chat"], "offer_ttl_s": 60},
}


def center(**more: Any) -> AuditedEngine:
    document = {"channels": CHANNELS, "queues": {"q": {}, "r": {}}, "default_queue": "q"} | more
    return AuditedEngine(document)


def log_in(engine: AuditedEngine, *names: str) -> None:
    engine.send(*(cm.AgentLogin(name, "desk") for name in names), after_ms=10)


def create(name: str, label: str | None = None, **fields: Any) -> cm.Create:
    return cm.Create(name, fields.pop("channel", "chat"), label=label, **fields)


def offers(events: list[ev.Event]) -> list[tuple[str, str]]:
    issued = [event for event in events if isinstance(event, ev.OfferIssued)]
    return [(event.interaction_id, event.agent_id) for event in issued]


def offer_of(engine: AuditedEngine, name: str) -> str:
    return engine.engine.state.interactions[name].offers[0]


def accept(engine: AuditedEngine, agent_id: str, *names: str) -> None:
    engine.send(*(cm.Accept(offer_of(engine, name), agent_id) for name in names), after_ms=10)


def refused(events: list[ev.Event]) -> tuple[str, str]:
    rejected = only(ev.Rejected, events)
    return rejected.code, rejected.field


def test_an_agent_gets_one_of_a_kind_and_others_beside_it() -> None:
    engine = center()
    log_in(engine, "ann")
    arrivals = [create("c1", "complaint"), create("c2", "complaint"), create("s1", "sale")]
    found = offers(engine.send(*arrivals, create("plain")))
    assert found == [("c1", "ann"), ("s1", "ann"), ("plain", "ann")]
    accept(engine, "ann", "c1")
    assert offers(engine.send(create("s2", "sale"))) == [("s2", "ann")]
    # four are there, as many as the channel allows
    assert offers(engine.send(create("s3", "sale"))) == []
    accept(engine, "ann", "plain", "s1")
    assert offers(engine.send(cm.Complete("plain", "ann"))) == [], "c2 and s3 have no room yet"
    assert offers(engine.send(cm.Complete("c1", "ann"))) == [("c2", "ann")]
    assert offers(engine.send(cm.Complete("s1", "ann"))) == [("s3", "ann")]


def test_those_with_room_for_it_are_chosen_among_and_the_others_counted() -> None:
    engine = center()
    log_in(engine, "ann", "bob")
    engine.send(create("c1", "complaint"))
    decision = only(ev.OfferIssued, engine.send(create("c2", "complaint"))).decision
    assert (decision.no_capacity, decision.candidates, decision.best[0].agent_id) == (1, 1, "bob")
    decision = only(ev.OfferIssued, engine.send(create("plain"))).decision
    assert (decision.no_capacity, decision.candidates) == (0, 2)


def test_a_declined_one_makes_room_for_the_next() -> None:
    engine = center()
    log_in(engine, "ann")
    engine.send(create("c1", "complaint"), create("c2", "complaint"), after_ms=10)
    events = engine.send(cm.Decline(offer_of(engine, "c1"), "ann"))
    assert offers(events) == [("c2", "ann")]


@pytest.mark.parametrize("kind", [cm.OfferTo, cm.Assign])
def test_who_has_enough_of_it_is_given_no_more_but_by_force(kind: Any) -> None:
    engine = center()
    log_in(engine, "ann")
    engine.send(create("c1", "complaint"), create("c2", "complaint"))
    rejected = only(ev.Rejected, engine.send(kind("c2", "ann")))
    assert (rejected.code, rejected.field) == ("no_capacity", "agent_id")
    assert rejected.detail.startswith("the agent has no room for chat with the label complaint;")
    assert offers(engine.send(kind("c2", "ann", over_capacity=True))) == [("c2", "ann")]
    assert offers(engine.send(create("plain"))) == [("plain", "ann")]
    # both would have to go before there is room for a third
    accept(engine, "ann", "c1")
    assert offers(engine.send(create("c3", "complaint"), cm.Complete("c1", "ann"))) == []


def test_a_transfer_asks_for_room_of_that_kind() -> None:
    engine = center()
    log_in(engine, "ann", "bob")
    engine.send(create("c1", "complaint"), create("c2", "complaint"))
    accept(engine, "ann", "c1")
    accept(engine, "bob", "c2")
    assert refused(engine.send(cm.Transfer("c1", "ann", to_agent="bob"))) == (
        "no_capacity",
        "to_agent",
    )
    engine.send(cm.Complete("c2", "bob"))
    handed = engine.send(cm.Transfer("c1", "ann", to_agent="bob", queue="r", at_once=True))
    assert offers(handed) == [("c1", "bob")]
    assert offers(engine.send(create("c3", "complaint"))) == [("c3", "ann")]


def test_who_is_named_first_is_asked_only_with_room_for_it() -> None:
    engine = center()
    log_in(engine, "ann", "bob")
    engine.send(create("c1", "complaint", direct=cm.Direct("bob")))
    events = engine.send(create("c2", "complaint", direct=cm.Direct("bob")))
    assert offers(events) == [("c2", "ann")]


def test_what_wakes_waits_for_room_of_its_kind() -> None:
    engine = center()
    log_in(engine, "ann")
    engine.send(create("c1", "complaint"))
    accept(engine, "ann", "c1")
    engine.send(cm.Idle("c1"))
    assert offers(engine.send(create("c2", "complaint"))) == [("c2", "ann")]
    accept(engine, "ann", "c2")
    assert only(ev.InteractionWaking, engine.send(cm.Wake("c1"))).interaction_id == "c1"
    events = engine.send(cm.Complete("c2", "ann"))
    assert only(ev.InteractionWoken, events).interaction_id == "c1"
    assert offers(engine.send(create("c3", "complaint"))) == []


def test_what_is_interrupted_keeps_its_place_within_the_limit() -> None:
    engine = center()
    log_in(engine, "ann")
    engine.send(create("c1", "complaint"))
    accept(engine, "ann", "c1")
    assert offers(engine.send(create("call", channel="voice"))) == [("call", "ann")]
    accept(engine, "ann", "call")
    assert offers(engine.send(create("c2", "complaint"))) == []
    assert offers(engine.send(cm.Complete("call", "ann"))) == []


def test_closed_channels_are_closed_whatever_the_label() -> None:
    engine = center()
    log_in(engine, "ann")
    engine.send(cm.AgentChannels("ann", ("chat",)))
    assert offers(engine.send(create("c1", "complaint"), create("plain"))) == []
    assert len(offers(engine.send(cm.AgentChannels("ann", ())))) == 2


def test_a_label_must_be_one_of_the_channel_s() -> None:
    engine = center()
    rejected = only(ev.Rejected, engine.send(create("c1", "complaints")))
    assert (rejected.code, rejected.field) == ("unknown_label", "label")
    assert "did you mean 'complaint'?" in rejected.detail
    assert refused(engine.send(create("c1", "sale", channel="voice"))) == ("unknown_label", "label")


def test_rules_give_labels_that_the_channel_has_and_what_came_stands() -> None:
    rules = [
        {"when": "interaction.priority == 2", "label": "sale", "then": "continue"},
        {"label": "complaint"},
    ]
    engine = center(classification=rules)
    arrivals = [
        create("a"),
        create("b", priority=2),
        create("c", "sale"),
        create("d", channel="voice"),
    ]
    events = engine.send(*arrivals)
    created = [event for event in events if isinstance(event, ev.InteractionCreated)]
    assert [event.label for event in created] == ["complaint", "sale", "sale", ""]


def test_a_new_policy_labels_anew_what_named_none() -> None:
    engine = center(classification=[{"label": "complaint"}])
    engine.send(create("a"), create("b"), create("c", "sale"))
    document = dict(engine.engine.state.policy) | {"classification": [{"label": "sale"}]}
    events = engine.send(cm.ReplacePolicy(policy=document, reclassify=True))
    anew = [event for event in events if isinstance(event, ev.InteractionReclassified)]
    assert {event.interaction_id: event.label for event in anew} == {"a": "sale", "b": "sale"}
    log_in(engine, "ann")
    assert sorted(engine.engine.state.labels.values()) == ["sale"] * 3
    assert len(engine.engine.state.offers) == 2


def test_a_label_that_is_gone_limits_nothing_and_comes_back() -> None:
    engine = center()
    log_in(engine, "ann")
    engine.send(create("c1", "complaint"), create("c2", "complaint"), create("c3", "complaint"))
    with_labels = dict(engine.engine.state.policy)
    chat = dict(with_labels["channels"]["chat"]) | {"labels": {}}
    without = with_labels | {"channels": {**with_labels["channels"], "chat": chat}}
    assert len(offers(engine.send(cm.ReplacePolicy(policy=without)))) == 2
    engine.restart()
    engine.send(cm.ReplacePolicy(policy=with_labels))
    assert offers(engine.send(create("c4", "complaint"))) == []
    assert offers(engine.send(create("plain"))) == [("plain", "ann")]


def test_nothing_is_kept_of_what_has_ended() -> None:
    engine = center()
    log_in(engine, "ann")
    engine.send(create("c1", "complaint"), create("c2", "complaint"))
    accept(engine, "ann", "c1")
    engine.send(cm.Complete("c1", "ann"), cm.Cancel("c2"))
    assert len(engine.engine.state.labels) == 0


def test_offers_tell_the_label() -> None:
    engine = center()
    log_in(engine, "ann")
    assert told(engine, engine.send(create("c1", "complaint")))["label"] == "complaint"
    assert "label" not in told(engine, engine.send(create("plain")))


def told(engine: AuditedEngine, events: list[ev.Event]) -> dict[str, Any]:
    (entry,) = work_entries(events, engine.engine.state, {})
    message: dict[str, Any] = msgspec.msgpack.decode(entry.payload)
    return message
