"""The preferred-agent index: for each agent, the waiting interactions that history ties to them.

Each agent has a flat run of integers, four to an entry, that a choice walks through as it is: they
are few for an agent, and their order would cost more to keep than to find.
"""

from __future__ import annotations

from array import array
from typing import Final

from queues.entry import Entry

__all__ = ("OWN_FIELDS", "PersonalIndex")

OWN_FIELDS: Final = 4
"""An own entry: slot, history in ppm, order key, sequence."""

_NOTHING: Final[array[int]] = array("q")


class PersonalIndex:
    """Own entries by agent, unordered."""

    def __init__(self) -> None:
        self._agents: dict[str, array[int]] = {}

    def add(self, agent_id: str, slot: int, history_ppm: int, entry: Entry) -> None:
        """Note that an entry of this slot prefers this agent."""
        own = self._agents.get(agent_id)
        if own is None:
            own = self._agents[agent_id] = array("q")
        own.extend((slot, history_ppm, entry.order_key, entry.sequence))

    def remove(self, agent_id: str, entry: Entry) -> None:
        """Forget it (ValueError if it is not there); the last one takes its place."""
        own = self._agents[agent_id]
        at = own[3::OWN_FIELDS].index(entry.sequence) * OWN_FIELDS
        last = own[-OWN_FIELDS:]
        del own[-OWN_FIELDS:]
        if at < len(own):
            own[at : at + OWN_FIELDS] = last
        if not own:
            del self._agents[agent_id]

    def of(self, agent_id: str) -> array[int]:
        """The agent's own entries, one after the other, for reading only."""
        return self._agents.get(agent_id, _NOTHING)

    def dismantle(self, most: int) -> bool:
        """Let go of about so many entries, for an index that nobody will ask again; whether there
        are more."""
        while most > 0 and self._agents:
            _, own = self._agents.popitem()
            most -= 1 + len(own) // OWN_FIELDS
        return bool(self._agents)
