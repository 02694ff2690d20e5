"""Timers: what is due when. Pure: time is passed in, and fires what it has reached.

Whoever lets go of the cause of a timer takes the timer out again, so that only what can still
happen is kept, and nothing ever has to be cleaned up at once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice
from typing import Final

from queues.runs import SortedRuns
from router.timer import Timer

__all__ = ("Timers",)

PIECE: Final = 4_096
"""Timers that are put into order at once when very many are set: some milliseconds."""


class Timers:
    """Timers in the order in which they are due."""

    def __init__(self) -> None:
        self._timers: SortedRuns[Timer] = SortedRuns()

    def add(self, timer: Timer) -> None:
        """Set a timer."""
        self._timers.add(timer)

    def filling(self, timers: Iterator[Timer]) -> Iterator[None]:
        """Set many timers, where none is set, a little with each step: those that are due at about
        the same time are put into order together."""
        found: list[Timer] = []
        while some := list(islice(timers, PIECE)):
            found += some
            yield
        bounds = sorted([timer.due_ms for timer in found[::PIECE]])
        pieces: list[list[Timer]] = [[] for _ in range(len(bounds) + 1)]
        for number, timer in enumerate(found):
            pieces[bisect_right(bounds, timer.due_ms)].append(timer)
            if not number % PIECE:
                yield
        ordered: list[Timer] = []
        for piece in pieces:
            piece.sort()
            ordered += piece
            yield
        self._timers.fill(ordered)

    def cancel(self, timer: Timer) -> None:
        """Take a timer out, if it is still set."""
        self._timers.discard(timer)

    def next_due_ms(self) -> int | None:
        """When the first timer is due, or None."""
        first = self._timers.head()
        return None if first is None else first.due_ms

    def pop_due(self, now_ms: int) -> Timer | None:
        """Take the first timer that is due, or None."""
        first = self._timers.head()
        if first is None or first.due_ms > now_ms:
            return None
        self._timers.discard(first)
        return first
