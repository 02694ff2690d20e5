from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from benchmarks.quality.instance import Row, Target
from benchmarks.quality.measures import Measured, measure_all
from benchmarks.quality.models.erlang import erlang_c
from benchmarks.quality.running import RowResult
from benchmarks.quality.verdicts import differences, verdicts

SCENARIO = erlang_c().rows[0].scenario


def result(label: str, in_time: Sequence[float]) -> RowResult:
    """Ten calls in each stretch, so many of them in time."""
    column = np.array(in_time)[:, None]
    ten = np.full_like(column, 10.0)
    names = ("offered", "served", "abandoned", "blocked", "late", "wait_s", "value")
    run = Measured(
        sums=dict.fromkeys((*names, "knew", "reached"), ten) | {"in_time": column},
        busy_s=ten,
        staffed_s=ten,
        controls=None,
        depths=(),
        groups={"agents": [0]},
        types=("call",),
    )
    return RowResult(Row(label, SCENARIO), run, measure_all(run))


RESULTS = [result("base", [5, 7, 6, 8]), result("better", [6, 8, 7, 9])]


@pytest.mark.parametrize(
    ("number", "met"),
    [(0.70, True), (0.90, True), (0.98, False)],
)
def test_a_number_is_reached_within_three_standard_errors(number: float, met: bool) -> None:
    (verdict,) = verdicts([Target("", "better", "service_level", number)], RESULTS)
    assert verdict.measured.mean == pytest.approx(0.75)
    assert verdict.met is met


@pytest.mark.parametrize(("number", "met"), [(0.1, True), (0.11, False)])
def test_a_difference_is_of_pairs_and_so_known_much_better(number: float, met: bool) -> None:
    (verdict,) = verdicts([Target("", "better", "service_level", number, than=("base",))], RESULTS)
    assert verdict.measured.mean == pytest.approx(0.1)
    assert verdict.met is met


def test_some_targets_are_not_to_be_exceeded() -> None:
    target = Target("", "better", "service_level", 0.05, than=("base",), at_most=True)
    assert not verdicts([target], RESULTS)[0].met


def test_of_several_the_hardest_counts() -> None:
    names = ("base", "best")
    results = [*RESULTS, result("best", [7, 9, 8, 10])]
    (verdict,) = verdicts([Target("", "better", "service_level", 0.0, than=names)], results)
    assert verdict.than == "best"
    assert verdict.measured.mean == pytest.approx(-0.1)
    assert not verdict.met


def test_differences_are_of_all_others() -> None:
    found = differences(RESULTS, "base")
    assert list(found) == ["better"]
    assert found["better"]["service_level"].mean == pytest.approx(0.1)
