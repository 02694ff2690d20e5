"""Timers: what is due when. Pure: time is passed in, and fires what it has reached.

A heap with lazy deletion: an entry whose cause is gone (an offer answered in time) is dropped when
it surfaces, and the heap is rebuilt when most of it is stale.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

__all__ = ("Timer", "TimerKind", "Timers")


class TimerKind(IntEnum):
    """What a timer is for; its number orders timers that are due at the same moment."""

    OFFER = 0
    WRAP_UP = 1
    EXCLUSION = 2


class Timer(NamedTuple):
    """Something that happens at ``due_ms``; the key names the thing that it happens to."""

    due_ms: int
    kind: TimerKind
    key: tuple[str, ...]


class Timers:
    """Due times in order. ``live`` tells whether a timer's cause still stands."""

    def __init__(self, live: Callable[[Timer], bool]) -> None:
        self._live = live
        self._heap: list[Timer] = []
        self._compact_at = 1_024

    def add(self, timer: Timer) -> None:
        """Set a timer."""
        heapq.heappush(self._heap, timer)
        if len(self._heap) >= self._compact_at:
            self._compact()

    def next_due_ms(self) -> int | None:
        """When the first live timer is due, or None."""
        while self._heap and not self._live(self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0].due_ms if self._heap else None

    def pop_due(self, now_ms: int) -> Timer | None:
        """Take the first live timer that is due, or None."""
        while self._heap and self._heap[0].due_ms <= now_ms:
            timer = heapq.heappop(self._heap)
            if self._live(timer):
                return timer
        return None

    def _compact(self) -> None:
        self._heap = [timer for timer in self._heap if self._live(timer)]
        heapq.heapify(self._heap)
        self._compact_at = max(1_024, 2 * len(self._heap))
