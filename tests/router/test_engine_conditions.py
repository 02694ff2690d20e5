"""Trees and expressions through the whole engine, each batch audited by the oracle."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from router import commands as cm
from router import events as ev
from router import limits
from router.inputs import decode_entry
from tests.audited import AuditedEngine, arriving, only
from tests.policies import POLICY, POLICY_VARIANTS

R = cm.Requirement


def packed(**attributes: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.msgpack.encode(attributes))


def asking(expression: str, **more: Any) -> cm.Create:
    return cm.Create("i", "voice", requirements=(R(expression=expression),), **more)


def logged_in(agent_id: str, skills: dict[str, int] | None = None, **attributes: Any) -> cm.Command:
    return cm.AgentLogin(agent_id, "desk", skills=skills or {}, attributes=attributes)


def rejected(events: list[ev.Event]) -> tuple[str, str, str]:
    event = only(ev.Rejected, events)
    return event.code, event.field, event.detail


def test_a_tree_filters_by_any_of_its_branches() -> None:
    engine = AuditedEngine(POLICY)
    engine.send(
        logged_in("a-tech", {"tech": 3}),
        logged_in("b-french", {"french": 4}),
        logged_in("c-both", {"tech": 3, "french": 4, "vip": 1}),
    )
    tree = R(
        all_of=(
            R(any_of=(R("tech", level=3), R("french", level=4))),
            R(negated=R(all_of=(R("tech"), R("french")))),
        )
    )
    decision = only(ev.OfferIssued, engine.send(cm.Create("i", "voice", requirements=(tree,))))
    assert decision.agent_id == "a-tech"
    assert (decision.decision.lacking_skill, decision.decision.candidates) == (1, 2)


def test_a_soft_condition_scores_all_or_nothing_by_its_weight() -> None:
    engine = AuditedEngine(POLICY_VARIANTS["only skill counts"])
    engine.send(logged_in("a-far", {"french": 5}, site="b"), logged_in("b-near", site="a"))
    asked = (
        R("french", level=5, hard=False),
        R(expression="agent.site == interaction.site", hard=False, weight=3),
    )
    create = cm.Create("i", "voice", requirements=asked, attributes=packed(site="a"))
    offer = only(ev.OfferIssued, engine.send(create))
    scores = {c.agent_id: c.skill for c in offer.decision.best}
    assert scores == {"b-near": 3_000_000 // 4, "a-far": 1_000_000 // 4}


@pytest.mark.parametrize("name", [name for name in POLICY_VARIANTS if "strategy" in name])
def test_every_strategy_takes_a_condition_for_all_or_nothing(name: str) -> None:
    engine = AuditedEngine(POLICY_VARIANTS[name])
    engine.send(logged_in("a", tier=1), logged_in("b", tier=2), logged_in("c", tier=3))
    asked = (R(expression="agent.tier >= 2", hard=False), R("french", hard=False))
    events = engine.send(cm.Create("i", "voice", queue="general", requirements=asked))
    assert only(ev.OfferIssued, events).decision.candidates == 3


def test_values_of_the_interaction_make_different_conditions() -> None:
    engine = AuditedEngine(POLICY)
    engine.send(logged_in("ann", site="a"), logged_in("bob", site="b"))
    text = "agent.site == interaction.site"
    for site in ("b", "a"):
        create = cm.Create(
            f"i-{site}", "voice", requirements=(R(expression=text),), attributes=packed(site=site)
        )
        offer = only(ev.OfferIssued, engine.send(create))
        assert offer.agent_id == {"a": "ann", "b": "bob"}[site]


def test_an_agent_whose_attributes_change_finds_what_waits_for_them() -> None:
    engine = AuditedEngine(POLICY)
    engine.send(logged_in("ann", certified=False), asking("agent.certified"))
    assert not engine.send(cm.AgentAttributes("ann", {"certified": 1}))[1:]
    events = engine.send(cm.AgentAttributes("ann", {"certified": True}))
    assert only(ev.OfferIssued, events).agent_id == "ann"


def test_attributes_that_are_equal_in_python_are_not_the_same() -> None:
    engine = AuditedEngine(POLICY)
    engine.send(logged_in("ann", tier=1))
    for value, answer in ((1, ev.Repeated), (1.0, ev.AgentAttributesChanged), (True, None)):
        events = engine.send(cm.AgentAttributes("ann", {"tier": value}))
        assert isinstance(events[0], answer or ev.AgentAttributesChanged)


def test_an_open_offer_outlives_a_change_of_the_agent_and_not_one_of_the_interaction() -> None:
    engine = AuditedEngine(POLICY)
    engine.send(logged_in("ann", tier=2), asking("agent.tier == 2"))
    events = engine.send(cm.AgentAttributes("ann", {"tier": 1}))
    assert not [event for event in events if isinstance(event, ev.OfferRescinded)]
    still = cm.Update("i", requirements=(R(expression="agent.tier <= 2"),))
    assert not [e for e in engine.send(still) if isinstance(e, ev.OfferRescinded)]
    no_more = cm.Update("i", requirements=(R(negated=R(expression="agent.tier <= 2")),))
    rescinded = only(ev.OfferRescinded, engine.send(no_more))
    assert rescinded.reason == "requirements_changed"


def test_a_login_replaces_the_attributes() -> None:
    engine = AuditedEngine(POLICY)
    engine.send(logged_in("ann", tier=1), asking("!has(agent.tier)"))
    assert only(ev.OfferIssued, engine.send(logged_in("ann"))).agent_id == "ann"


def test_a_policy_with_other_skills_is_asked_anew() -> None:
    """An expression may go over the skills of the policy by what the interaction says."""
    engine = AuditedEngine(POLICY)
    engine.send(
        logged_in("ann"),
        asking("agent.skills[interaction.skill] == 0", attributes=packed(skill="polish")),
    )
    more = POLICY | {"skills": POLICY["skills"] | {"polish": {}}}
    assert only(ev.OfferIssued, engine.send(cm.ReplacePolicy(policy=more))).agent_id == "ann"


@pytest.mark.parametrize(
    "asked",
    [R(expression="agent.skills.vip > 1"), R(negated=R(any_of=(R("vip"), R("tech"))))],
)
def test_skills_within_conditions_are_in_use(asked: R) -> None:
    engine = AuditedEngine(POLICY)
    engine.send(cm.Create("i", "voice", requirements=(asked,)))
    skills = {name: skill for name, skill in POLICY["skills"].items() if name != "vip"}
    events = engine.send(cm.ReplacePolicy(policy=POLICY | {"skills": skills}))
    assert rejected(events)[0] == "policy_conflict"


def test_faults_are_counted_and_harm_nobody() -> None:
    engine = AuditedEngine(POLICY)
    engine.send(logged_in("ann", tier="two"), logged_in("bob", tier=2))
    events = engine.send(asking("agent.tier / (interaction.n - 1) > 0", attributes=packed(n=2)))
    assert only(ev.OfferIssued, events).agent_id == "bob"
    assert engine.engine.expression_faults == 1
    engine.send(cm.Update("i", requirements=(R(expression="agent.nothing"),)))
    assert engine.engine.expression_faults > 1


BAD: tuple[tuple[Any, str, str], ...] = (
    ({}, "requirements[0].skill", "one of skill, all, any, not, expression"),
    ({"skill": "vip", "any": [{"skill": "tech"}]}, "requirements[0].any", "one of"),
    ({"all": [{"skill": "vip"}], "not": {"skill": "tech"}}, "requirements[0].not", "one of"),
    ({"all": []}, "requirements[0].all", "at least one"),
    ({"all": [{"skill": "vip"}], "op": "<"}, "requirements[0].op", "only with skill"),
    ({"expression": "true", "level": 3}, "requirements[0].level", "only with skill"),
    ({"not": {"skill": "vip", "weight": 2}}, "requirements[0].not.weight", "outermost"),
    ({"any": [{"skill": "vip", "hard": False}]}, "requirements[0].any[0].hard", "outermost"),
    ({"any": [{"not": {}}]}, "requirements[0].any[0].not.skill", "one of"),
    ({"any": [{"skill": ""}]}, "requirements[0].any[0].skill", "length >= 1"),
    ({"any": [{"op": "~", "skill": "vip"}]}, "requirements[0].any[0].op", "Invalid enum"),
    ({"expression": "agent.a =="}, "requirements[0].expression", "at character 11"),
    ({"any": [{"expression": "now()"}]}, "requirements[0].any[0].expression", "function 'now'"),
    ({"expression": "x" * 1_025}, "requirements[0].expression", "longer than 1024"),
    ({"all": [{"skill": "vip"}] * 64}, "requirements[0]", "more than 64"),
    ({"all": [{"skill": "vip", "level_max": 3}]}, "requirements[0].all[0].level_max", "between"),
    (
        {"not": {"skill": "vip", "op": "between", "level": 3, "level_max": 2}},
        "requirements[0].not.level_max",
        "below level",
    ),
    ({"expression": "agent.a == interaction.m"}, "requirements[0].expression", "is a map"),
)


@pytest.mark.parametrize(("asked", "field", "words"), BAD)
@pytest.mark.parametrize("kind", ["create", "update"])
def test_what_is_wrong_is_told_with_its_place(
    asked: dict[str, Any], field: str, words: str, kind: str
) -> None:
    engine = AuditedEngine(POLICY)
    engine.send(cm.Create("waiting", "voice", attributes=packed(m={})))
    command: dict[str, Any] = {"type": kind, "interaction_id": "waiting", "requirements": [asked]}
    if kind == "create":
        command |= {"interaction_id": "new", "channel": "voice", "attributes": {"m": {}}}
    code, found, detail = rejected(engine.send_map(command))
    assert (code, found) == ("invalid", field)
    assert words in detail


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (R(any_of=(R("vip"), R("juggling"))), "requirements[0].any[1].skill"),
        (R(expression="agent.skills.juggling > 1"), "requirements[0].expression"),
    ],
)
def test_skills_within_conditions_are_those_of_the_policy(asked: R, field: str) -> None:
    engine = AuditedEngine(POLICY)
    events = engine.send(cm.Create("i", "voice", requirements=(asked,)))
    assert rejected(events)[:2] == ("unknown_skill", field)


def test_trees_may_be_eight_deep() -> None:
    engine = AuditedEngine(POLICY)
    tree: dict[str, Any] = {"skill": "vip"}
    for _ in range(limits.REQUIREMENT_DEPTH_MAX - 1):
        tree = {"not": tree}
    create = {"type": "create", "interaction_id": "i", "channel": "voice", "requirements": [tree]}
    only(ev.InteractionCreated, engine.send_map(create))
    create |= {"interaction_id": "j", "requirements": [{"not": tree}]}
    code, field, detail = rejected(engine.send_map(create))
    assert (code, field) == ("invalid", "requirements[0]" + ".not" * 8)
    assert "deeper than 8" in detail


def test_only_so_many_conditions_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.eligibility.conditions.CONDITIONS_MAX", 2)
    monkeypatch.setattr("queues.classes.SPARE_CLASSES_MAX", 0)
    engine = AuditedEngine(POLICY)
    for number in range(2):
        asked = (R(expression=f"agent.tier == {number}"),)
        engine.send(cm.Create(f"i{number}", "voice", requirements=asked))
    third = {
        "type": "create",
        "interaction_id": "i2",
        "channel": "voice",
        "requirements": [{"expression": "agent.tier == 2"}],
    }
    entry = decode_entry("9-1", engine.now_ms, {b"m": msgspec.msgpack.encode(third)})
    # without the auditor, who does not know of the smaller limit
    events = engine.engine.handle([entry], engine.now_ms)
    assert rejected(events)[:2] == ("limit", "requirements")


@pytest.mark.parametrize(
    ("attributes", "code", "field"),
    [
        ({"a": {"b": 1}}, "invalid", "attributes[...]"),
        ({"a": [[1]]}, "invalid", "attributes[...][0]"),
        ({"a": [1] * 65}, "invalid", "attributes[...]"),
        ({"a": b"bytes"}, "invalid", "attributes[...]"),
        ({"a": float("nan")}, "invalid", "attributes.a"),
        ({"a": [1.0, float("inf")]}, "invalid", "attributes.a"),
        ({"skills": 1}, "invalid", "attributes.skills"),
        ({f"a{n}": 1 for n in range(65)}, "invalid", "attributes"),
        ({"a": "x" * 4_096}, "too_large", "attributes"),
    ],
)
@pytest.mark.parametrize("kind", ["agent_login", "agent_attributes"])
def test_attributes_that_are_not_taken(
    attributes: dict[str, Any], code: str, field: str, kind: str
) -> None:
    engine = AuditedEngine(POLICY)
    engine.send(cm.AgentLogin("ann", "desk"))
    command = {"type": kind, "agent_id": "ann", "attributes": attributes}
    command |= {"inbox": "desk"} if kind == "agent_login" else {}
    assert rejected(engine.send_map(command))[:2] == (code, field)


def test_what_does_not_compile_any_more_holds_for_nobody() -> None:
    """A journal may have been written by a release that took what this one does not."""
    engine = AuditedEngine(POLICY)
    engine.send(logged_in("ann"))
    alone = engine.engine
    created = ev.InteractionCreated(
        interaction_id="old",
        channel="voice",
        queue="general",
        created_ms=engine.now_ms,
        origin_ms=engine.now_ms,
        sequence=1,
        requirements=(R(any_of=(R(expression="agent.name.matches('a')"), R("vip", level=5))),),
    )
    alone.apply(created, engine.now_ms)
    assert alone.handle([], engine.now_ms) == []
    better = arriving("9-1", engine.now_ms, cm.AgentSkills("ann", {"vip": 5}))
    events = alone.handle([better], engine.now_ms)
    assert only(ev.OfferIssued, events).agent_id == "ann"
