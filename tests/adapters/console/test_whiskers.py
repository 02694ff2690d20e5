"""Dots with whiskers, and the marks of an axis."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.console.whiskers import nice_marks, whiskers

NUMBERS = st.floats(-1e6, 1e6).map(lambda value: round(value, 6))


def test_rows_share_an_axis_with_zero_on_it() -> None:
    drawn = whiskers([("a", 0.02, 0.01, "+2", "good"), ("b", -0.03, 0.04, "-3", "same")])
    first, second = drawn.rows
    assert first.left < first.at < first.right
    assert drawn.zero < first.left
    assert second.left < drawn.zero < second.right
    assert [mark.at for mark in drawn.marks] == sorted(mark.at for mark in drawn.marks)
    assert all(16 <= place <= 624 for row in drawn.rows for place in (row.left, row.right))


def test_where_nothing_differs_there_is_an_axis_all_the_same() -> None:
    drawn = whiskers([("a", 0.0, 0.0, "0", "same")])
    assert drawn.rows[0].at == drawn.zero


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (0.0, 1.0, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (0.93, 0.99, [0.92, 0.94, 0.96, 0.98, 1.0]),
        (-3.0, 7.0, [-4.0, -2.0, 0.0, 2.0, 4.0, 6.0, 8.0]),
    ],
)
def test_marks_are_round(low: float, high: float, told: list[float]) -> None:
    assert nice_marks(low, high) == pytest.approx(told)


@given(NUMBERS, NUMBERS)
def test_marks_hold_all_values_and_are_few(one: float, other: float) -> None:
    low, high = sorted((one, other))
    marks = nice_marks(low, high)
    assert marks == sorted(set(marks))
    assert 2 <= len(marks) <= 8
    room = (marks[-1] - marks[0]) * 1e-6
    assert marks[0] <= low + room
    assert marks[-1] >= high - room
