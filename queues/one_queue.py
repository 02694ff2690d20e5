"""The one queue: every waiting interaction of every medium, in one structure.

Queues of the policy are labels on its entries. An entry stands in its demand class, and once more
under each agent whom it prefers; nothing here
is scanned.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

from queues.classes import DemandClasses
from queues.ordered import Entry
from queues.personal import PersonalIndex

__all__ = ("OneQueue", "Waiting")


class Waiting(NamedTuple):
    """Where a waiting interaction stands."""

    slot: int
    entry: Entry
    preferred: Sequence[tuple[str, int]]


class OneQueue:
    """Waiting interactions by id, by demand class, and by preferred agent."""

    def __init__(self, classes_max: int) -> None:
        self._waiting: dict[str, Waiting] = {}
        self.classes = DemandClasses(classes_max)
        self.personal = PersonalIndex()

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, interaction_id: object) -> bool:
        return interaction_id in self._waiting

    def intern(self, key: Hashable, *, channel: int, target_ms: int) -> tuple[int, bool]:
        """The slot of a demand key, and whether it is new."""
        return self.classes.intern(key, channel=channel, target_ms=target_ms)

    def add(self, slot: int, entry: Entry, preferred: Sequence[tuple[str, int]]) -> None:
        """Put an interaction into the queue; ``preferred`` lists (agent id, history ppm)."""
        self._waiting[entry.interaction_id] = Waiting(slot, entry, preferred)
        self.classes.add(slot, entry)
        for agent_id, history_ppm in preferred:
            self.personal.add(agent_id, slot, history_ppm, entry)

    def remove(self, interaction_id: str) -> None:
        """Take an interaction out of the queue (KeyError if it does not wait)."""
        slot, entry, preferred = self._waiting.pop(interaction_id)
        self.classes.remove(slot, entry)
        for agent_id, history_ppm in preferred:
            self.personal.remove(agent_id, slot, history_ppm, entry)

    def where(self, interaction_id: str) -> Waiting:
        """Where a waiting interaction stands (KeyError if it does not wait)."""
        return self._waiting[interaction_id]
