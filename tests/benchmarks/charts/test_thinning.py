"""Lines of any length keep what they show."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.charts.thinning import thinned

VALUES = st.lists(st.none() | st.floats(-1e6, 1e6), max_size=200)


@given(VALUES, st.integers(1, 50))
def test_the_largest_stays_and_points_are_few(values: list[float | None], most: int) -> None:
    at, kept = thinned(list(range(len(values))), values, "max", most)
    assert len(at) == len(kept) <= most
    assert at == sorted(at)
    found = [v for v in values if v is not None]
    assert max((v for v in kept if v is not None), default=None) == max(found, default=None)


def test_means_leave_out_what_was_not_measured() -> None:
    assert thinned([0, 1, 2, 3, 4], [1.0, 3.0, None, 5.0, None], "mean", 3) == (
        [0, 2, 4],
        [2.0, 5.0, None],
    )


def test_short_lines_stay_as_they_are() -> None:
    assert thinned([0.0, 1.0], [None, 2.0, 3.0], "mean") == ([0.0, 1.0], [None, 2.0])
