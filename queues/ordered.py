"""An ordered set of waiting entries: head, add and delete, each in O(log n)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct
from sortedcontainers import SortedList

__all__ = ("Entry", "OrderedEntries")


class Entry(Struct, frozen=True, order=True, gc=False):
    """One waiting interaction; entries compare by order key, then by arrival."""

    order_key: int
    sequence: int
    interaction_id: str
    slot: int = 0


class OrderedEntries:
    """Entries of one demand class, oldest first."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: SortedList[Entry] = SortedList()

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entry: Entry) -> None:
        """Insert an entry."""
        self._entries.add(entry)

    def remove(self, entry: Entry) -> None:
        """Delete an entry (ValueError if it is not there)."""
        self._entries.remove(entry)

    def head(self) -> Entry | None:
        """The first entry, or None."""
        return self._entries[0] if self._entries else None

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def at(self, order_key: int, sequence: int) -> Entry:
        """The entry of this place (IndexError or another entry if it is not there)."""
        return self._entries[self._entries.bisect_left(Entry(order_key, sequence, ""))]

    def first(self, wanted: Callable[[str], bool]) -> Entry | None:
        """The first entry whose interaction id is ``wanted``, or None; looks at those before it."""
        return next((e for e in self._entries if wanted(e.interaction_id)), None)
