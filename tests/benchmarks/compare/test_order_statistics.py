"""The error of a percentile, against the spread of percentiles of many runs."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.compare.order_statistics import STEPS_MIN, relative_error
from tests.benchmarks.charts.surge_documents import latency


@pytest.mark.parametrize(("rank", "percent"), [("p50", 50), ("p90", 90), ("p99", 99)])
def test_the_error_is_that_of_drawing_again(rank: str, percent: float) -> None:
    dice = np.random.default_rng(3)
    runs = dice.lognormal(0, 0.6, (400, 3_000))
    spread = np.std(np.log(np.percentile(runs, percent, axis=1)))
    found = [relative_error(latency(run), rank) for run in runs[:20]]
    assert np.mean(found) == pytest.approx(spread, rel=0.25)


def test_steps_that_differ_are_noise_and_a_rise_is_none() -> None:
    rising = [1.1**step for step in range(40)]
    shaken = [1.0, 2.0] * 20
    assert relative_error({}, "p99", rising) == pytest.approx(np.log(1.1) / 2**0.5 / 40**0.5)
    assert relative_error({}, "p99", shaken) == pytest.approx(np.log(2) / 2**0.5 / 40**0.5)


def test_nothing_told_is_no_error() -> None:
    assert relative_error({}, "p99") == 0
    assert relative_error({}, "p99", [None] * 50 + [1.0, 2.0]) == 0
    assert relative_error({}, "p99", [1.0] * (STEPS_MIN - 1) + [9.0]) > 0
    assert relative_error(latency(np.arange(1.0, 100.0)), "max") == 0
