"""Demand classes: everything that waits with the same demand shares one slot and one order.

A slot has a row in parallel arrays, so that the heads of all classes can be compared at once. Slots
of classes that have run empty are kept for a while, oldest first to be given to another class: a
demand that comes and goes finds its row as it was.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from queues.entry import Entry
from queues.ordered import OrderedEntries
from queues.shards import Shards

__all__ = ("SPARE_CLASSES_MAX", "DemandClasses")

Scalar = TypeVar("Scalar", bound=np.generic)

SPARE_CLASSES_MAX: Final = 256
"""Empty classes that keep their slot."""


class DemandClasses:
    """Slots by demand key, with the head of each class in arrays indexed by slot.

    ``generation`` changes whenever an array has been replaced by a larger one.
    """

    def __init__(self) -> None:
        self._slots: Shards[Hashable, int] = Shards()
        self._keys: list[Hashable] = []
        self._spare: dict[int, None] = {}
        self._entries: list[OrderedEntries] = []
        self.generation = 0
        self.waiting: NDArray[np.bool_] = np.zeros(16, dtype=np.bool_)
        self.head_key: NDArray[np.int64] = np.zeros(16, dtype=np.int64)
        self.head_sequence: NDArray[np.int64] = np.zeros(16, dtype=np.int64)
        self.target_ms: NDArray[np.int64] = np.ones(16, dtype=np.int64)
        self.newest_first: NDArray[np.bool_] = np.zeros(16, dtype=np.bool_)
        self.line: NDArray[np.int32] = np.zeros(16, dtype=np.int32)
        self._held: dict[int, int] = {}
        self._waiting_on: dict[int, int] = {}
        self.channels_waiting = 0
        """The channels on which anything waits, as a bit set."""
        self.channel: NDArray[np.int32] = np.zeros(16, dtype=np.int32)

    @property
    def size(self) -> int:
        """How many slots have been given out."""
        return len(self._keys)

    def intern(
        self,
        key: Hashable,
        *,
        channel: int,
        target_ms: int,
        newest_first: bool = False,
        line: int = 0,
    ) -> tuple[int, bool]:
        """The slot of a demand key, and whether it is new (its demand must be set).

        ``target_ms`` is the wait that makes an urgency of 1; ``line`` numbers the queues that go by
        the wait to come (0: another).
        """
        slots = self._slots.of(key)
        slot = slots.get(key)
        if slot is not None:
            return slot, False
        slot = slots[key] = self._take_slot(key)
        self.channel[slot] = channel
        self.target_ms[slot] = target_ms
        self.newest_first[slot] = newest_first
        self.line[slot] = line
        return slot, True

    def add(self, entry: Entry) -> None:
        """Put an entry into its class."""
        slot = entry.slot
        entries = self._entries[slot]
        if not len(entries):
            self._spare.pop(slot, None)
            self._count(slot, 1)
        entries.add(entry)
        if entries.head() is entry:
            self._set_head(slot, entry)

    def remove(self, entry: Entry) -> None:
        """Take an entry out; an emptied class becomes spare."""
        slot = entry.slot
        entries = self._entries[slot]
        was_head = entries.head() is entry
        entries.remove(entry)
        if was_head:
            self._set_head(slot, entries.head())

    def hold(self, slot: int) -> None:
        """Something of this class is with an agent: it keeps its slot and counts as open."""
        self._held[slot] = self._held.get(slot, 0) + 1
        self._spare.pop(slot, None)

    def release(self, slot: int) -> None:
        """It is with no agent any more."""
        self._held[slot] -= 1
        if not self._held[slot]:
            del self._held[slot]
            if not len(self._entries[slot]):
                self._spare[slot] = None

    def keep(self, slot: int) -> None:
        """Something waits with this demand that does not stand in the class."""
        self.hold(slot)
        self._count(slot, 1)

    def give_up(self, slot: int) -> None:
        """It does not wait any more."""
        self._count(slot, -1)
        self.release(slot)

    def open_count(self) -> NDArray[np.int64]:
        """By slot, how many wait or are with an agent (as far as they are held)."""
        counts = np.fromiter(map(len, self._entries), dtype=np.int64, count=len(self._entries))
        for slot, held in self._held.items():
            counts[slot] += held
        return counts

    def entries(self, slot: int) -> OrderedEntries:
        """The ordered entries of a slot."""
        return self._entries[slot]

    def dismantle(self, most: int) -> bool:
        """Let go of about so many entries, for classes that nobody will ask again; whether there
        are more."""
        while most > 0 and self._entries:
            gone = self._entries[-1].dismantle()
            most -= gone + 1
            if not gone:
                self._entries.pop()
                key = self._keys.pop()
                self._slots.of(key).pop(key, None)
        return bool(self._entries)

    def _take_slot(self, key: Hashable) -> int:
        if len(self._spare) > SPARE_CLASSES_MAX:
            slot = next(iter(self._spare))
            del self._spare[slot]
            before = self._keys[slot]
            del self._slots.of(before)[before]
            self._keys[slot] = key
        else:
            slot = len(self._keys)
            self._keys.append(key)
            self._entries.append(OrderedEntries())
            if slot == len(self.waiting):
                self._grow()
        self._spare[slot] = None
        return slot

    def _set_head(self, slot: int, head: Entry | None) -> None:
        self.waiting[slot] = head is not None
        if head is None:
            self._count(slot, -1)
            if slot not in self._held:
                self._spare[slot] = None
        else:
            self.head_key[slot] = head.order_key
            self.head_sequence[slot] = head.sequence

    def _count(self, slot: int, change: int) -> None:
        """One class more or less waits on its channel."""
        channel = int(self.channel[slot])
        count = self._waiting_on.get(channel, 0) + change
        self._waiting_on[channel] = count
        bit = 1 << channel
        self.channels_waiting = (
            self.channels_waiting | bit if count else self.channels_waiting & ~bit
        )

    def _grow(self) -> None:
        self.waiting = _doubled(self.waiting)
        self.head_key = _doubled(self.head_key)
        self.head_sequence = _doubled(self.head_sequence)
        self.target_ms = np.maximum(_doubled(self.target_ms), 1)
        self.newest_first = _doubled(self.newest_first)
        self.line = _doubled(self.line)
        self.channel = _doubled(self.channel)
        self.generation += 1


def _doubled(array: NDArray[Scalar]) -> NDArray[Scalar]:
    return np.concatenate((array, np.zeros_like(array)))
