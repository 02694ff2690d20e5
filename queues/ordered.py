"""An ordered set of waiting entries: the head at once, add and delete in O(log n)."""

from __future__ import annotations

from queues.entry import Entry
from queues.runs import SortedRuns

__all__ = ("OrderedEntries",)


class OrderedEntries(SortedRuns[Entry]):
    """Entries of one demand class, oldest first."""

    __slots__ = ()

    def at(self, order_key: int, sequence: int) -> Entry:
        """The entry of this place (IndexError or another entry if it is not there)."""
        return self.from_(Entry(order_key, sequence, ""))
