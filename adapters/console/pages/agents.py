"""Agents: who is there, and everything about one."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from adapters.api.paths import IdInPath
from adapters.client.models import Agent
from adapters.console.addresses import address
from adapters.console.paging import PAGE, asked, shown
from adapters.console.visit import Visit, visiting
from adapters.identity.permissions import Permission

__all__ = ("STATES", "TONES", "router")

router = APIRouter()

Viewing = Annotated[Visit, Depends(visiting(Permission.AGENTS_READ, is_own=True))]

FILTERS: Final = ("state", "skill", "activity")
STATES: Final = ("available", "unavailable", "not_responding", "offline")
TONES: Final = {"available": "good", "unavailable": "", "not_responding": "bad", "offline": ""}
"""How a status looks; who is available and has work in hand looks busy."""


@router.get("/agents")
async def list_agents(visit: Viewing) -> Response:
    """Who is logged in, or holds work; of who may see only themselves, themselves."""
    if not visit.may(Permission.AGENTS_READ):
        return visit.go(address("agents", visit.viewer.agent_id))
    filters = asked(visit.request, FILTERS)
    listing = visit.queue.agents.list(limit=PAGE, **filters)  # type: ignore[arg-type]  # the API refuses other states
    page = await shown(visit.request, listing, filters)
    return visit.page(
        "agents.html", page=page, filters=filters, states=STATES, tone_of=tone_of, every_s=3
    )


@router.get("/agents/{agent_id}")
async def show_agent(agent_id: IdInPath, visit: Viewing) -> Response:
    """Everything about one."""
    agent = await visit.queue.agents.get(agent_id)
    work = [each async for each in visit.queue.assignments.list(agent_id=agent_id)]
    offers = [each async for each in visit.queue.offers.list(agent_id=agent_id)]
    return visit.page(
        "agent.html",
        agent=agent,
        work=work,
        offers=offers,
        load=_load(agent),
        tone_of=tone_of,
        every_s=2,
    )


def tone_of(agent: Agent) -> str:
    """How an agent's status looks."""
    if agent.state == "available" and (agent.held or agent.idle or agent.waking):
        return "busy"
    return TONES.get(agent.state, "")


def _load(agent: Agent) -> list[tuple[str, int]]:
    """What takes of the capacity, piece by piece: of a bar."""
    return [(f"{each.channel} {each.interaction_id}", each.cost) for each in agent.held]
