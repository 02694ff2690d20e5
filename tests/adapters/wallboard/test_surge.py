"""When more comes in than the last hour lets expect."""

from __future__ import annotations

import pytest

from adapters.wallboard.surge import judge


@pytest.mark.parametrize(
    ("recent", "before", "known", "level"),
    [
        (50, 550, 55, "usual"),
        (65, 550, 55, "rising"),  # 50 expected: above 64.1
        (72, 550, 55, "rising"),  # above 71.2, but not half as much again
        (76, 550, 55, "surge"),
        (9, 0, 55, "usual"),  # too few to say anything
        (10, 0, 55, "surge"),
        (1_100, 11_000, 55, "rising"),  # a tenth more, on a large floor
        (76, 100, 10, "surge"),  # a shorter time, the same rate
        (76, 100, 9, "unknown"),
    ],
)
def test_levels(recent: int, before: int, known: int, level: str) -> None:
    found = judge(recent, before, known)
    assert found.level == level
    assert found.arrivals == recent
    assert (found.expected is None) == (level == "unknown")
