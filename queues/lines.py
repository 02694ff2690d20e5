"""The line of each queue: all who wait in it, in the one order that holds across its classes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import islice
from typing import TypeAlias

from queues.classes import DemandClasses
from queues.entry import Entry
from queues.urgency import urgency_ppm

__all__ = ("Lines",)


class Lines:
    """The classes of each queue, and places among all that stands in them."""

    def __init__(self, classes: DemandClasses) -> None:
        self._classes = classes
        self._queues: dict[int, str] = {}
        self._slots: dict[str, dict[int, None]] = {}

    def put(self, slot: int, queue: str) -> None:
        """A slot is of a class of this queue from now on, whatever it was of before."""
        self.leave_out(slot)
        self._queues[slot] = queue
        self._slots.setdefault(queue, {})[slot] = None

    def leave_out(self, slot: int) -> None:
        """What stands in a slot stands in no line from now on, whatever it was of before."""
        before = self._queues.pop(slot, None)
        if before is not None:
            del self._slots[before][slot]

    def ahead_of(self, entry: Entry, now_ms: int) -> int:
        """How many of its queue come before an entry: by urgency, order key, and arrival."""
        classes = self._classes
        own_ms = int(classes.target_ms[entry.slot])
        urgency = urgency_ppm(now_ms, entry.order_key, own_ms)
        ahead = 0
        for slot in self._slots[self._queues[entry.slot]]:
            entries = classes.entries(slot)
            if not len(entries):
                continue
            unit_ms, least = int(classes.target_ms[slot]), entry
            if unit_ms != own_ms:
                least = _first_behind(entry, urgency, unit_ms, now_ms)
            ahead += entries.rank(least)
        return ahead

    def first(self, queue: str, most: int, now_ms: int) -> list[Entry]:
        """Those of a queue who come first, in their order, and so many at most."""
        runs: list[Iterator[_Standing]] = []
        for slot in self._slots.get(queue, {}):
            entries = self._classes.entries(slot)
            if len(entries):
                runs.append(_standing(entries, int(self._classes.target_ms[slot]), now_ms))
        return [standing[-1] for standing in islice(merge(*runs), most)]

    def heads(self, queue: str) -> Iterator[tuple[Entry, int]]:
        """The first of each class of a queue in which somebody waits, and how many wait in it."""
        for slot in self._slots.get(queue, {}):
            entries = self._classes.entries(slot)
            head = entries.head()
            if head is not None:
                yield head, len(entries)


_Standing: TypeAlias = tuple[int, int, int, Entry]


def _standing(entries: Iterable[Entry], unit_ms: int, now_ms: int) -> Iterator[_Standing]:
    """Entries of one class with what they are compared by, the lowest first."""
    for entry in entries:
        urgency = urgency_ppm(now_ms, entry.order_key, unit_ms)
        yield -urgency, entry.order_key, entry.sequence, entry


def _first_behind(entry: Entry, urgency: int, unit_ms: int, now_ms: int) -> Entry:
    """From where on nothing comes before an entry of this urgency, in a class of another unit.

    Urgencies are compared in whole ppm: some of another unit are equal.
    """
    more_urgent = _last_key(now_ms, urgency + 1, unit_ms)
    as_urgent = _last_key(now_ms, urgency, unit_ms)
    if entry.order_key > as_urgent:
        return Entry(as_urgent + 1, 0, "")
    if entry.order_key <= more_urgent:
        return Entry(more_urgent + 1, 0, "")
    return entry


def _last_key(now_ms: int, urgency: int, unit_ms: int) -> int:
    """The highest order key of this urgency, or of a higher one."""
    return now_ms + (-urgency * unit_ms) // 1_000_000
