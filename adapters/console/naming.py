"""Names to choose from: who is logged in."""

from __future__ import annotations

from typing import Final

from adapters.console.visit import Visit

__all__ = ("AGENTS_NAMED_MAX", "agent_names")

AGENTS_NAMED_MAX: Final = 500
"""Whoever is looked for beyond is typed in."""


async def agent_names(visit: Visit) -> list[str]:
    """The ids of agents, as many as one may want to choose from. Raises what the client raises."""
    found: list[str] = []
    async for agent in visit.queue.agents.list(limit=AGENTS_NAMED_MAX):
        found.append(agent.agent_id)
        if len(found) == AGENTS_NAMED_MAX:
            break
    return found
