from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from benchmarks.simulator.estimates import Estimate, Reference, check, ratio, ratio_difference


def test_equal_wholes_give_the_interval_of_a_mean() -> None:
    parts = [3.0, 5.0, 4.0, 8.0]
    found = ratio(parts, [10.0] * 4)
    error = np.std(np.array(parts) / 10, ddof=1) / 2
    assert found.mean == pytest.approx(0.5)
    assert found.standard_error == pytest.approx(error)
    assert found.half_width == pytest.approx(stats.t.ppf(0.975, 3) * error)


def test_a_ratio_is_of_sums_and_scaled() -> None:
    found = ratio([10.0, 90.0], [1.0, 3.0], scale=0.1)
    assert found.mean == pytest.approx(2.5)


def test_proportional_batches_have_no_error() -> None:
    assert ratio([1.0, 2.0, 3.0], [2.0, 4.0, 6.0]).standard_error == pytest.approx(0.0)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.Generator(np.random.PCG64(1))
    covered = 0
    for _ in range(400):
        wholes = rng.poisson(100, 20)
        parts = rng.binomial(wholes, 0.3)
        found = ratio(parts.tolist(), wholes.tolist())
        covered += abs(found.mean - 0.3) <= found.half_width
    assert 0.92 <= covered / 400 <= 0.98


def test_controls_take_out_what_they_explain() -> None:
    rng = np.random.Generator(np.random.PCG64(2))
    covered, narrower = 0, 0
    for _ in range(400):
        control = rng.standard_normal((20, 1))
        parts = 30 + 4 * control[:, 0] + rng.standard_normal(20)
        plain = ratio(parts.tolist(), [100.0] * 20)
        found = ratio(parts.tolist(), [100.0] * 20, controls=control)
        covered += abs(found.mean - 0.3) <= found.half_width
        narrower += found.half_width < plain.half_width
    assert 0.92 <= covered / 400 <= 0.98
    assert narrower > 390


def test_nothing_to_divide_by_is_no_number() -> None:
    found = ratio([0.0, 0.0], [0.0, 0.0])
    assert math.isnan(found.mean)
    assert found.to_dict() == {"mean": None, "standard_error": None, "half_width": None}


def test_one_batch_has_no_error() -> None:
    found = ratio([1.0], [4.0])
    assert found.mean == pytest.approx(0.25)
    assert math.isnan(found.standard_error)


@pytest.mark.parametrize(("value", "holds"), [(0.529, True), (0.471, True), (0.531, False)])
def test_three_standard_errors_are_allowed(value: float, holds: bool) -> None:
    assert check(Estimate(0.5, 0.01, 0.02), Reference(value)).holds is holds


def test_both_sides_may_err() -> None:
    # 5 standard errors of one side, 3.5 of both
    found = check(Estimate(0.5, 0.003, 0.006), Reference(0.515, half_width=0.00588))
    assert found.distance == pytest.approx(-0.015 / math.hypot(0.003, 0.003), rel=1e-4)


def test_at_least_is_not_broken_by_more() -> None:
    reference = Reference(0.5, kind="at_least")
    assert check(Estimate(0.9, 0.01, 0.02), reference).holds
    assert check(Estimate(0.48, 0.01, 0.02), reference).holds
    assert not check(Estimate(0.46, 0.01, 0.02), reference).holds


def test_without_spread_only_equality_agrees() -> None:
    assert check(Estimate(0.0, 0.0, 0.0), Reference(0.0)).holds
    assert not check(Estimate(0.0, 0.0, 0.0), Reference(0.1)).holds


def test_a_difference_of_pairs_leaves_out_what_is_chance_in_both() -> None:
    rng = np.random.Generator(np.random.PCG64(4))
    wholes = rng.integers(80, 120, 40).astype(float)
    common = wholes * 0.5 + rng.normal(0, 10, 40)
    better = common + wholes * 0.02 + rng.normal(0, 0.1, 40)
    y, other, x = better.tolist(), common.tolist(), wholes.tolist()
    found = ratio_difference(y, x, other, x)
    assert found.mean == pytest.approx(0.02, abs=0.001)
    apart = math.hypot(ratio(y, x).standard_error, ratio(other, x).standard_error)
    assert found.standard_error < apart / 20


def test_nothing_differs_from_itself() -> None:
    found = ratio_difference([1, 2, 3], [4, 4, 5], [1, 2, 3], [4, 4, 5], scale=2.0)
    assert (found.mean, found.standard_error) == (0.0, 0.0)


def test_a_difference_from_what_was_never_counted_is_no_number() -> None:
    assert math.isnan(ratio_difference([1, 2], [4, 4], [0, 0], [0, 0]).mean)
