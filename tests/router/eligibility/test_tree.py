from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given

from router import commands as cm
from router.eligibility.direct import holds_for
from router.eligibility.facts import Facts
from router.eligibility.plan import plan_of, skills_in, wanted_of
from router.eligibility.tree import nodes_of, wrong_in
from router.limits import REQUIREMENT_DEPTH_MAX, REQUIREMENT_NODES_MAX
from tests.conditions import agent_attributes, conditions, interaction_attributes, leaves
from tests.hypothesis_profiles import scaled
from tests.policies import SKILLS
from tests.strategies import skill_maps

R = cm.Requirement
EMPTY = bytes(cm.EMPTY_MAP)


def test_nodes_stand_with_their_paths() -> None:
    tree = R(all_of=(R("a"), R(any_of=(R("b"), R(negated=R(expression="true"))))))
    assert [node.path for node in nodes_of(tree, "r[0]")] == [
        "r[0]",
        "r[0].all[0]",
        "r[0].all[1]",
        "r[0].all[1].any[0]",
        "r[0].all[1].any[1]",
        "r[0].all[1].any[1].not",
    ]


@scaled(200)
@given(conditions)
def test_what_is_well_formed_is_taken_and_survives_the_wire(condition: cm.Requirement) -> None:
    assert wrong_in((R("french"), condition)) is None
    packed = msgspec.msgpack.encode(condition)
    assert msgspec.msgpack.decode(packed, type=cm.Requirement) == condition


def test_limits_of_a_tree() -> None:
    wide = R(all_of=(R("a"),) * (REQUIREMENT_NODES_MAX - 1))
    assert wrong_in((wide,)) is None
    wider = wrong_in((R("a"), R(negated=wide)))
    assert wider is not None
    assert wider.field == "requirements[1]"
    deep = R("a")
    for _ in range(REQUIREMENT_DEPTH_MAX - 1):
        deep = R(negated=deep)
    assert wrong_in((deep,)) is None
    deeper = wrong_in((R(negated=deep),))
    assert deeper is not None
    assert "deeper" in deeper.detail


def test_very_deep_trees_are_told_without_descending_into_them() -> None:
    deep = R("a")
    for _ in range(5_000):
        deep = R(negated=deep)
    found = wrong_in((deep,))
    assert found is not None
    assert "deeper" in found.detail


def holds(asked: cm.Requirement, facts: Facts, attributes: bytes = EMPTY) -> bool:
    tree = asked if not asked.skill else R(all_of=(asked,))
    (wanted,) = wanted_of((tree,), attributes)
    return holds_for(wanted, facts, SKILLS)


@scaled(200)
@given(conditions, leaves, skill_maps, agent_attributes, interaction_attributes.map(bytes))
def test_de_morgan(
    one: cm.Requirement,
    other: cm.Requirement,
    skills: dict[str, int],
    attributes: dict[str, Any],
    packed: bytes,
) -> None:
    one = msgspec.structs.replace(one, hard=True, weight=1)
    facts = Facts(skills, attributes)

    def so(asked: cm.Requirement) -> bool:
        return holds(asked, facts, packed)

    neither = R(all_of=(R(negated=one), R(negated=other)))
    assert so(R(negated=R(any_of=(one, other)))) is so(neither)
    not_both = R(any_of=(R(negated=one), R(negated=other)))
    assert so(R(negated=R(all_of=(one, other)))) is so(not_both)
    assert so(R(negated=R(negated=one))) is so(one)
    assert so(R(any_of=(one, R(negated=one)))) is True
    assert so(R(all_of=(one, R(negated=one)))) is False


@pytest.mark.parametrize(
    ("op", "level", "level_max", "held"),
    [
        ("=", 2, 0, {2}),
        ("!=", 2, 0, {0, 1, 3, 4, 5}),
        ("<", 2, 0, {0, 1}),
        ("<=", 2, 0, {0, 1, 2}),
        (">", 2, 0, {3, 4, 5}),
        (">=", 2, 0, {2, 3, 4, 5}),
        ("between", 2, 4, {2, 3, 4}),
        ("between", 0, 0, {0}),
    ],
)
def test_every_operator_within_a_tree(op: Any, level: int, level_max: int, held: set[int]) -> None:
    asked = R("french", op, level, level_max)
    meets = {h for h in range(6) if holds(asked, Facts({"french": h} if h else {}, {}))}
    assert meets == held


def test_the_skills_that_a_requirement_names() -> None:
    tree = R(
        any_of=(R("vip"), R(negated=R(expression="agent.skills.tech > agent.skills['french']")))
    )
    assert skills_in(tree) == {"vip", "tech", "french"}
    assert skills_in(R("vip")) == {"vip"}


def test_what_is_wanted_knows_neither_weight_nor_hardness() -> None:
    soft = R(expression="agent.a == interaction.b", hard=False, weight=7)
    (wanted,) = wanted_of((R("vip"), soft), msgspec.msgpack.encode({"b": 1, "c": {}}))
    assert wanted.requirement == R(expression="agent.a == interaction.b")
    assert wanted.texts == ('agent.a == {"b": 1}.b',)
    assert wanted_of((R("vip"),), b"not even read") == ()


def test_what_cannot_be_taken_or_bound_is_wanted_in_vain() -> None:
    tree = R(any_of=(R(expression="no sense"), R(expression="agent.a == interaction.b")))
    assert plan_of(tree).expressions[0] is None
    (wanted,) = wanted_of((tree,), msgspec.msgpack.encode({"b": {}}))
    assert wanted.texts == (None, None)
    assert not holds_for(wanted, Facts({}, {"a": 1}), SKILLS)
