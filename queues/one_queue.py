"""The one queue: every waiting interaction of every medium, in one structure.

Queues of the policy are labels on its entries. An entry stands in its demand class, and once more
under each agent whom it prefers; nothing here is scanned.
"""

from __future__ import annotations

from collections.abc import Sequence

from queues.classes import DemandClasses
from queues.entry import Entry
from queues.personal import PersonalIndex
from queues.sharded import ShardedDict

__all__ = ("OneQueue",)


class OneQueue:
    """Waiting interactions by id, by demand class, and by preferred agent."""

    def __init__(self) -> None:
        self._waiting: ShardedDict[Entry] = ShardedDict()
        self.classes = DemandClasses()
        self.personal = PersonalIndex()
        self._held: dict[str, int] = {}
        self._kept: dict[int, Entry] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, interaction_id: object) -> bool:
        return interaction_id in self._waiting

    def add(
        self, entry: Entry, preferred: Sequence[tuple[str, int]], *, kept: bool = False
    ) -> None:
        """Put an interaction into the queue; ``preferred`` lists (agent id, history ppm).

        What is ``kept`` for them does not stand in its class, where others would look past it.
        """
        self._waiting[entry.interaction_id] = entry
        if kept:
            self._kept[entry.sequence] = entry
            self.classes.keep(entry.slot)
        else:
            self.classes.add(entry)
        for agent_id, history_ppm in preferred:
            self.personal.add(agent_id, entry.slot, history_ppm, entry)

    def remove(self, interaction_id: str, preferred: Sequence[tuple[str, int]]) -> None:
        """Take an interaction out of the queue, ``preferred`` as it was put in (KeyError if it
        does not wait)."""
        entry = self._waiting.take(interaction_id)
        if self._kept.pop(entry.sequence, None) is None:
            self.classes.remove(entry)
        else:
            self.classes.give_up(entry.slot)
        for agent_id, _ in preferred:
            self.personal.remove(agent_id, entry)

    def hold(self, interaction_id: str, slot: int) -> None:
        """An interaction of this slot is with an agent, and counts as open there."""
        self.release(interaction_id)
        self._held[interaction_id] = slot
        self.classes.hold(slot)

    def release(self, interaction_id: str) -> None:
        """It waits again or is over; nothing happens if it was not held."""
        slot = self._held.pop(interaction_id, None)
        if slot is not None:
            self.classes.release(slot)

    def entry(self, slot: int, order_key: int, sequence: int) -> Entry:
        """The waiting entry of this place (IndexError or another entry if it is not there)."""
        return self._kept.get(sequence) or self.classes.entries(slot).at(order_key, sequence)

    def dismantle(self, most: int) -> bool:
        """Let go of about so many entries, for a queue that nobody will ask again; whether there
        are more. A million of them at once take a tenth of a second."""
        return (
            self.classes.dismantle(most)
            or self.personal.dismantle(most)
            or self._waiting.dismantle(most)
        )

    def where(self, interaction_id: str) -> Entry:
        """Where a waiting interaction stands (KeyError if it does not wait)."""
        return self._waiting[interaction_id]
