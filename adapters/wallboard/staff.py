"""Who is there: all agents by what they are and do, counted as they change."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from router.lifecycle import AgentStatus
from router.state import Agent

__all__ = ("Staff",)


class _Standing(NamedTuple):
    status: AgentStatus
    activity: str
    is_working: bool


class Staff:
    """Agents of the state, those who are offline and still hold work included."""

    def __init__(self) -> None:
        self._known: dict[str, _Standing] = {}
        self._counted: Counter[_Standing] = Counter()

    def update(self, agent_id: str, agent: Agent | None) -> None:
        """Count somebody as they stand now; None: they are gone."""
        before = self._known.pop(agent_id, None)
        if before is not None:
            self._counted[before] -= 1
            if not self._counted[before]:
                del self._counted[before]
        if agent is not None:
            standing = _Standing(agent.status, agent.activity, agent.has_work)
            self._known[agent_id] = standing
            self._counted[standing] += 1

    @property
    def by_status(self) -> dict[str, int]:
        """How many stand how; statuses of nobody too, but for offline."""
        found = dict.fromkeys((AgentStatus.AVAILABLE, AgentStatus.UNAVAILABLE), 0)
        found[AgentStatus.NOT_RESPONDING] = 0
        for standing, count in self._counted.items():
            found[standing.status] = found.get(standing.status, 0) + count
        return {status.value: count for status, count in found.items()}

    @property
    def ready(self) -> int:
        """Available, with nothing in hand."""
        return sum(
            count
            for standing, count in self._counted.items()
            if standing.status is AgentStatus.AVAILABLE and not standing.is_working
        )

    @property
    def working(self) -> int:
        """With work in hand, offers included, in whatever status."""
        return sum(count for standing, count in self._counted.items() if standing.is_working)

    @property
    def by_activity(self) -> dict[str, int]:
        """How many say what of themselves, where they say something and are signed in."""
        found: Counter[str] = Counter()
        for standing, count in self._counted.items():
            if standing.activity and standing.status is not AgentStatus.OFFLINE:
                found[standing.activity] += count
        return dict(sorted(found.items()))
