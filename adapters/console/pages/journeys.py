"""Paths: a conversation over media and agents, and all that a customer wanted."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from adapters.api.paths import IdInPath
from adapters.client.errors import Forbidden
from adapters.client.models import Interaction, Journey, Leg
from adapters.console.paths import PHASES, drawn, words_of
from adapters.console.visit import Visit, visiting
from adapters.identity.permissions import Permission

__all__ = ("router",)

router = APIRouter()

Viewing = Annotated[Visit, Depends(visiting(Permission.INTERACTIONS_READ))]
Prefix = Annotated[str, Query(max_length=128)]
Most = Annotated[int, Query(ge=1, le=200)]

FOUND: Final = 20
"""Customers that are shown of a search."""

SHOWN: Final = 25
OPEN_SHOWN: Final = 10
"""Of what is open, that is shown with all that it carries."""

HIDDEN: Final = "[personal]"


@router.get("/interactions/{interaction_id}/path")
async def show_path(interaction_id: IdInPath, visit: Viewing) -> Response:
    """The path of an interaction with its conversation."""
    journey = await visit.queue.interactions.path(interaction_id)
    return _path(visit, f"Path of {interaction_id}", journey, interaction_id)


@router.get("/conversations/{conversation_id}")
async def show_conversation(conversation_id: IdInPath, visit: Viewing) -> Response:
    """The path of a conversation."""
    journey = await visit.queue.conversations.path(conversation_id)
    return _path(visit, f"Conversation {conversation_id}", journey, "")


@router.get("/customers")
async def find_customers(visit: Viewing, prefix: Prefix = "") -> Response:
    """Customers by how their id begins."""
    wanted, found, is_hidden = prefix.strip(), [], False
    try:
        async for one in visit.queue.customers.list(prefix=wanted, limit=FOUND):
            found.append(one)
            if len(found) == FOUND:
                break
    except Forbidden:
        is_hidden = True
    return visit.page("customers.html", wanted=wanted, found=found, is_hidden=is_hidden)


@router.get("/customers/{customer_id}")
async def show_customer(customer_id: IdInPath, visit: Viewing, most: Most = SHOWN) -> Response:
    """All that a customer wanted, on every medium."""
    legs: list[Leg] = []
    try:
        async for leg in visit.queue.customers.interactions(customer_id, limit=most):
            legs.append(leg)
            if len(legs) == most:
                break
        carried = await _open(visit, customer_id)
    except Forbidden as error:
        return visit.page("customer_hidden.html", status=403, detail=error.detail)
    return visit.page(
        "customer.html",
        customer_id=customer_id,
        legs=legs,
        carried=carried,
        matters=[(name, list(group)) for name, group in groupby(legs, key=_matter)],
        more=min(200, most * 2) if len(legs) == most and most < 200 else 0,
        hides=not visit.may(Permission.PERSONAL_READ),
        hidden=HIDDEN,
    )


def _path(visit: Visit, title: str, journey: Journey, of: str) -> Response:
    now_ms = max((step.at_ms for step in journey.steps), default=0)
    if any(not leg.ended_ms for leg in journey.legs):
        now_ms = max(now_ms, visit.now_ms)
    return visit.page(
        "path.html",
        heading=title,
        journey=journey,
        of=of,
        drawn=drawn(journey, now_ms),
        phases=list(PHASES.items()),
        words_of=words_of,
        channel_of={leg.interaction_id: leg.channel for leg in journey.legs},
    )


async def _open(visit: Visit, customer_id: str) -> list[Interaction]:
    """What is open of theirs, with what it carries."""
    found: list[Interaction] = []
    async for one in visit.queue.interactions.list(customer_id=customer_id, limit=OPEN_SHOWN):
        found.append(one)
        if len(found) == OPEN_SHOWN:
            break
    return found


def _matter(leg: Leg) -> str:
    return leg.conversation_id
