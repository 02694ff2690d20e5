"""An ordered set of waiting entries: head, add and delete, each in O(log n)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sortedcontainers import SortedList

from queues.entry import Entry

__all__ = ("OrderedEntries",)


class OrderedEntries:
    """Entries of one demand class, oldest first."""

    __slots__ = ("_entries", "_head")

    def __init__(self) -> None:
        self._entries: SortedList[Entry] = SortedList()
        self._head: Entry | None = None

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entry: Entry) -> None:
        """Insert an entry."""
        self._entries.add(entry)
        if self._head is None or entry < self._head:
            self._head = entry

    def remove(self, entry: Entry) -> None:
        """Delete an entry (ValueError if it is not there)."""
        self._entries.remove(entry)
        if entry == self._head:
            self._head = self._entries[0] if self._entries else None

    def head(self) -> Entry | None:
        """The first entry, or None."""
        return self._head

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def at(self, order_key: int, sequence: int) -> Entry:
        """The entry of this place (IndexError or another entry if it is not there)."""
        return self._entries[self._entries.bisect_left(Entry(order_key, sequence, ""))]

    def first(self, wanted: Callable[[str], bool]) -> Entry | None:
        """The first entry whose interaction id is ``wanted``, or None; looks at those before it."""
        return next((e for e in self._entries if wanted(e.interaction_id)), None)
