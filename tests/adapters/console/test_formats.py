"""Figures as people read them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from adapters.console.formats import clock, count, day_and_clock, duration, percent, requirement


@pytest.mark.parametrize(
    ("ms", "told"),
    [
        (0, "0:00"),
        (42_900, "0:42"),
        (725_000, "12:05"),
        (3_729_000, "1:02:09"),
        (273_600_000, "3 d 4 h"),
        (-42_000, "−0:42"),
        (None, "–"),
    ],
)
def test_durations(ms: int | None, told: str) -> None:
    assert duration(ms) == told


@pytest.mark.parametrize(
    ("share", "digits", "told"),
    [
        (0.8, 0, "80 %"),
        (0.7999, 0, "79 %"),
        (0.57, 0, "57 %"),
        (0.9999, 0, "99 %"),
        (0.0001, 0, "1 %"),
        (0.9999, 1, "99.9 %"),
        (1.0, 0, "100 %"),
        (0.0, 0, "0 %"),
        (None, 0, "–"),
    ],
)
def test_shares_are_never_told_to_be_more_than_they_are(
    share: float | None, digits: int, told: str
) -> None:
    assert percent(share, digits) == told


def test_counts_and_times() -> None:
    assert count(1234567) == "1 234 567"
    assert count(None) == "–"
    assert clock(1_790_000_000_000, ZoneInfo("Europe/Berlin")) == "16:13:20"
    assert day_and_clock(1_790_000_000_000, ZoneInfo("UTC")) == "21 Sep 14:13:20"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"skill": "spanish", "level": 2}, "spanish ≥ 2"),
        ({"skill": "moving", "level": 4, "hard": False}, "moving ≥ 4 (soft)"),
        ({"skill": "retention"}, "retention ≥ 1"),
        ({"any": [{"skill": "a"}]}, '{"any": [{"skill": "a"}]}'),
    ],
)
def test_requirements(asked: dict[str, object], told: str) -> None:
    assert requirement(asked) == told
