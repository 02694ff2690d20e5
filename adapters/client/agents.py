"""Agents: who works, and what they can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Unpack

from . import terms
from .listing import Listing
from .models import Agent
from .transport import Transport, path_of

__all__ = ("Agents",)

AgentState = Literal["available", "unavailable", "not_responding", "offline"]


class Agents:
    """``/v1/agents``. Every write gives the agent as they stand then."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def get(self, agent_id: str, *, min_position: str | None = None) -> Agent:
        """One agent who is logged in, or still holds work."""
        path = path_of("agents", agent_id)
        return await self._transport.read_after_writes(path, Agent, min_position=min_position)

    def list(
        self,
        *,
        state: AgentState | None = None,
        skill: str | None = None,
        activity: str | None = None,
        contains: str | None = None,
        limit: int | None = None,
        min_position: str | None = None,
    ) -> Listing[Agent]:
        """Everybody who is logged in, or still holds work; those whose id ``contains`` a text;
        ``limit`` of each page."""
        return self._transport.pages(
            path_of("agents"),
            Agent,
            state=state,
            skill=skill,
            activity=activity,
            contains=contains,
            limit=limit,
            min_position=min_position,
        )

    async def login(self, agent_id: str, **fields: Unpack[terms.LoginTerms]) -> Agent:
        """Log in; what is told of an agent who is logged in replaces what was known."""
        return await self._act("POST", agent_id, "login", fields)

    async def logout(self, agent_id: str, **fields: Unpack[terms.LogoutTerms]) -> Agent:
        """Log out."""
        return await self._act("POST", agent_id, "logout", fields)

    async def set_state(self, agent_id: str, **fields: Unpack[terms.StateTerms]) -> Agent:
        """Become available or unavailable."""
        return await self._act("PUT", agent_id, "state", fields)

    async def set_skills(self, agent_id: str, **fields: Unpack[terms.SkillsTerms]) -> Agent:
        """Replace the skills."""
        return await self._act("PUT", agent_id, "skills", fields)

    async def set_channels(self, agent_id: str, **fields: Unpack[terms.ChannelsTerms]) -> Agent:
        """Replace the channels on which nothing is taken for now."""
        return await self._act("PUT", agent_id, "channels", fields)

    async def set_attributes(self, agent_id: str, **fields: Unpack[terms.AttributesTerms]) -> Agent:
        """Replace the attributes."""
        return await self._act("PUT", agent_id, "attributes", fields)

    async def set_capacity(self, agent_id: str, **fields: Unpack[terms.CapacityTerms]) -> Agent:
        """Replace capacity, maximums and share."""
        return await self._act("PUT", agent_id, "capacity", fields)

    async def _act(
        self, method: str, agent_id: str, name: str, fields: Mapping[str, object]
    ) -> Agent:
        path = path_of("agents", agent_id, name)
        return await self._transport.write(method, path, Agent, fields)
