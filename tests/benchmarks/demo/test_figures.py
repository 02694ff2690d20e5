from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.demo.figures import mean, percentiles, share


def test_of_nothing_there_is_nothing() -> None:
    assert percentiles([]).count == 0
    assert mean([]) is None
    assert share(1, 0) is None


def test_shares_and_means() -> None:
    assert share(1, 4) == 0.25
    assert mean([1, 2, 6]) == 3.0


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=300))
def test_percentiles_are_those_of_numpy(values: list[int]) -> None:
    found = percentiles(values)
    for percent, value in ((50, found.p50), (90, found.p90), (99, found.p99)):
        assert value == np.percentile(values, percent, method="inverted_cdf")
    assert found.highest == max(values)


@pytest.mark.parametrize("count", [1, 2, 99, 100, 101])
def test_a_percentile_is_a_value_that_occurred(count: int) -> None:
    found = percentiles(range(count))
    assert {found.p50, found.p90, found.p99, found.highest} <= set(range(count))
