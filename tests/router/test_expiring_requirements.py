"""Requirements that are asked for only for a time, and that put an interaction first meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from router import commands as cm
from router import events as ev
from router.errors import PolicyError
from router.policy import parse_policy
from tests.audited import AuditedEngine, only
from tests.policies import POLICY, WORKFLOW_VARIANTS

R = cm.Requirement
EXPERT = R("tech", level=3, ttl_s=30)


@pytest.fixture
def engine() -> AuditedEngine:
    return AuditedEngine(POLICY)


def offered(events: list[ev.Event]) -> list[str]:
    return [event.interaction_id for event in events if isinstance(event, ev.OfferIssued)]


def call(name: str = "i", *asked: cm.Requirement, **fields: Any) -> cm.Create:
    return cm.Create(name, "chat", requirements=asked, **fields)


def test_experts_for_a_while_then_whoever_is_there(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk", skills={"tech": 1}))
    assert not offered(engine.send(call("i", EXPERT, R("tech"))))
    assert not engine.wait(29_999)
    events = engine.wait(1)
    assert only(ev.RequirementsExpired, events).requirements == (R("tech"),)
    assert offered(events) == ["i"]


def test_each_has_a_time_of_its_own(engine: AuditedEngine) -> None:
    engine.send(call("i", EXPERT, R("vip", ttl_s=60), R("french", ttl_s=60)))
    first = only(ev.RequirementsExpired, engine.wait(30_000))
    assert [one.skill for one in first.requirements] == ["vip", "french"]
    assert only(ev.RequirementsExpired, engine.wait(30_000)).requirements == ()
    assert engine.engine.next_due_ms() is None


def test_what_is_old_already_is_not_asked_for(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk"))
    events = engine.send(call("i", EXPERT, origin_ms=engine.now_ms - 30_000))
    assert only(ev.RequirementsExpired, events).interaction_id == "i"
    assert offered(events) == ["i"]


def test_an_offer_stands_when_less_is_asked_for(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk", skills={"tech": 3}))
    engine.send(call("i", R("tech", level=3, ttl_s=5)))
    events = engine.wait(5_000)
    assert only(ev.RequirementsExpired, events).requirements == ()
    assert engine.engine.state.offers


def test_an_agents_time_counts_and_time_aside_does_not(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk", skills={"tech": 3}))
    offer = only(ev.OfferIssued, engine.send(call("i", EXPERT)))
    engine.send(cm.Accept(offer.offer_id, "ann"))
    assert not engine.wait(60_000)
    assert only(ev.RequirementsExpired, engine.send(cm.Requeue("i"))).requirements == ()
    engine.send(cm.AgentLogout("ann"), call("j", EXPERT), cm.Suspend("j"))
    assert not engine.wait(600_000)
    engine.send(cm.Resume("j"))
    assert not [e for e in engine.wait(29_999) if isinstance(e, ev.RequirementsExpired)]
    assert only(ev.RequirementsExpired, engine.wait(1)).interaction_id == "j"


def test_it_goes_first_while_it_asks_for_haste(engine: AuditedEngine) -> None:
    haste = R("vip", hard=False, ttl_s=30, expedite=True)
    engine.send(call("old"), call("hasty", haste))
    assert engine.engine.state.interactions["hasty"].priority == 100
    events = engine.send(cm.AgentLogin("ann", "desk", capacity=30))
    assert offered(events) == ["hasty"]
    offer = only(ev.OfferIssued, events)
    engine.send(cm.AgentState("ann", "unavailable"))
    assert offer.agent_id == "ann"
    engine.wait(30_000)
    assert engine.engine.state.interactions["hasty"].priority == 0
    assert offered(engine.send(cm.AgentState("ann", "available"))) == ["old"]


def test_an_update_asks_anew(engine: AuditedEngine) -> None:
    engine.send(call("i", EXPERT))
    engine.send(cm.Update("i", requirements=(R("vip", ttl_s=40, expedite=True),)), after_ms=10_000)
    assert engine.engine.state.interactions["i"].priority == 100
    assert not engine.wait(29_999)
    assert only(ev.RequirementsExpired, engine.wait(1)).requirements == ()


def test_within_a_workflow_the_step_stays() -> None:
    engine = AuditedEngine(WORKFLOW_VARIANTS["workflow moving"])
    engine.send(cm.AgentLogin("ann", "desk", state="unavailable", skills={"vip": 1, "tech": 3}))
    engine.send(cm.AgentLogin("bob", "desk", state="unavailable", skills={"vip": 1, "tech": 3}))
    engine.send(call("i", R("tech", level=2, ttl_s=1)))
    events = engine.wait(1_000)
    assert only(ev.RequirementsExpired, events).requirements == ()
    stepped = [event for event in events if isinstance(event, ev.InteractionStepped)]
    assert all(event.step == 2 for event in stepped)


def test_time_belongs_to_the_whole_of_a_tree(engine: AuditedEngine) -> None:
    inner = R(any_of=(R("tech", ttl_s=5), R("vip")))
    event = only(ev.Rejected, engine.send(call("i", inner)))
    assert (event.code, event.field) == ("invalid", "requirements[0].any[0].ttl_s")


def test_rules_may_add_them_and_steps_may_not() -> None:
    asked = [{"skill": "vip", "ttl_s": 10, "expedite": True}]
    engine = AuditedEngine({**POLICY, "classification": [{"add": asked}]})
    engine.send(call("i"))
    assert engine.engine.state.interactions["i"].priority == 100
    assert only(ev.RequirementsExpired, engine.wait(10_000)).requirements == ()
    steps = {"workflows": {"w": {"steps": [{"add": asked}]}}}
    with pytest.raises(PolicyError, match="ttl_s"):
        parse_policy({**POLICY, **steps})
