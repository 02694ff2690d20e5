"""The estimator alone: what has lasted so long, and is it over in time?"""

from __future__ import annotations

from fractions import Fraction

import pytest

from queues.handled import Handled
from queues.handling import (
    SPELLS_LEAST,
    SPELLS_MAX,
    remember,
    work_ends_in_time,
    wrap_up_ends_in_time,
)


def known(*spells_ms: int, wrap_up_ms: int = 0) -> Handled:
    handled = Handled()
    for spell_ms in spells_ms:
        remember(handled, spell_ms, wrap_up_ms)
    return handled


TENS = known(*range(10, 210, 10))
"""10, 20, 30 and so on, up to 200."""


@pytest.mark.parametrize(
    ("lasted_ms", "left_ms", "share"),
    [
        (0, 10, Fraction(0)),
        (0, 11, Fraction(1, 20)),
        (0, 101, Fraction(10, 20)),
        (0, 1_000, Fraction(1)),
        (100, 10, Fraction(1, 11)),
        (101, 50, Fraction(5, 10)),
        (130, 1, Fraction(1, 8)),
    ],
)
def test_those_that_lasted_as_long_tell(lasted_ms: int, left_ms: int, share: Fraction) -> None:
    assert work_ends_in_time(TENS, lasted_ms, left_ms) == share


@pytest.mark.parametrize("lasted_ms", [131, 200, 100_000])
def test_what_lasts_longer_than_nearly_all_is_like_the_longest(lasted_ms: int) -> None:
    assert work_ends_in_time(TENS, lasted_ms, 21) == Fraction(3, 8)


def test_nobody_is_passed_over_where_too_little_is_known() -> None:
    few = known(*[60_000] * (SPELLS_LEAST - 1), wrap_up_ms=60_000)
    for handled in (None, few):
        assert work_ends_in_time(handled, 0, 1) == 1
        assert wrap_up_ends_in_time(handled, 0, 1) == 1
    remember(few, 60_000, 60_000)
    assert work_ends_in_time(few, 0, 1) == wrap_up_ends_in_time(few, 0, 1) == 0


def test_the_wrap_up_belongs_to_it() -> None:
    handled = known(*[100] * 10, wrap_up_ms=50)
    assert work_ends_in_time(handled, 90, 60) == 0
    assert work_ends_in_time(handled, 90, 61) == 1


def test_of_wrap_ups_those_count_that_there_were() -> None:
    handled = known(*[100] * 10, wrap_up_ms=50)
    for _ in range(20):
        remember(handled, 100, 0)
    assert wrap_up_ends_in_time(handled, 20, 31) == 1
    assert wrap_up_ends_in_time(handled, 20, 30) == 0
    assert wrap_up_ends_in_time(known(*[100] * 30), 20, 1) == 1


def test_what_is_long_past_is_forgotten() -> None:
    handled = known(*[10] * SPELLS_MAX)
    for _ in range(SPELLS_MAX):
        assert work_ends_in_time(handled, 0, 20) > 0
        remember(handled, 1_000, 0)
    assert work_ends_in_time(handled, 0, 20) == 0
    assert len(handled.worked_ms) == len(handled.wrap_up_ms) == SPELLS_MAX
