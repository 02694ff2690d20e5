"""Timers: what is due when. Pure: time is passed in, and fires what it has reached.

Whoever lets go of the cause of a timer takes the timer out again, so that only what can still
happen is kept, and nothing ever has to be cleaned up at once.
"""

from __future__ import annotations

from sortedcontainers import SortedList

from router.timer import Timer

__all__ = ("Timers",)


class Timers:
    """Timers in the order in which they are due."""

    def __init__(self) -> None:
        self._timers: SortedList[Timer] = SortedList()
        self._first: Timer | None = None

    def add(self, timer: Timer) -> None:
        """Set a timer."""
        self._timers.add(timer)
        if self._first is None or timer < self._first:
            self._first = timer

    def cancel(self, timer: Timer) -> None:
        """Take a timer out, if it is still set."""
        self._timers.discard(timer)
        if timer == self._first:
            self._first = self._timers[0] if self._timers else None

    def next_due_ms(self) -> int | None:
        """When the first timer is due, or None."""
        return None if self._first is None else self._first.due_ms

    def pop_due(self, now_ms: int) -> Timer | None:
        """Take the first timer that is due, or None."""
        first = self._first
        if first is None or first.due_ms > now_ms:
            return None
        self.cancel(first)
        return first
