from __future__ import annotations

import pytest

from benchmarks.quality.exact.erlang import erlang_a
from benchmarks.quality.exact.surge import surge


def test_equals_the_published_figures() -> None:
    found = surge(17.0, 2.0, 15.0, 120.0, 5.0, 100, 3.0)
    assert found.abandonment == pytest.approx(0.083284, abs=5e-7)
    assert found.queue_max == pytest.approx(41.6, abs=0.05)
    assert found.queue_max_min == pytest.approx(15.0)


def test_without_a_surge_it_is_erlang_a() -> None:
    found = surge(4.0, 1.0, 10.0, 60.0, 3.0, 10, 2.0)
    steady = erlang_a(4.0, 3.0, 10, 2.0, 0.0)
    assert found.abandonment == pytest.approx(steady.abandonment, rel=1e-5)
    # who gives up is who waits, each at the rate of his patience
    assert found.queue_max == pytest.approx(4.0 * steady.abandonment * 2.0, rel=1e-5)


def test_a_longer_surge_loses_more() -> None:
    short, long = (surge(2.0, 3.0, minutes, 60.0, 3.0, 10, 2.0) for minutes in (5.0, 20.0))
    assert short.abandonment < long.abandonment
    assert short.queue_max < long.queue_max
