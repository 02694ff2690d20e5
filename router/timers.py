"""Timers: what is due when. Pure: time is passed in, and fires what it has reached.

Whoever lets go of the cause of a timer takes the timer out again, so that only what can still
happen is kept, and nothing ever has to be cleaned up at once.
"""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct
from sortedcontainers import SortedList

__all__ = ("Timer", "TimerKind", "Timers")


class TimerKind(IntEnum):
    """What a timer is for; its number orders timers that are due at the same moment."""

    OFFER = 0
    WRAP_UP = 1
    EXCLUSION = 2


class Timer(Struct, frozen=True, order=True, gc=False):
    """Something that happens at ``due_ms``; the key names the thing that it happens to."""

    due_ms: int
    kind: TimerKind
    key: tuple[str, ...]


class Timers:
    """Timers in the order in which they are due."""

    def __init__(self) -> None:
        self._timers: SortedList[Timer] = SortedList()

    def add(self, timer: Timer) -> None:
        """Set a timer."""
        self._timers.add(timer)

    def cancel(self, timer: Timer) -> None:
        """Take a timer out, if it is still set."""
        self._timers.discard(timer)

    def next_due_ms(self) -> int | None:
        """When the first timer is due, or None."""
        return self._timers[0].due_ms if self._timers else None

    def pop_due(self, now_ms: int) -> Timer | None:
        """Take the first timer that is due, or None."""
        if not self._timers or self._timers[0].due_ms > now_ms:
            return None
        timer: Timer = self._timers.pop(0)
        return timer
