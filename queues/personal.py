"""The preferred-agent index: for each agent, the waiting interactions that history ties to them.

Within one class and one level of history the order is again fixed at insertion, so that an agent
who becomes free compares a few heads, never all the interactions that know them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from queues.ordered import Entry, OrderedEntries

__all__ = ("PersonalIndex", "PersonalList")


class PersonalList(NamedTuple):
    """An agent's own entries in one class at one level of history."""

    slot: int
    history_ppm: int
    entries: OrderedEntries


class PersonalIndex:
    """Ordered entries by agent, then by (slot, history level)."""

    def __init__(self) -> None:
        self._agents: dict[str, dict[tuple[int, int], OrderedEntries]] = {}

    def add(self, agent_id: str, slot: int, history_ppm: int, entry: Entry) -> None:
        """Note that an entry of this slot prefers this agent."""
        lists = self._agents.setdefault(agent_id, {})
        lists.setdefault((slot, history_ppm), OrderedEntries()).add(entry)

    def remove(self, agent_id: str, slot: int, history_ppm: int, entry: Entry) -> None:
        """Forget it; empty lists go at once."""
        lists = self._agents[agent_id]
        entries = lists[slot, history_ppm]
        entries.remove(entry)
        if not len(entries):
            del lists[slot, history_ppm]
            if not lists:
                del self._agents[agent_id]

    def of(self, agent_id: str) -> Iterator[PersonalList]:
        """The agent's lists, none of them empty."""
        for (slot, history_ppm), entries in self._agents.get(agent_id, {}).items():
            yield PersonalList(slot, history_ppm, entries)
