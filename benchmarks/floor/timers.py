"""A heap of timers in real milliseconds; the clock is the caller's."""

from __future__ import annotations

import heapq
from typing import Generic, TypeVar

__all__ = ("Timers",)

Item = TypeVar("Item")


class Timers(Generic[Item]):
    """Items by the time at which they are due; equal times keep the order of insertion."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Item]] = []
        self._count = 0

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, due_ms: float, item: Item) -> None:
        """Remember ``item`` until ``due_ms``."""
        self._count += 1
        heapq.heappush(self._heap, (due_ms, self._count, item))

    def next_ms(self) -> float | None:
        """When the earliest item is due; None when there is none."""
        return self._heap[0][0] if self._heap else None

    def due(self, now_ms: float) -> list[tuple[float, Item]]:
        """Take out everything due by ``now_ms``, earliest first, with the time it was due."""
        taken = []
        while self._heap and self._heap[0][0] <= now_ms:
            due_ms, _, item = heapq.heappop(self._heap)
            taken.append((due_ms, item))
        return taken
