"""Waiting: how many, since when, and how many beyond their target; by group, without a scan."""

from __future__ import annotations

import heapq
from functools import partial
from typing import Final, TypeAlias

from adapters.statistics.tally import THRESHOLDS_S, Tally
from adapters.statistics.windowed import Windowed
from adapters.statistics.windows import Bounds

__all__ = ("Group", "Wait", "WaitingRoom")

STALE_ENTRIES_MAX: Final = 10_000
"""Entries of waits that are over before a heap is built anew."""


class Wait:
    """One wait of one interaction, shared by all groups that count it."""

    __slots__ = ("groups", "is_over", "is_overdue")

    def __init__(self, groups: tuple[Group, ...]) -> None:
        self.groups = groups
        self.is_over = False
        self.is_overdue = False


_Entry: TypeAlias = tuple[int, int, Wait]


class Group:
    """The interactions of one queue, channel or skill (or all): where they stand, what became of
    others."""

    __slots__ = (
        "_oldest",
        "in_wrap_up",
        "overdue",
        "suspended",
        "tallies",
        "waiting",
        "with_agents",
    )

    def __init__(self, thresholds_s: tuple[int, ...] = THRESHOLDS_S) -> None:
        self.waiting = self.overdue = self.suspended = self.with_agents = self.in_wrap_up = 0
        self.tallies = Windowed(partial(Tally, thresholds_s))
        self._oldest: list[_Entry] = []

    def begin(self, entry: _Entry) -> None:
        """A wait has begun; the entry begins with its origin."""
        self.waiting += 1
        heapq.heappush(self._oldest, entry)

    def end(self) -> None:
        """A wait that is marked so is over."""
        self.waiting -= 1
        self._oldest = _cleaned(self._oldest, self.waiting)

    def is_quiet(self, bounds: Bounds) -> bool:
        """Whether nothing is open here, and nothing has been counted in these windows."""
        is_open = self.waiting or self.suspended or self.with_agents or self.in_wrap_up
        return not is_open and not self.tallies.is_begun(bounds)

    def longest_ms(self, now_ms: int) -> int:
        """The longest of the waits; 0: nothing waits."""
        return max(0, now_ms - self._oldest[0][0]) if self.waiting else 0


class WaitingRoom:
    """All waits, and when each of them will be beyond its target."""

    def __init__(self) -> None:
        self._due: list[_Entry] = []
        self._numbers = self._waiting = 0

    def begin(self, groups: tuple[Group, ...], origin_ms: int, target_ms: int) -> Wait:
        """A wait has begun."""
        wait = Wait(groups)
        self._numbers += 1
        self._waiting += 1
        entry = (origin_ms, self._numbers, wait)
        for group in groups:
            group.begin(entry)
        heapq.heappush(self._due, (origin_ms + target_ms, self._numbers, wait))
        return wait

    def end(self, wait: Wait) -> None:
        """It is over."""
        wait.is_over = True
        self._waiting -= 1
        for group in wait.groups:
            group.overdue -= wait.is_overdue
            group.end()
        self._due = _cleaned(self._due, self._waiting)

    def advance(self, now_ms: int) -> None:
        """Take note of the waits that are beyond their target by now."""
        while self._due and self._due[0][0] < now_ms:
            _, _, wait = heapq.heappop(self._due)
            if not wait.is_over:
                wait.is_overdue = True
                for group in wait.groups:
                    group.overdue += 1


def _cleaned(heap: list[_Entry], waiting: int) -> list[_Entry]:
    """The heap without waits that are over at its top, or anywhere when they are too many."""
    while heap and heap[0][2].is_over:
        heapq.heappop(heap)
    if len(heap) > 4 * waiting + STALE_ENTRIES_MAX:
        heap = [entry for entry in heap if not entry[2].is_over]
        heapq.heapify(heap)
    return heap
