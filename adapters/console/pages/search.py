"""The search: straight to what has this name, or to what there is of it."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from adapters.client.errors import Forbidden, Invalid, NotFound
from adapters.client.models import Agent, Interaction
from adapters.console.addresses import address
from adapters.console.visit import Visit, visiting
from adapters.identity.permissions import Permission

__all__ = ("router",)

router = APIRouter()

Viewing = Annotated[Visit, Depends(visiting(Permission.INTERACTIONS_READ))]

SHOWN: Final = 20


@router.get("/search")
async def search(visit: Viewing, q: str = "") -> Response:
    """Interactions, agents and customers of that name: one alone is shown at once."""
    wanted = q.strip()[:128]
    interaction = await _interaction(visit, wanted)
    agent = await _agent(visit, wanted)
    theirs = await _of_customer(visit, wanted)
    if interaction and not agent and not theirs:
        return visit.go(address("interactions", interaction.interaction_id))
    if agent and not interaction and not theirs:
        return visit.go(address("agents", agent.agent_id))
    return visit.page(
        "search.html", wanted=wanted, interaction=interaction, agent=agent, theirs=theirs
    )


async def _interaction(visit: Visit, wanted: str) -> Interaction | None:
    try:
        return await visit.queue.interactions.get(wanted) if wanted else None
    except (NotFound, Invalid):
        return None


async def _agent(visit: Visit, wanted: str) -> Agent | None:
    if not wanted or not visit.may(Permission.AGENTS_READ):
        return None
    try:
        return await visit.queue.agents.get(wanted)
    except (NotFound, Invalid):
        return None


async def _of_customer(visit: Visit, wanted: str) -> list[Interaction]:
    """What is open of a customer; whose it is may be hidden from whoever asks."""
    if not wanted:
        return []
    try:
        items, _ = await visit.queue.interactions.list(customer_id=wanted, limit=SHOWN).page()
    except (Forbidden, Invalid):
        return []
    return list(items)
