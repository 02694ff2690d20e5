"""What is over is remembered within limits, and forgotten a little at a time."""

from __future__ import annotations

from typing import NamedTuple

from router.limits import FINISHED_KEPT_MS, FORGOTTEN_AT_ONCE
from router.remembered import Remembered


class Past(NamedTuple):
    ended_ms: int


def test_after_a_long_time_not_all_is_forgotten_at_once() -> None:
    remembered: Remembered[Past] = Remembered()
    for number in range(3 * FORGOTTEN_AT_ONCE):
        remembered.add(f"old {number}", Past(1_000))
    left = []
    for number in range(4):
        remembered.add(f"new {number}", Past(1_001 + FINISHED_KEPT_MS))
        left.append(len(remembered) - number - 1)
    assert left == [2 * FORGOTTEN_AT_ONCE, FORGOTTEN_AT_ONCE, 0, 0]
    assert len(remembered) == 4
