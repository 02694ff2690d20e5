"""An ordered set of waiting entries: the head at once, add and delete in O(log n)."""

from __future__ import annotations

from collections.abc import Callable

from queues.entry import Entry
from queues.runs import SortedRuns

__all__ = ("OrderedEntries",)


class OrderedEntries(SortedRuns[Entry]):
    """Entries of one demand class, oldest first."""

    __slots__ = ()

    def at(self, order_key: int, sequence: int) -> Entry:
        """The entry of this place (IndexError or another entry if it is not there)."""
        return self.from_(Entry(order_key, sequence, ""))

    def first(self, wanted: Callable[[str], bool]) -> Entry | None:
        """The first entry whose interaction id is ``wanted``, or None; looks at those before it."""
        return next((e for e in self if wanted(e.interaction_id)), None)
