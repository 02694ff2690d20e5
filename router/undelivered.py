"""Work entries that could not be written with their record, until they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from router import limits
from router.outbox import open_offer_entries
from router.ports import WorkEntry
from router.state import State

__all__ = ("Undelivered",)


class Undelivered:
    """These entries in their order; of an inbox that has too many, what it should know at least."""

    def __init__(self, entries_max: int = limits.UNDELIVERED_MAX) -> None:
        self._entries_max = entries_max
        self._entries: list[WorkEntry] = []
        self._overfull: set[str] = set()
        self._due_s = 0.0

    def keep(self, entries: Sequence[WorkEntry], due_s: float) -> None:
        """Keep entries that could not be written, to be tried again at ``due_s``."""
        self._entries += [entry for entry in entries if entry.inbox not in self._overfull]
        while len(self._entries) > self._entries_max:
            ((inbox, _),) = Counter(entry.inbox for entry in self._entries).most_common(1)
            self._overfull.add(inbox)
            self._entries = [entry for entry in self._entries if entry.inbox != inbox]
        self._due_s = due_s

    def is_due(self, now_s: float) -> bool:
        """Whether there is anything to try again by now."""
        return bool(self._entries or self._overfull) and now_s >= self._due_s

    def take(self, state: State) -> list[WorkEntry]:
        """Everything that is to be written now, which is kept no more."""
        entries, overfull = self._entries, self._overfull
        self._entries, self._overfull = [], set()
        if overfull:
            entries += [entry for entry in open_offer_entries(state) if entry.inbox in overfull]
        return entries
