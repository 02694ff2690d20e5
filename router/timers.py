"""Timers: what is due when. Pure: time is passed in, and fires what it has reached.

Whoever lets go of the cause of a timer takes the timer out again, so that only what can still
happen is kept, and nothing ever has to be cleaned up at once.
"""

from __future__ import annotations

from queues.runs import SortedRuns
from router.timer import Timer

__all__ = ("Timers",)


class Timers:
    """Timers in the order in which they are due."""

    def __init__(self) -> None:
        self._timers: SortedRuns[Timer] = SortedRuns()

    def add(self, timer: Timer) -> None:
        """Set a timer."""
        self._timers.add(timer)

    def fill(self, timers: list[Timer]) -> None:
        """Set many timers at once, where none is set."""
        self._timers.fill(sorted(timers))

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
