"""Surges: whether more comes in than the last hour lets expect (docs/console.md, "Surges").

Arrivals of the last five minutes beside those of the 55 minutes before them, as a rate. Arrivals
that come by chance at a steady rate are nearly a Poisson process: the count of five minutes strays
from what is expected by its root.
"""

from __future__ import annotations

from math import sqrt
from typing import Final, Literal, NamedTuple

__all__ = ("BEFORE_MINUTES", "RECENT_MINUTES", "Surge", "SurgeLevel", "judge")

SurgeLevel = Literal["unknown", "usual", "rising", "surge"]

RECENT_MINUTES: Final = 5
BEFORE_MINUTES: Final = 55
KNOWN_MINUTES_LEAST: Final = 10
"""With less of the time before, nothing is said."""

ARRIVALS_LEAST: Final = 10
RISING_ROOTS: Final = 2.0
SURGE_ROOTS: Final = 3.0
SURGE_RATIO: Final = 1.5
"""On a large floor a tenth more is no chance, and no surge either."""


class Surge(NamedTuple):
    """What came in the last minutes, what was to be expected, and what that means."""

    level: SurgeLevel
    arrivals: int
    expected: float | None


def judge(recent: int, before: int, known_minutes: int) -> Surge:
    """``recent``: arrivals of the last five minutes; ``before``: of the time before, of which so
    many minutes are known."""
    known = min(known_minutes, BEFORE_MINUTES)
    if known < KNOWN_MINUTES_LEAST:
        return Surge("unknown", recent, None)
    expected = before * RECENT_MINUTES / known
    level: SurgeLevel = "usual"
    if recent >= ARRIVALS_LEAST and recent > expected + RISING_ROOTS * sqrt(expected):
        level = "rising"
        if recent > expected + SURGE_ROOTS * sqrt(expected) and recent >= SURGE_RATIO * expected:
            level = "surge"
    return Surge(level, recent, expected)
