from __future__ import annotations

import numpy as np
import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.surge.latency import latency_of, percentile_series


@given(st.lists(st.integers(1_000, 10_000_000_000), min_size=1, max_size=300))
def test_percentiles_are_samples_to_a_thousandth(took_ns: list[int]) -> None:
    figures = latency_of(took_ns)
    ordered = sorted(took_ns)
    for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99)):
        rank = max(1, int(share * len(ordered) + 0.5))
        exact_ms = ordered[rank - 1] / 1e6
        assert figures[name] == pytest.approx(exact_ms, rel=2e-3, abs=2e-3)
    assert figures["count"] == len(took_ns)
    assert figures["max"] == pytest.approx(max(took_ns) / 1e6, rel=1e-3, abs=1e-3)


@given(st.lists(st.integers(1_000, 10_000_000_000), min_size=1, max_size=300))
def test_the_histogram_holds_every_sample(took_ns: list[int]) -> None:
    histogram = latency_of(took_ns)["histogram"]
    assert sum(histogram["counts"]) == len(took_ns)
    assert len(histogram["edges"]) == len(histogram["counts"]) + 1
    assert histogram["edges"] == sorted(histogram["edges"])


def test_the_encoded_histogram_can_be_read_by_others() -> None:
    figures = latency_of([1_000_000, 2_000_000, 3_000_000])
    decoded = HdrHistogram.decode(figures["hdr"].encode())
    assert decoded.get_total_count() == 3
    assert decoded.get_value_at_percentile(50) / 1e3 == figures["p50"]


def test_nothing_measured_is_no_figure() -> None:
    figures = latency_of([])
    assert figures["count"] == 0
    assert figures["p99"] is figures["histogram"] is None


def test_percentiles_over_time_leave_empty_steps_out() -> None:
    began_s, took_ns = [2.5, 0.1, 0.2], np.array([5, 1, 3]) * 1_000_000
    assert percentile_series(began_s, took_ns, [0, 1, 2, 3], 50) == [2.0, None, 5.0]
