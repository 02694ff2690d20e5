"""Demand classes: everything that waits with the same demand shares one slot and one order.

A slot has a row in parallel arrays, so that the heads of all classes can be compared at once. Slots
of classes that have run empty are kept for a while, oldest first to be given to another class: a
demand that comes and goes does not pay for its row each time.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from queues.ordered import Entry, OrderedEntries

__all__ = ("SPARE_CLASSES_MAX", "DemandClasses")

SPARE_CLASSES_MAX: Final = 256
"""Empty classes that keep their slot."""


class DemandClasses:
    """Slots by demand key, with the head of each class in arrays indexed by slot.

    ``classes_max`` is for the caller to keep (:meth:`has_room`): what must wait gets a slot.
    """

    def __init__(self, classes_max: int) -> None:
        self._classes_max = classes_max
        self._slots: dict[Hashable, int] = {}
        self._keys: list[Hashable] = []
        self._spare: dict[int, None] = {}
        self._entries: list[OrderedEntries] = []
        self.waiting: NDArray[np.bool_] = np.zeros(16, dtype=np.bool_)
        self.head_key: NDArray[np.int64] = np.zeros(16, dtype=np.int64)
        self.head_sequence: NDArray[np.int64] = np.zeros(16, dtype=np.int64)
        self.target_ms: NDArray[np.int64] = np.ones(16, dtype=np.int64)
        self.channel: NDArray[np.int64] = np.zeros(16, dtype=np.int64)

    @property
    def size(self) -> int:
        """How many slots have been given out."""
        return len(self._keys)

    def intern(self, key: Hashable, *, channel: int, target_ms: int) -> tuple[int, bool]:
        """The slot of a demand key, and whether it is new (its scoring row must be filled)."""
        slot = self._slots.get(key)
        if slot is not None:
            return slot, False
        slot = self._take_slot(key)
        self._slots[key] = slot
        self.channel[slot] = channel
        self.target_ms[slot] = target_ms
        return slot, True

    def has_room(self, key: Hashable) -> bool:
        """Whether a demand key has a slot, or can get one within ``classes_max``."""
        return key in self._slots or len(self._slots) < self._classes_max or bool(self._spare)

    def add(self, slot: int, entry: Entry) -> None:
        """Put an entry into its class."""
        entries = self._entries[slot]
        if not len(entries):
            self._spare.pop(slot, None)
        entries.add(entry)
        self._set_head(slot, entries)

    def remove(self, slot: int, entry: Entry) -> None:
        """Take an entry out; an emptied class becomes spare."""
        entries = self._entries[slot]
        entries.remove(entry)
        self._set_head(slot, entries)
        if not len(entries):
            self._spare[slot] = None

    def entries(self, slot: int) -> OrderedEntries:
        """The ordered entries of a slot."""
        return self._entries[slot]

    def _take_slot(self, key: Hashable) -> int:
        if len(self._spare) > self._spare_max():
            slot = next(iter(self._spare))
            del self._spare[slot], self._slots[self._keys[slot]]
            self._keys[slot] = key
        else:
            slot = len(self._keys)
            self._keys.append(key)
            self._entries.append(OrderedEntries())
            if slot == len(self.waiting):
                self._grow()
        self._spare[slot] = None
        return slot

    def _spare_max(self) -> int:
        return SPARE_CLASSES_MAX if len(self._slots) < self._classes_max else 0

    def _set_head(self, slot: int, entries: OrderedEntries) -> None:
        head = entries.head()
        self.waiting[slot] = head is not None
        if head is not None:
            self.head_key[slot] = head.order_key
            self.head_sequence[slot] = head.sequence

    def _grow(self) -> None:
        self.waiting = np.concatenate((self.waiting, np.zeros_like(self.waiting)))
        self.head_key = np.concatenate((self.head_key, np.zeros_like(self.head_key)))
        self.head_sequence = np.concatenate((self.head_sequence, np.zeros_like(self.head_sequence)))
        self.target_ms = np.concatenate((self.target_ms, np.ones_like(self.target_ms)))
        self.channel = np.concatenate((self.channel, np.zeros_like(self.channel)))
