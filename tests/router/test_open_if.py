"""Pools of steps that open by metrics, and the metrics, in plain words on the whole engine."""

from __future__ import annotations

from typing import Any

import pytest

from router import commands as cm
from router import events as ev
from router.errors import PolicyError
from router.policy import parse_policy
from tests.audited import AuditedEngine, only
from tests.policies import changed

EVERYBODY = {"require": [{"expression": "true"}]}
POOLS = {"own": {"require": [{"skill": "vip"}]}, "all": EVERYBODY, "more": EVERYBODY}


def rings(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    queues = {"general": {"pool": "own", "workflow": "rings"}}
    workflows = {"rings": {"steps": [*steps, {}]}}
    return changed(pools=POOLS, workflows=workflows, queues=queues, **more)


def opening(*open_if: dict[str, Any], until_s: float = 30) -> dict[str, Any]:
    return {"pool": "all", "open_if": list(open_if), "until_s": until_s}


def stepped(events: list[ev.Event]) -> ev.InteractionStepped:
    return only(ev.InteractionStepped, events)


def offered_to(events: list[ev.Event]) -> list[str]:
    return [event.agent_id for event in events if isinstance(event, ev.OfferIssued)]


def staffed(policy: dict[str, Any], **agents: dict[str, int]) -> AuditedEngine:
    engine = AuditedEngine(policy)
    for agent_id, skills in agents.items():
        engine.send(cm.AgentLogin(agent_id, "desk", skills=skills))
    return engine


def test_the_pool_of_a_step_opens_if_all_is_so() -> None:
    engine = staffed(rings({"until_s": 5}, opening({"waiting_at_least": 1})), bob={})
    assert not offered_to(engine.send(cm.Create("i", "chat")))
    events = engine.wait(5_000)
    assert (stepped(events).step, stepped(events).shut) == (2, ())
    assert offered_to(events) == ["bob"]


def test_else_it_stays_shut_and_the_next_rule_is_looked_at_at_once() -> None:
    never = {"queue": "billing", "waiting_at_least": 1}
    last = opening({"waiting_at_least": 1}, until_s=60) | {"pool": "more"}
    engine = staffed(rings({"until_s": 5}, opening(never), last))
    engine.send(cm.Create("i", "chat"))
    event = stepped(engine.wait(5_000))
    assert (event.step, event.shut) == (3, (2,))
    (members,) = event.requirements
    assert members.any_of == (cm.Requirement("vip"), cm.Requirement(expression="true"))


def test_what_is_shut_stays_so_for_this_interaction() -> None:
    engine = staffed(rings({"until_s": 5}, opening({"queue": "billing", "waiting_at_least": 1})))
    engine.send(cm.Create("i", "chat"))
    assert stepped(engine.wait(5_000)).shut == (2,)
    engine.send(cm.Create("b", "chat", queue="billing"))
    engine.send(cm.Update("i", priority=3))
    assert engine.engine.state.shut["i"] == (2,)
    engine.send(cm.Create("j", "chat"))
    assert stepped(engine.wait(5_000)).shut == ()
    engine.send(cm.Cancel("i"))
    assert not engine.engine.state.shut


def test_a_rule_is_looked_at_once_more_when_it_comes_back_to_it() -> None:
    rule = opening({"queue": "billing", "waiting_below": 1}, until_s=600)
    engine = staffed(rings({"until_s": 5}, rule), ann={"vip": 1})
    engine.send(cm.AgentState("ann", "unavailable"), cm.Create("i", "chat"))
    assert stepped(engine.wait(5_000)).shut == ()
    offer = only(ev.OfferIssued, engine.send(cm.AgentState("ann", "available")))
    engine.send(cm.Accept(offer.offer_id, "ann"))
    engine.send(cm.AgentState("ann", "unavailable"), cm.Create("b", "letter", queue="billing"))
    event = stepped(engine.send(cm.Requeue("i")))
    assert (event.step, event.shut) == (3, (2,))


def test_what_arrives_old_is_looked_at_rule_by_rule() -> None:
    engine = staffed(rings({"until_s": 5}, opening({"waiting_at_least": 2})))
    old = engine.now_ms - 40_000
    event = stepped(engine.send(cm.Create("i", "chat", origin_ms=old)))
    assert (event.step, event.shut) == (3, (2,))
    event = stepped(engine.send(cm.Create("j", "chat", origin_ms=old)))
    assert (event.step, event.shut) == (3, ())


def test_another_queue_forgets_what_was_shut() -> None:
    engine = staffed(rings({"until_s": 5}, opening({"waiting_at_least": 9})), ann={"vip": 1})
    engine.send(cm.AgentState("ann", "unavailable"), cm.Create("i", "chat"))
    engine.wait(5_000)
    offer = only(ev.OfferIssued, engine.send(cm.AgentState("ann", "available")))
    engine.send(cm.Accept(offer.offer_id, "ann"))
    assert engine.engine.state.shut["i"] == (2,)
    engine.send(cm.Transfer("i", "ann", queue="billing"))
    assert "i" not in engine.engine.state.shut


# --- metrics


def answered(engine: AuditedEngine, name: str, after_ms: int, agent_id: str = "ann") -> None:
    """A letter of general is answered so long after its arrival."""
    engine.send(cm.AgentState(agent_id, "unavailable"))
    engine.send(cm.Create(name, "letter"))
    offer = only(
        ev.OfferIssued, engine.send(cm.AgentState(agent_id, "available"), after_ms=after_ms)
    )
    engine.send(cm.Accept(offer.offer_id, agent_id))
    engine.send(cm.Complete(name, agent_id, wrap_up=False))


def levelled(**bounds: float) -> dict[str, Any]:
    skipped = {"until_s": 600, "skip_if": {"queue": "general", **bounds}}
    letter = {"target_s": 10, "short_abandon_s": 2}
    return rings(skipped, channels={"letter": letter, "chat": {"short_abandon_s": 1}})


def skips(engine: AuditedEngine, name: str) -> bool:
    event = stepped(engine.send(cm.Create(name, "chat")))
    engine.send(cm.Cancel(name))
    return event.step == 2


def test_a_service_level_is_the_share_in_target() -> None:
    engine = staffed(levelled(service_level_below=0.6), ann={"vip": 1})
    for number, after_ms in enumerate((10_000, 10_001, 500, 20_000)):
        answered(engine, f"i{number}", after_ms)
    assert not skips(engine, "a")  # of four nothing is known
    answered(engine, "i5", 0)
    engine.send(cm.AgentState("ann", "unavailable"))
    assert not skips(engine, "b")  # three of five
    engine.send(cm.Create("j", "letter"))
    engine.send(cm.Cancel("j"), after_ms=1_999)
    assert not skips(engine, "c")  # who gives up soon does not count
    engine.send(cm.Create("k", "letter"))
    engine.send(cm.Cancel("k"), after_ms=2_000)
    assert skips(engine, "d")  # three of six
    engine.wait(31 * 60_000)
    assert not skips(engine, "e")


def test_who_is_answered_twice_counts_once() -> None:
    engine = staffed(levelled(service_level_at_least=1), ann={"vip": 1})
    for number in range(4):
        answered(engine, f"i{number}", 0)
    first = only(ev.OfferIssued, engine.send(cm.Create("i", "letter")))
    engine.send(cm.Accept(first.offer_id, "ann"))
    engine.send(cm.AgentState("ann", "unavailable"), cm.Requeue("i"))
    offer = only(ev.OfferIssued, engine.send(cm.AgentState("ann", "available"), after_ms=60_000))
    engine.send(cm.Accept(offer.offer_id, "ann"))
    engine.send(cm.AgentState("ann", "unavailable"))
    assert skips(engine, "c")
    engine.send(cm.Complete("i", "ann", wrap_up=False))
    assert not engine.engine.state.answered


def test_nothing_is_counted_that_nobody_asks_for() -> None:
    engine = staffed(levelled(service_level_below=0.5), ann={"vip": 1})
    answered(engine, "i", 0)
    assert engine.engine.state.outcomes["general"].minutes[-1].counted == 1
    engine.send(cm.Create("b", "letter", queue="billing"))
    (offer,) = engine.engine.state.offers.values()
    engine.send(cm.Accept(offer.offer_id, "ann"))
    assert set(engine.engine.state.outcomes) == {"general"}
    engine.send(cm.ReplacePolicy(policy=changed()))
    assert not engine.engine.state.outcomes


@pytest.mark.parametrize(
    ("bounds", "is_skipped"),
    [
        ({"longest_wait_above_s": 29.999}, True),
        ({"longest_wait_above_s": 30}, False),
        ({"longest_wait_below_s": 30.001}, True),
        ({"longest_wait_below_s": 30}, False),
        ({"queue": "general", "waiting_below": 3}, True),
        ({"queue": "general", "waiting_below": 2}, False),
        ({"queue": "billing", "waiting_at_least": 1}, False),
        ({"queue": "billing", "longest_wait_below_s": 1}, True),
        ({"queue": "billing", "longest_wait_above_s": 1}, False),
        ({"queue": "billing", "estimated_wait_below_s": 1}, True),
        ({"estimated_wait_below_s": 1_000}, False),
        ({"service_level_at_least": 0.001}, False),
        ({"logged_in_below": 1}, True),
        ({"pool": "all", "logged_in_below": 2}, True),
        ({"pool": "all", "logged_in_below": 1}, False),
        ({"pool": "all", "available_at_least": 1}, True),
        ({"pool": "all", "available_at_least": 2}, False),
        ({"pool": "all", "idle_at_least": 1}, False),
        ({"pool": "all", "idle_below": 1}, True),
        ({"pool": "own", "available_below": 1}, True),
    ],
)
def test_bounds_of_any_queue_and_any_pool(bounds: dict[str, Any], is_skipped: bool) -> None:
    """One waits for half a minute, somebody without the skill is at work and takes no more."""
    document = rings({"until_s": 600, "skip_if": bounds})
    engine = staffed(document, bob={})
    offer = only(ev.OfferIssued, engine.send(cm.Create("b", "chat", queue="billing")))
    engine.send(cm.Accept(offer.offer_id, "bob"))
    engine.send(cm.Create("old", "chat"))
    event = stepped(engine.send(cm.Create("new", "chat"), after_ms=30_000))
    assert event.step == (2 if is_skipped else 1)


@pytest.mark.parametrize(
    ("steps", "field", "word"),
    [
        ([{"open_if": [{"waiting_below": 1}], "until_s": 5}, {}], "steps.0", "only with a pool"),
        ([opening({"waiting_below": 1}) | {"priority": 1}, {}], "steps.0", "nothing else"),
        ([{"until_s": 5}, {"pool": "all", "open_if": [{"waiting_below": 1}]}], "w", "last step"),
        ([opening({"idle_below": 1}), {}], "open_if", "name the pool"),
        ([opening({"waiting_below": 1}), {}], "queues.general.pool", "in a later step"),
    ],
)
def test_rules_that_mean_nothing(steps: list[dict[str, Any]], field: str, word: str) -> None:
    workflows = {"w": {"steps": steps}}
    with pytest.raises(PolicyError) as caught:
        parse_policy(
            changed(pools=POOLS, workflows=workflows, queues={"general": {"workflow": "w"}})
        )
    assert any(field in p.field and word in p.message for p in caught.value.problems), caught.value
