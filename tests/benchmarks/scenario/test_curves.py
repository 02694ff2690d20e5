from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from benchmarks.scenario.curves import RateCurve, Window

RATES = st.one_of(st.just(0.0), st.floats(0.01, 50))
STEPS = st.lists(st.tuples(st.floats(0.5, 500), RATES, st.floats(-0.9, 2)), min_size=1, max_size=6)
WINDOWS = st.lists(
    st.tuples(st.floats(0, 4), st.floats(0, 900), st.floats(1, 900)).map(
        lambda w: Window(w[0], w[1], w[1] + w[2])
    ),
    max_size=3,
)


def curve_of(steps: list[tuple[float, float, float]]) -> RateCurve:
    """Pieces of which each rises or falls by a share of its rate; the last is even."""
    starts = np.concatenate(([0.0], np.cumsum([length for length, _, _ in steps])[:-1]))
    rates = np.array([rate for _, rate, _ in steps])
    slopes = np.array([rate * bend / length for length, rate, bend in steps])
    slopes[-1] = 0.0
    return RateCurve(starts, rates, slopes)


@given(STEPS, WINDOWS, st.floats(0.01, 3_000))
def test_when_so_much_was_expected_so_much_was(
    steps: list[tuple[float, float, float]], windows: list[Window], at_s: float
) -> None:
    curve = curve_of(steps).within(windows)
    amount = curve.expected(at_s)
    assume(amount > 1e-6)
    (found,) = curve.when(np.array([amount * 0.999]))
    assert found <= at_s * (1 + 1e-9)
    assert curve.expected(float(found)) == pytest.approx(amount * 0.999, rel=1e-6, abs=1e-9)


@given(STEPS, WINDOWS)
def test_windows_change_only_what_lies_in_them(
    steps: list[tuple[float, float, float]], windows: list[Window]
) -> None:
    plain, raised = curve_of(steps), curve_of(steps).within(windows)
    bounds = sorted({0.0, 3_000.0, *(b for w in windows for b in (w.from_s, w.until_s))})
    more = 0.0
    for begin, end in itertools.pairwise(bounds):
        factor = float(np.prod([w.factor for w in windows if w.from_s <= begin < w.until_s]))
        more += (plain.expected(end) - plain.expected(begin)) * factor
    assert raised.expected(3_000.0) == pytest.approx(more, rel=1e-6, abs=1e-6)


def test_what_never_comes_is_infinitely_late() -> None:
    curve = RateCurve.constant(2.0, from_s=10.0, until_s=20.0)
    found = curve.when(np.array([0.0, 1.0, 20.0, 20.5]))
    assert found.tolist()[:2] == [10.0, 10.5]
    assert np.isinf(found[3])


def test_the_highest_rate_is_that_of_the_steepest_end() -> None:
    curve = RateCurve(np.array([0.0, 10.0]), np.array([1.0, 3.0]), np.array([0.5, 0.0]))
    assert curve.highest(4.0) == 3.0
    assert curve.highest(100.0) == 6.0
