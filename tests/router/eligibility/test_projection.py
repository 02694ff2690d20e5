from __future__ import annotations

from typing import Any

import pytest

from router.eligibility.expression import compiled, expression_of
from router.eligibility.facts import NOBODY, Facts, ValueColumn
from router.eligibility.projection import Projections, Reads
from scoring.roster import Roster

TIER = Reads(("tier",), ())


def facts(**attributes: Any) -> Facts:
    return Facts({}, attributes)


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        (facts(a=1), facts(a=1), set()),
        (facts(a=1), facts(a=1.0), {("attribute", "a")}),
        (facts(a=1), facts(a=True), {("attribute", "a")}),
        (facts(a=[1]), facts(a=[True]), {("attribute", "a")}),
        (facts(a="1"), facts(a=1), {("attribute", "a")}),
        (facts(a=None), facts(), {("attribute", "a")}),
        (facts(a=[1, "x"], b=2), facts(a=[1, "x"], c=2), {("attribute", "b"), ("attribute", "c")}),
        (Facts({"x": 1}, {}), Facts({"x": 2, "y": 0}, {}), {("skill", "x")}),
    ],
)
def test_what_has_changed(before: Facts, after: Facts, changed: set[Any]) -> None:
    assert after.changed_from(before) == changed


def test_what_a_profile_reads() -> None:
    named = expression_of("agent.b == agent.a && agent.skills.x > 1").profile
    assert Reads.by(named, ["x", "y"]) == (("a", "b"), ("x",))
    said = expression_of("agent.skills[interaction.s] > 1").profile
    assert Reads.by(said, ["y", "x"]) == ((), ("x", "y"))
    assert list(Reads(("a",), ("x",)).each()) == [("attribute", "a"), ("skill", "x")]


def test_values_that_nobody_has_any_more_are_forgotten_in_time() -> None:
    projections = Projections(Roster(1))
    projections.change(0, facts(tier=0))
    projections.change(1, facts(tier=1))
    projection = projections.take(TIER)
    program = compiled("agent.tier == 777")
    for tier in range(2_000):
        projections.change(1, facts(tier=tier))
        assert projection.one(program, 1).holds is (tier == 777)
        assert not projection.one(program, 0).holds
    assert projection.contexts < 600
    assert projection.everyone(program)[0][:2].tolist() == [False, False]


def test_values_are_numbered_whenever_they_come() -> None:
    everybody = [facts(a=1), facts(), facts(a="1"), facts(a=1), facts(a=None), facts(a=[1])]
    at_once = ValueColumn("a", everybody)
    one_by_one = ValueColumn("a")
    for column in range(len(everybody)):
        one_by_one.place(column, everybody[: column + 1])
    for values in (at_once, one_by_one):
        assert values.numbers(8).tolist() == [1, 0, 2, 1, 3, 4, 0, 0]
        assert values.values == 5
    for number in range(1_000):
        everybody[0] = facts(a=number)
        at_once.place(0, everybody)
    assert at_once.values < 300


@pytest.mark.parametrize("kept", [0, 1, 64])
def test_combinations_of_many_names(kept: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.eligibility.projection.COLUMNS_KEPT_MAX", kept)
    roster = Roster(1)
    projections = Projections(roster)
    names = tuple(f"a{n}" for n in range(40))
    for column in range(50):
        skills = {"x": column % 4, "y": column % 7}
        roster.set_levels(roster.add(f"agent {column}"), skills)
        given = {name: (column * 7 + n) % 11 for n, name in enumerate(names) if n % 5 != column % 5}
        projections.change(column, Facts(skills, given))
    program = compiled("agent.skills.x == 3 && agent.skills.y == 2 && agent.a1 == agent.a1")
    projection = projections.take(Reads(names, ("x", "y")))
    holds, faults = projection.everyone(program)
    assert holds[:50].nonzero()[0].tolist() == [23]
    assert faults == sum(
        column % 4 == 3 and column % 7 == 2 and column % 5 == 1 for column in range(50)
    )


def test_columns_beyond_those_there_were() -> None:
    projections = Projections(Roster(1))
    projection = projections.take(TIER)
    program = compiled("agent.tier == 5")
    assert projections.change(70, facts(tier=5)) == {("attribute", "tier")}
    holds, faults = projection.everyone(program)
    assert holds[:71].tolist() == [False] * 70 + [True]
    assert faults == 1
    assert projections.change(70, NOBODY) == {("attribute", "tier")}
    assert not projection.one(program, 70).holds


def test_projections_are_shared_and_given_back() -> None:
    projections = Projections(Roster(1))
    first = projections.take(TIER)
    assert projections.take(TIER) is first
    projections.give_back(TIER)
    assert projections.take(TIER) is first
    projections.give_back(TIER)
    projections.give_back(TIER)
    assert projections.take(TIER) is not first


def test_contexts_are_shed_when_they_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.eligibility.projection.CONTEXTS_KEPT_MAX", 10)
    projections = Projections(Roster(1))
    for column in range(20):
        projections.change(column, facts(tier=column, site=column // 10))
    tiers, sites = projections.take(TIER), projections.take(Reads(("site",), ()))
    sites.everyone(compiled("agent.site == 1"))
    projections.shed()
    assert (tiers.contexts, sites.contexts) == (0, 2)
    assert tiers.everyone(compiled("agent.tier == 3"))[0].tolist().count(True) == 1
    projections.shed()
    assert (tiers.contexts, sites.contexts) == (0, 0)
    assert tiers.one(compiled("agent.tier == 3"), 3).holds
