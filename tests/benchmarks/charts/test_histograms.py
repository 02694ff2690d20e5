"""Histograms of other buckets keep their shares."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.charts.histograms import Shares, histogram_of, histograms, shares
from benchmarks.charts.palette import SERIES
from tests.benchmarks.charts.surge_documents import histogram


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1_000), st.floats(0.05, 50), st.floats(0.1, 1.5))
def test_no_sample_is_lost_or_added(seed: int, middle: float, width: float) -> None:
    samples = np.random.default_rng(seed).lognormal(np.log(middle), width, 400)
    found = histogram_of({"histogram": histogram(samples)})
    assert found is not None
    figure = histograms([Shares("one", SERIES[0], found)])
    assert sum(figure.data[0].y) == pytest.approx(1)


def test_a_bucket_is_spread_evenly_on_the_axis() -> None:
    found = histogram_of({"histogram": {"edges": [1, 100, 1_000], "counts": [3, 1]}})
    assert found is not None
    drawn = shares(found, np.array([1.0, 10.0, 100.0, 1_000.0]))
    assert drawn.tolist() == pytest.approx([0.375, 0.375, 0.25])


def test_buckets_may_begin_at_zero() -> None:
    found = histogram_of({"histogram": {"edges": [0, 0.5, 1], "counts": [1, 1]}})
    assert found is not None
    assert sum(histograms([Shares("one", SERIES[0], found)]).data[0].y) == pytest.approx(1)


@pytest.mark.parametrize(
    "latency",
    [
        {},
        {"histogram": None},
        {"histogram": {"edges": [1, 2], "counts": [0]}},
        {"histogram": {"edges": [1, 2, 3], "counts": [1]}},
        {"histogram": {"edges": [2, 1], "counts": [1]}},
        {"histogram": {"edges": [1, None], "counts": [1]}},
        {"histogram": {"edges": [1, 2], "counts": [-1]}},
        {"histogram": {"edges": [], "counts": []}},
    ],
)
def test_what_is_no_histogram_is_none(latency: dict[str, Any]) -> None:
    assert histogram_of(latency) is None
