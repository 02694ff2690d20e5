"""Targets of interactions themselves, in plain words. The oracle looks on at every batch."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router import commands as cm
from router import events as ev
from tests.audited import AuditedEngine, only
from tests.hypothesis_profiles import TIMEOUT_S, scaled

pytestmark = pytest.mark.timeout(TIMEOUT_S)

RULES: list[dict[str, Any]] = [
    {"when": "interaction.tier == 'gold'", "target_s": 30, "priority": 1, "then": "continue"},
    {"when": "has(interaction.tier)", "target_s": 90.5},
]


def policy(**more: Any) -> dict[str, Any]:
    queues = {"q": {}, "strict": {"order": "deadline"}, "lifo": {"order": "newest_first"}}
    return {
        "channels": {"chat": {"maximum": 1, "target_s": 60}, "mail": {"target_s": 28_800}},
        "queues": queues,
        "default_queue": "q",
        **more,
    }


def tiered(name: str, tier: str | None = None, **fields: Any) -> cm.Create:
    attributes = {} if tier is None else {"tier": tier}
    return cm.Create(
        name, "chat", attributes=msgspec.Raw(msgspec.msgpack.encode(attributes)), **fields
    )


def place_of(engine: AuditedEngine, name: str) -> int:
    return only(ev.WaitEstimated, engine.send(cm.Inquire(name, reply_to="desk"))).position


def urgency_of(command: cm.Create, after_ms: int, document: dict[str, Any] | None = None) -> int:
    """The urgency with which an interaction is offered after a time."""
    engine = AuditedEngine(document or policy())
    engine.send(command)
    login = cm.AgentLogin("ann", "desk")
    return only(ev.OfferIssued, engine.send(login, after_ms=after_ms)).decision.urgency_ppm


def test_items_of_several_sources_stand_where_each_meets_its_own_target() -> None:
    engine = AuditedEngine(policy())
    engine.send(cm.Create("of the queue", "chat"))
    engine.send(cm.Create("has time", "chat", target_s=3_600), after_ms=1_000)
    engine.send(cm.Create("in a hurry", "chat", target_s=20), after_ms=9_000)
    engine.send(cm.Create("mail in a hurry", "mail", target_s=40), after_ms=1_000)
    names = ("of the queue", "in a hurry", "mail in a hurry", "has time")
    assert [place_of(engine, name) for name in names] == [1, 2, 4, 3]
    engine.wait(14_000)
    assert [place_of(engine, name) for name in names] == [2, 1, 3, 4], "15 of 20 s, 25 of 60 s"


@scaled(40)
@given(target_ms=st.integers(100, 366 * 86_400_000), priority=st.sampled_from((0, 1, 3)))
def test_urgency_is_one_when_the_target_is_reached_whatever_it_is(
    target_ms: int, priority: int
) -> None:
    command = cm.Create("i", "chat", target_s=target_ms / 1_000, priority=priority)
    due = urgency_of(command, target_ms)
    if priority:
        # a unit is up to a tenth shorter than the target, a credit up to a ms
        assert -10_000 <= due - 1_000_000 - priority * 500_000 <= priority * 50_000
    else:
        assert due == 1_000_000
        assert -100_000 <= urgency_of(command, 0) <= 0


def test_a_target_that_the_queue_has_too_is_no_other() -> None:
    mail = cm.Create("i", "mail", target_s=28_800)
    assert urgency_of(mail, 7_200_000) == 250_000
    longer = cm.Create("i", "mail", target_s=28_801)
    assert urgency_of(longer, 7_200_000) == (7_200_000 - 801_000) * 1_000_000 // 28_000_000


def test_by_deadline_it_is_exact() -> None:
    engine = AuditedEngine(policy())
    for name, target_s in (("b", 61.001), ("a", 61), ("c", None), ("d", 61.002)):
        engine.send(cm.Create(name, "chat", queue="strict", target_s=target_s))
    assert [place_of(engine, name) for name in "cabd"] == [1, 2, 3, 4]


def test_orders_that_ask_for_no_target_go_on_without() -> None:
    engine = AuditedEngine(policy())
    engine.send(cm.Create("old", "chat", queue="lifo", target_s=0.1))
    engine.send(cm.Create("new", "chat", queue="lifo", target_s=9_999), after_ms=1_000)
    assert [place_of(engine, name) for name in ("new", "old")] == [1, 2]


def test_many_targets_make_few_classes() -> None:
    engine = AuditedEngine(policy())
    for number in range(500):
        engine.send(cm.Create(f"{number}", "mail", target_s=3_600 + number))
    assert engine.engine._world.index.queue.classes.size == 5, "of 36, 37, 38, 39, 40"
    assert engine.engine.state.targets["499"] == 4_099_000


def test_steps_are_shares_of_it() -> None:
    flow = {"steps": [{"until_target": 0.5, "name": "first"}, {"priority": 2}]}
    document = policy(workflows={"w": flow}, queues={"q": {"workflow": "w"}})
    engine = AuditedEngine(document)
    events = engine.send(cm.Create("i", "chat", target_s=20.5), cm.Create("j", "chat"))
    ends = {e.interaction_id: e.until_ms for e in events if isinstance(e, ev.InteractionStepped)}
    assert ends == {"i": engine.now_ms + 10_250, "j": engine.now_ms + 30_000}
    assert only(ev.InteractionStepped, engine.wait(10_250)).interaction_id == "i"


def test_it_goes_along_into_another_queue_and_is_forgotten_at_the_end() -> None:
    engine = AuditedEngine(policy())
    engine.send(cm.AgentLogin("ann", "desk"))
    (offer,) = (
        e for e in engine.send(cm.Create("i", "chat", target_s=20)) if isinstance(e, ev.OfferIssued)
    )
    engine.send(cm.Accept(offer.offer_id, "ann"))
    engine.send(cm.Create("other", "chat", queue="strict"))
    engine.send(cm.AgentState("ann", "unavailable"))
    engine.send(cm.Transfer("i", "ann", queue="strict"))
    assert [place_of(engine, name) for name in ("i", "other")] == [1, 2]
    assert dict(engine.engine.state.targets.items()) == {"i": 20_000}
    engine.send(cm.Cancel("i"))
    assert not engine.engine.state.targets


def test_of_several_rules_the_first_target_counts_and_the_command_s_own_stands() -> None:
    engine = AuditedEngine(policy(classification=RULES))
    events = engine.send(
        tiered("gold", "gold"),
        tiered("tin", "tin"),
        tiered("plain"),
        tiered("own", "gold", target_s=7),
    )
    created = [event for event in events if isinstance(event, ev.InteractionCreated)]
    assert [event.target_ms for event in created] == [30_000, 90_500, 0, 7_000]
    assert [event.given and event.given.target_ms for event in created] == [0, 0, 0, 7_000]


def test_a_new_policy_that_classifies_anew_gives_and_takes_targets() -> None:
    engine = AuditedEngine(policy(classification=RULES))
    engine.send(tiered("gold", "gold"), tiered("own", "gold", target_s=7), tiered("plain"))
    later = [{"when": "!has(interaction.tier)", "target_s": 5}]
    again = cm.ReplacePolicy(policy=policy(classification=later), reclassify=True)
    events = [*engine.send(again), *engine.wait(1)]
    anew = [event for event in events if isinstance(event, ev.InteractionReclassified)]
    told = {event.interaction_id: event.target_ms for event in anew}
    assert told == {"gold": 0, "own": 7_000, "plain": 5_000}
    assert dict(engine.engine.state.targets.items()) == {"own": 7_000, "plain": 5_000}
    assert place_of(engine, "gold") == 3


def test_what_came_before_any_rule_keeps_its_own() -> None:
    engine = AuditedEngine(policy())
    engine.send(tiered("own", "gold", target_s=7), tiered("plain", "gold"))
    again = cm.ReplacePolicy(policy=policy(classification=RULES), reclassify=True)
    events = [*engine.send(again), *engine.wait(1)]
    anew = [event for event in events if isinstance(event, ev.InteractionReclassified)]
    assert {e.interaction_id: e.target_ms for e in anew} == {"own": 7_000, "plain": 30_000}


@pytest.mark.parametrize("target_s", [0, 0.09, -1, 31_622_401, "60", True])
def test_what_is_no_target_is_refused(target_s: object) -> None:
    engine = AuditedEngine(policy())
    create = {"type": "create", "interaction_id": "i", "channel": "chat", "target_s": target_s}
    refused = only(ev.Rejected, engine.send_map(create))
    assert refused.field == "target_s"


@pytest.mark.parametrize(("target_s", "in_target"), [(3_600, 1), (None, 0), (20, 0)])
def test_conditions_judge_the_service_level_by_it(target_s: float | None, in_target: int) -> None:
    overflow = [{"when": {"service_level_below": 0.01}, "refuse": "not now"}]
    engine = AuditedEngine(policy(queues={"q": {"overflow": overflow}}))
    engine.send(cm.Create("i", "chat", target_s=target_s))
    offer = only(ev.OfferIssued, engine.send(cm.AgentLogin("ann", "desk"), after_ms=100_000))
    engine.send(cm.Accept(offer.offer_id, "ann"))
    (minute,) = engine.engine.state.outcomes["q"].minutes
    assert (minute.counted, minute.in_target) == (1, in_target)
