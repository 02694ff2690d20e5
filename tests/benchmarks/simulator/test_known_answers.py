"""A few runs against answers that are known; `make quality` makes long ones."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.scenario.reading import read_scenario
from benchmarks.simulator.estimates import Estimate, Reference, check
from benchmarks.simulator.figures import figures_of, layout_of
from benchmarks.simulator.measures import Measures, Scope, measure
from benchmarks.simulator.run import simulate
from tests.benchmarks.simulator import models

BATCHES = 20


def measured(document: dict[str, Any], *, runs: int = 1, batches: int = BATCHES) -> Measures:
    scenario = read_scenario(document)
    layout = layout_of(scenario, batches)
    seeds = [(11, number) for number in range(runs)]
    played = [simulate(scenario, seed, batches=batches) for seed in seeds]
    return measure(scenario, layout, [figures_of(run, layout) for run in played])


def flattened(scope: Scope) -> dict[str, Estimate]:
    """Measures by name, or by ``name[which]``."""
    many = scope.many.items()
    return scope.one | {f"{name}[{which}]": e for name, by in many for which, e in by.items()}


def assert_near(found: Estimate, value: float, half_width: float = 0.0) -> None:
    assert check(found, Reference(value, half_width)).holds, (found, value)


def test_erlang_c() -> None:
    found = flattened(measured(models.erlang(100 / 60, 180, 7)).everything)
    assert_near(found["wait_over_s[0]"], 0.324150)
    assert_near(found["asa_s"], 29.1735)
    assert_near(found["service_level_at_s[20]"], 0.740441)


def test_erlang_a() -> None:
    measures = measured(models.erlang(4.2, 120, 12, 60))
    found = flattened(measures.everything)
    assert_near(found["abandonment"], 0.029679)
    assert_near(found["service_level_at_s[20]"], 0.945270)
    assert_near(found["asa_s"], 1.4436)
    assert_near(measures.groups["desk"]["occupancy"], 0.679225)


def test_the_product_form() -> None:
    measures = measured(models.product_form())
    assert_near(measures.types["A"].one["asa_s"], 4.305964 * 60)
    assert_near(measures.types["B"].one["asa_s"], 9.108770 * 60)
    assert_near(measures.groups["some"]["occupancy"], 0.783767)
    assert_near(measures.groups["both"]["occupancy"], 0.916233)


def test_two_skills_are_almost_as_good_as_all() -> None:
    found = flattened(measured(models.few_skills(2)).everything)
    assert_near(found["wait_over_s[30]"], 0.2251, 0.0013)
    assert_near(found["asa_s"], 0.4460 * 60, 0.0034 * 60)
    # so rarely is nobody let in that a short run says little of how rarely
    assert 0 <= found["blocking"].mean < 0.01


def test_one_skill_is_much_worse() -> None:
    found = flattened(measured(models.few_skills(1) | {"horizon_s": 75_000}).everything)
    assert_near(found["blocking"], 0.03027, 0.00022)
    assert_near(found["wait_over_s[30]"], 0.4821, 0.0006)


def test_a_surge_by_the_minute() -> None:
    measures = measured(models.surge(), runs=6, batches=1)
    assert_near(measures.everything.one["abandonment"], 0.083284)
    # the queue is longest when the surge ends
    at = int(4_500 / 15)
    assert_near(measures.depth[at], 41.603)


@pytest.mark.parametrize(
    ("hold_s", "reached", "in_time"), [(0, 0.17, 0.934), (15, 0.24, 0.901), (30, 0.31, 0.260)]
)
def test_holding_for_who_is_known(hold_s: float, reached: float, in_time: float) -> None:
    document = models.preferred(hold_s) | {"horizon_s": 30_000}
    found = flattened(measured(document).everything)
    # published to two digits, and by a simulation of unknown length
    assert_near(found["preferred_rate"], reached, 0.01)
    assert_near(found["service_level"], in_time, 0.01)
