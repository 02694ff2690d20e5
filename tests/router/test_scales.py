"""Scales of skills: what people call a level, and the level that counts inside."""

from __future__ import annotations

from typing import Any

import pytest

from router import commands as cm
from router import events as ev
from router.errors import LevelError, PolicyError
from router.policy import parse_policy
from router.scales import Scale, agent_level
from tests.audited import AuditedEngine, only
from tests.policies import POLICY, SCALES, changed

FROM_ZERO, BEST_FIRST, NAMED = (
    Scale(6, lowest=0),
    Scale(20, best_is_lowest=True),
    Scale(3, names=("basic", "good", "fluent")),
)


@pytest.fixture
def engine() -> AuditedEngine:
    """French from 0 to 5, tech from 3 to 1 (the best), and vip with names."""
    return AuditedEngine(changed(**SCALES))


def asking(name: str, *requirements: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "create",
        "interaction_id": name,
        "channel": "chat",
        "requirements": list(requirements),
    }


def login(agent_id: str, **skills: int | str) -> dict[str, Any]:
    return {"type": "agent_login", "agent_id": agent_id, "inbox": "desk", "skills": skills}


def asked(engine: AuditedEngine, *requirements: dict[str, Any]) -> tuple[cm.Requirement, ...]:
    name = f"i{len(engine.events)}"
    event = only(ev.InteractionCreated, engine.send_map(asking(name, *requirements)))
    return event.requirements


def refused(events: list[ev.Event]) -> tuple[str, str, str]:
    event = only(ev.Rejected, events)
    return event.code, event.field, event.detail


@pytest.mark.parametrize(
    ("scale", "told"),
    [
        (FROM_ZERO, [0, 1, 2, 3, 4, 5]),
        (BEST_FIRST, list(range(20, 0, -1))),
        (NAMED, ["basic", "good", "fluent"]),
        (Scale(3), [1, 2, 3]),
    ],
)
def test_levels_go_from_the_worst_to_the_best_and_back(scale: Scale, told: list[int | str]) -> None:
    inside = [scale.inside(level) for level in told]
    assert inside == list(range(1, len(told) + 1))
    assert [scale.told(level) for level in inside] == told
    assert scale.told(0) == 0


@pytest.mark.parametrize(
    ("scale", "told", "words"),
    [
        (FROM_ZERO, 6, "0 to 5"),
        (BEST_FIRST, 0, "20 to 1, the best"),
        (BEST_FIRST, 21, "20 to 1, the best"),
        (NAMED, "great", "basic, good, fluent"),
        (NAMED, 2, "basic, good, fluent"),
        (Scale(3), "good", "1 to 3"),
    ],
)
def test_what_is_on_no_scale_is_refused_in_its_words(
    scale: Scale, told: int | str, words: str
) -> None:
    with pytest.raises(LevelError, match=f"is not on its scale: {words}$"):
        scale.inside(told)


def test_where_levels_are_those_inside_any_number_may_be_asked_for() -> None:
    assert Scale(3).inside(99) == 99
    with pytest.raises(LevelError, match="ends at 3"):
        agent_level(Scale(3), 4)


def test_at_least_means_better_or_the_same(engine: AuditedEngine) -> None:
    engine.send_map(login("ann", tech=3))
    engine.send_map(asking("i", {"skill": "tech", "level": 2}))
    events = engine.send_map(login("bob", tech=1))
    assert only(ev.OfferIssued, events).agent_id == "bob"
    assert only(ev.AgentLoggedIn, events).skills == {"tech": 3}


def test_names_and_the_lowest_number_count_inside(engine: AuditedEngine) -> None:
    event = only(ev.AgentLoggedIn, engine.send_map(login("ann", french=0, vip="much")))
    assert event.skills == {"french": 1, "vip": 3}
    command = {"type": "agent_skills", "agent_id": "ann", "skills": {"vip": "some"}}
    assert only(ev.AgentSkillsChanged, engine.send_map(command)).skills == {"vip": 2}


def test_without_a_level_the_skill_is_asked_for_at_any(engine: AuditedEngine) -> None:
    found = asked(engine, {"skill": "tech"}, {"skill": "french"}, {"skill": "vip"})
    assert [each.level for each in found] == [1, 1, 1]
    found = asked(engine, {"skill": "tech", "level": 1}, {"skill": "french", "level": 1})
    assert [each.level for each in found] == [3, 2]


def test_ranges_and_trees_are_on_their_scales(engine: AuditedEngine) -> None:
    between = {"skill": "tech", "op": "between", "level": 3, "level_max": 2}
    either = {"any": [between, {"not": {"skill": "vip", "op": "<=", "level": "some"}}]}
    ((whole,), (tree,)) = (asked(engine, between), asked(engine, either))
    assert (whole.level, whole.level_max) == (1, 2)
    assert tree.any_of is not None
    assert tree.any_of[0] == whole
    assert tree.any_of[1].negated == cm.Requirement("vip", "<=", 2)


@pytest.mark.parametrize(
    ("requirement", "field"),
    [
        ({"skill": "tech", "level": 0}, "requirements[0].level"),
        ({"skill": "vip", "level": 1}, "requirements[0].level"),
        ({"skill": "french", "level": "good"}, "requirements[0].level"),
        ({"any": [{"skill": "vip", "level": "great"}]}, "requirements[0].any[0].level"),
        (
            {"skill": "tech", "op": "between", "level": 1, "level_max": 2},
            "requirements[0].level_max",
        ),
    ],
)
def test_a_command_that_names_no_level_is_refused(
    engine: AuditedEngine, requirement: dict[str, Any], field: str
) -> None:
    assert refused(engine.send_map(asking("i", requirement)))[:2] == ("invalid", field)


def test_an_agent_has_no_level_that_there_is_not(engine: AuditedEngine) -> None:
    code, field, detail = refused(engine.send_map(login("ann", tech=4)))
    assert (code, field) == ("invalid", "skills.tech")
    assert "3 to 1, the best" in detail


def test_updates_and_transfers_are_on_the_scale(engine: AuditedEngine) -> None:
    engine.send_map(asking("i"))
    much: list[dict[str, Any]] = [{"skill": "vip", "level": "much"}]
    update: dict[str, Any] = {"type": "update", "interaction_id": "i", "requirements": much}
    event = only(ev.InteractionUpdated, engine.send_map(update))
    assert event.requirements == (cm.Requirement("vip", level=3),)
    engine.send(cm.AgentLogin("ann", "desk"), cm.Assign("i", "ann"))
    needs = [{"skill": "tech", "level": 1}]
    over: dict[str, Any] = {
        "type": "transfer",
        "interaction_id": "i",
        "agent_id": "ann",
        "queue": "billing",
    }
    event = only(ev.InteractionUpdated, engine.send_map(over | {"requirements": needs}))
    assert event.requirements == (cm.Requirement("tech", level=3),)


def test_rules_and_steps_of_the_policy_are_on_the_scale() -> None:
    add = [{"skill": "vip", "level": "some"}]
    steps = [{"until_s": 9, "lower": {"tech": 1}}, {"require": [{"skill": "tech", "level": 1}]}]
    document = changed(
        **SCALES,
        classification=[{"add": add}],
        workflows={"w": {"steps": steps}},
        queues={"general": {"workflow": "w"}},
    )
    engine = AuditedEngine(document)
    found = asked(engine, {"skill": "tech", "level": 1})
    assert found == (cm.Requirement("tech", level=3), cm.Requirement("vip", level=2))
    stepped = [e for e in engine.events if isinstance(e, ev.InteractionStepped)]
    assert stepped[-1].requirements[0].level == 2
    stepped = [e for e in engine.wait(9_000) if isinstance(e, ev.InteractionStepped)]
    assert stepped[-1].requirements == (cm.Requirement("tech", level=3),)


@pytest.mark.parametrize(
    ("skill", "message"),
    [
        ({"levels": ["a", "a"]}, "two levels have the same name"),
        ({"levels": ["1", "2"]}, "'1' is no name of a level"),
        ({"levels": []}, "1 to 100 names"),
        ({"levels": ["a"], "best": "lowest"}, "leave out lowest and best"),
        ({"levels": 20, "lowest": 90}, "numbers up to 100"),
        ({"levels": 0}, "from 1 to 100"),
    ],
)
def test_scales_that_are_none(skill: dict[str, Any], message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        parse_policy(changed(skills={"french": skill}))


def test_a_policy_that_asks_for_no_level_of_a_scale_is_refused() -> None:
    add = {"classification": [{"add": [{"skill": "vip", "level": 3}]}]}
    with pytest.raises(PolicyError, match=r"classification\.0\.add: 3 is not on its scale"):
        parse_policy(changed(**SCALES, **add))


def test_a_document_of_texts_means_the_same() -> None:
    written = {"levels": "11", "lowest": "0"}
    skill = parse_policy(changed(skills={"french": written})).skills["french"]
    assert (skill.levels, skill.lowest) == (11, 0)
    again = parse_policy(parse_policy({**POLICY, **changed(**SCALES)}).model_dump(mode="json"))
    assert again.skills["vip"].levels == ["none", "some", "much"]
