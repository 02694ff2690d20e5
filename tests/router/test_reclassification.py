"""What waits is classified anew by a new policy, if somebody asks for it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from router import commands as cm
from router import events as ev
from router.state import Interaction
from tests.audited import AuditedEngine, only
from tests.policies import POLICY

TO_BILLING = [{"name": "to billing", "queue": "billing", "priority": 2}]
URGENT = [{"name": "urgent", "priority": 7, "add": [{"skill": "tech"}]}]


def ruled(rules: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return POLICY | {"classification": rules} | more


def anew(engine: AuditedEngine, policy: dict[str, Any]) -> list[ev.InteractionReclassified]:
    events = engine.send(cm.ReplacePolicy(policy=policy, reclassify=True))
    while engine.engine.is_behind:
        events += engine.wait(1)
    assert only(ev.ReclassificationEnded, events)
    return [event for event in events if isinstance(event, ev.InteractionReclassified)]


def stands(engine: AuditedEngine, name: str = "i") -> tuple[str, int, tuple[str, ...]]:
    found: Interaction = engine.engine.state.interactions[name]
    return found.queue, found.priority, tuple(each.skill for each in found.requirements)


@pytest.mark.parametrize("at_once", [0, 256])
def test_it_is_classified_as_it_came(at_once: int) -> None:
    engine = AuditedEngine(ruled(TO_BILLING), policy_at_once_max=at_once)
    engine.send(cm.Create("i", "chat", priority=1, requirements=(cm.Requirement("french"),)))
    assert stands(engine) == ("billing", 3, ("french",))
    (event,) = anew(engine, ruled(URGENT))
    assert event.classified_by == ("urgent",)
    assert stands(engine) == ("general", 8, ("french", "tech"))
    assert anew(engine, ruled(TO_BILLING))
    assert stands(engine) == ("billing", 3, ("french",))


def test_without_asking_nothing_changes() -> None:
    engine = AuditedEngine(ruled(TO_BILLING))
    engine.send(cm.Create("i", "chat"))
    engine.send(cm.ReplacePolicy(policy=ruled(URGENT)))
    assert not engine.engine.is_behind
    assert stands(engine) == ("billing", 2, ())


def test_the_policy_in_force_can_be_applied_once_more() -> None:
    engine = AuditedEngine(ruled(TO_BILLING))
    engine.send(cm.Create("i", "chat"))
    assert anew(engine, ruled(TO_BILLING)) == [], "it is where it belongs"


def test_what_came_before_there_were_rules_is_classified_too() -> None:
    engine = AuditedEngine(POLICY)
    engine.send(cm.Create("i", "chat"), cm.Create("named", "chat", queue="billing"))
    assert len(anew(engine, ruled([{"queue": "billing", "priority": 1}]))) == 2
    assert stands(engine) == ("billing", 1, ())
    anew(engine, ruled([{"queue": "general", "priority": 1}]))
    assert stands(engine) == ("general", 1, ())
    assert stands(engine, "named") == ("billing", 1, ())


def test_what_somebody_has_decided_since_stays() -> None:
    engine = AuditedEngine(ruled(TO_BILLING))
    engine.send(cm.Create("i", "chat"), cm.Update("i", priority=9))
    assert anew(engine, ruled(URGENT)) == []
    assert stands(engine) == ("billing", 9, ())


def test_what_is_suspended_is_classified_and_what_is_in_hand_is_not() -> None:
    engine = AuditedEngine(ruled(TO_BILLING))
    engine.send(cm.Create("aside", "chat"), cm.Suspend("aside"), cm.AgentLogin("ann", "desk"))
    engine.send(cm.Create("offered", "chat"))
    assert [event.interaction_id for event in anew(engine, ruled(URGENT))] == ["aside"]
    assert stands(engine, "offered") == ("billing", 2, ())
    engine.send(cm.Resume("aside"))
    assert stands(engine, "aside") == ("general", 7, ("tech",))


def test_its_workflow_begins_again_at_its_age() -> None:
    steps = [{"until_s": 30}, {"name": "raised", "priority": 5}]
    with_steps = {"general": {"workflow": "slow"}, "billing": {"workflow": "quick"}}
    workflows = {"slow": {"steps": [{"until_s": 90}, {"priority": 1}]}, "quick": {"steps": steps}}
    policy = POLICY | {"queues": with_steps, "workflows": workflows}
    engine = AuditedEngine(policy)
    engine.send(cm.Create("i", "chat"))
    engine.wait(60_000)
    assert engine.engine.state.interactions["i"].progress.step == 1  # type: ignore[union-attr]
    anew(engine, policy | {"classification": TO_BILLING})
    assert stands(engine) == ("billing", 7, ())


def test_requirements_that_have_had_their_time_do_not_come_back() -> None:
    engine = AuditedEngine(ruled([{"add": [{"skill": "vip", "ttl_s": 10}], "then": "continue"}]))
    engine.send(cm.Create("i", "chat", requirements=(cm.Requirement("tech", ttl_s=10),)))
    engine.wait(11_000)
    assert stands(engine)[2] == ()
    (event,) = anew(engine, ruled([{"add": [{"skill": "french"}]}]))
    assert [each.skill for each in event.requirements] == ["french"]


def test_many_are_classified_a_few_at_a_time_whoever_leads() -> None:
    engine = AuditedEngine(ruled(TO_BILLING))
    engine.send(*(cm.Create(f"i{n}", "chat") for n in range(150)))
    engine.send(cm.ReplacePolicy(policy=ruled(URGENT), reclassify=True))
    engine.restart()
    batches = 0
    while engine.engine.is_behind:
        engine.wait(1)
        batches += 1
    assert batches > 2
    assert {stands(engine, f"i{n}") for n in range(150)} == {("general", 7, ("tech",))}


def test_rules_see_what_came_with_it() -> None:
    rules = [{"when": 'interaction.tier == "gold" && interaction.priority == 1', "priority": 9}]
    engine = AuditedEngine(POLICY)
    gold = msgspec.Raw(msgspec.msgpack.encode({"tier": "gold"}))
    engine.send(cm.Create("i", "chat", attributes=gold, priority=1))
    assert anew(engine, ruled(rules))
    assert stands(engine) == ("general", 10, ())
