"""A sorted collection in runs: short lists in order, so that no insertion moves many items.

What a queue does most is to add behind the last and to take the first: both touch the ends only,
whatever the number of items. Everything else is a binary search for the run, and one in it.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from itertools import chain
from typing import Any, Final, Generic, Protocol, TypeVar

__all__ = ("SortedRuns",)

RUN_MAX: Final = 1_024
"""Items in a run; it is split in two when it grows past that."""

RUN_MIN: Final = RUN_MAX // 8
"""A run that shrinks below that is joined to a neighbour where both stay below half of the most."""


class Comparable(Protocol):
    """Anything that has an order."""

    def __lt__(self, other: Any, /) -> bool: ...


Item = TypeVar("Item", bound=Comparable)


class SortedRuns(Generic[Item]):
    """Items in ascending order; equal ones may stand in it more than once."""

    __slots__ = ("_count", "_runs")

    def __init__(self) -> None:
        self._runs: list[list[Item]] = [[]]
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Item]:
        return chain.from_iterable(self._runs)

    def add(self, item: Item) -> None:
        """Insert an item."""
        runs = self._runs
        number = len(runs) - 1
        run = runs[number]
        if not run or run[-1] < item:
            run.append(item)
        else:
            number = self._run_for(item)
            run = runs[number]
            insort(run, item)
        self._count += 1
        if len(run) > RUN_MAX:
            self._split(number)

    def fill(self, items: list[Item]) -> None:
        """Take in items that are in order, where there are none."""
        size = RUN_MAX // 2
        self._runs = [items[at : at + size] for at in range(0, len(items), size)] or [[]]
        self._count = len(items)

    def remove(self, item: Item) -> None:
        """Delete an item (ValueError if it is not there)."""
        if not self.discard(item):
            raise ValueError(f"{item!r} is not there")

    def discard(self, item: Item) -> bool:
        """Delete an item if it is there, and say whether it was."""
        first = self._runs[0]
        if first and first[0] is item:
            number, at = 0, 0
        else:
            number = self._run_for(item)
            at = bisect_left(self._runs[number], item)
            if at == len(self._runs[number]) or self._runs[number][at] != item:
                return False
        run = self._runs[number]
        del run[at]
        self._count -= 1
        if len(run) < RUN_MIN and len(self._runs) > 1:
            self._join(number)
        return True

    def head(self) -> Item | None:
        """The first item, or None."""
        run = self._runs[0]
        return run[0] if run else None

    def from_(self, least: Item) -> Item:
        """The first item that does not come before ``least`` (IndexError if there is none)."""
        run = self._runs[self._run_for(least)]
        return run[bisect_left(run, least)]

    def dismantle(self) -> int:
        """Let go of the last run, for a collection that nobody will ask again; how many items it
        had. There is none at the end."""
        return len(self._runs.pop()) if self._runs else 0

    def rank(self, least: Item) -> int:
        """How many items come before ``least``, which need not be there."""
        number = self._run_for(least)
        return sum(map(len, self._runs[:number])) + bisect_left(self._runs[number], least)

    def _run_for(self, item: Item) -> int:
        """The first run whose last item does not come before this one; the last run if none."""
        runs = self._runs
        low, high = 0, len(runs) - 1
        while low < high:
            middle = (low + high) // 2
            if runs[middle][-1] < item:
                low = middle + 1
            else:
                high = middle
        return low

    def _split(self, number: int) -> None:
        run = self._runs[number]
        half = len(run) // 2
        self._runs.insert(number + 1, run[half:])
        del run[half:]

    def _join(self, number: int) -> None:
        """Let a short run go on in its neighbour: none is ever empty but an only one."""
        left = max(0, number - 1)
        before, after = self._runs[left], self._runs[left + 1]
        if len(before) + len(after) <= RUN_MAX // 2 or not before or not after:
            before += after
            del self._runs[left + 1]
