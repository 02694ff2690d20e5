"""Counts of what happened, by minutes of the last hour and by quarters of the last day.

Quarters of an hour, since every time zone's midnight is at the begin of one.
"""

from __future__ import annotations

from collections import deque
from typing import Final

__all__ = ("MINUTES", "MINUTE_MS", "QUARTERS", "QUARTER_MS", "Counts", "Past")

MINUTE_MS: Final = 60_000
QUARTER_MS: Final = 900_000
MINUTES: Final = 60
QUARTERS: Final = 101
"""A day of 25 hours, where clocks are put back, and the quarter that it ends in."""


class Counts:
    """How many came, and what became of those who were answered or gave up for the first time."""

    __slots__ = ("abandoned", "answered", "in_target", "offered")

    def __init__(
        self, offered: int = 0, answered: int = 0, in_target: int = 0, abandoned: int = 0
    ) -> None:
        self.offered = offered
        self.answered = answered
        self.in_target = in_target
        self.abandoned = abandoned

    def add(self, other: Counts) -> None:
        """Count all that another has counted."""
        self.offered += other.offered
        self.answered += other.answered
        self.in_target += other.in_target
        self.abandoned += other.abandoned

    @property
    def service_level(self) -> float | None:
        """The share of those answered in time among those answered or lost; None: there are none.
        Who gives up at once is not counted (docs/statistics.md)."""
        counted = self.answered + self.abandoned
        return self.in_target / counted if counted else None


class Past:
    """The counts of one cell of the board."""

    __slots__ = ("_closed", "_closed_from", "_closed_to", "minutes", "quarters", "waiting")

    def __init__(self) -> None:
        self.minutes: dict[int, Counts] = {}
        self.quarters: dict[int, Counts] = {}
        self.waiting: deque[int] = deque(maxlen=MINUTES)
        """How many waited at the end of each of the last minutes that are over."""

        self._closed = Counts()
        self._closed_from = self._closed_to = -1

    def at(self, now_ms: int) -> tuple[Counts, Counts]:
        """The counts of the minute and of the quarter of a moment."""
        minute, quarter = now_ms // MINUTE_MS, now_ms // QUARTER_MS
        of_minute = self.minutes.get(minute)
        if of_minute is None:
            of_minute = self.minutes[minute] = Counts()
            _drop(self.minutes, minute - MINUTES)
        of_quarter = self.quarters.get(quarter)
        if of_quarter is None:
            of_quarter = self.quarters[quarter] = Counts()
            _drop(self.quarters, quarter - QUARTERS)
        return of_minute, of_quarter

    def put(self, minute: int, counts: Counts) -> None:
        """What another has counted of a minute."""
        self.minutes.setdefault(minute, Counts()).add(counts)

    def put_quarter(self, quarter: int, counts: Counts) -> None:
        """What another has counted of a quarter."""
        self.quarters.setdefault(quarter, Counts()).add(counts)
        self._closed_to = -1

    def last_minutes(self, now_ms: int, count: int, skipped: int = 0) -> Counts:
        """Of so many minutes, the running one included; ``skipped``: those that are left out of the
        newest."""
        newest = now_ms // MINUTE_MS - skipped
        found = Counts()
        for minute in range(newest - count + 1, newest + 1):
            counts = self.minutes.get(minute)
            if counts is not None:
                found.add(counts)
        return found

    def since(self, from_ms: int, now_ms: int) -> Counts:
        """Of all quarters since the begin of one. Those that are over are added up once."""
        first, running = from_ms // QUARTER_MS, now_ms // QUARTER_MS
        if (first, running) != (self._closed_from, self._closed_to):
            self._closed, self._closed_from, self._closed_to = Counts(), first, running
            for quarter, counts in self.quarters.items():
                if first <= quarter < running:
                    self._closed.add(counts)
        found = Counts()
        found.add(self._closed)
        if running in self.quarters:
            found.add(self.quarters[running])
        return found


def _drop(known: dict[int, Counts], before: int) -> None:
    """Let go of what is too old; numbers come in order, but for what is put in later."""
    for number in [number for number in known if number <= before]:
        del known[number]
