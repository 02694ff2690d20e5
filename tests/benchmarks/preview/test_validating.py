"""Previews held against the truth: the scenarios can be played, and what is told of them."""

from __future__ import annotations

from typing import Any

from benchmarks.preview import validating
from benchmarks.preview.validating import Day, scenario_names, scenario_of, table
from benchmarks.scenario.policies import policy_of
from router.policy import parse_policy


def told(*days: Day) -> dict[str, Any]:
    return validating._told(days)  # playing days takes seconds each


def day(truth: float, *foretold: float) -> Day:
    names = validating.COMPARED
    return Day(
        dict.fromkeys(names, 0.5),
        [dict.fromkeys(names, 0.5)],
        dict.fromkeys(names, truth),
        [dict.fromkeys(names, value) for value in foretold],
    )


def test_the_scenarios_are_whole() -> None:
    assert scenario_names() == ["blend", "overloaded", "shifts", "two-queues"]
    for name in scenario_names():
        scenario = scenario_of(name)
        assert parse_policy({**policy_of(scenario), "weights": validating.LINE})


def test_how_far_it_is_off_is_told_over_days() -> None:
    found = told(day(0.60, 0.61, 0.63), day(0.50, 0.50, 0.52), day(0.40, 0.70, 0.70))
    one = found["abandonment"]
    assert round(one["foretold_off_by"]["mean"], 4) == round((0.02 + 0.01 + 0.30) / 3, 4)
    assert one["truth_inside"] == 2 / 3
    rows = list(table({"small": found}))
    assert rows[3].startswith("| small | abandonment | 50.0 % | 50.0 % | 61.0 % | +11.00 ± ")
    assert rows[3].endswith("% | 67 % |")
