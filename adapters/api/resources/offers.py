"""Offers: who is being asked, and what they answer."""

from __future__ import annotations

import heapq
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import answer, tagged
from adapters.api.contract.conditions import at_least
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.paging import LIMIT, Page, key_of, next_link
from adapters.api.contract.quick import QuickRoute
from adapters.api.contract.requests import Limit, MinPosition
from adapters.api.paths import IdInPath
from adapters.api.resources.actions import Action, add_actions
from adapters.api.resources.finding import shown_offer
from adapters.api.resources.showing import offer_view
from adapters.api.resources.views import OfferView
from adapters.identity.permissions import Permission
from adapters.redis.stream_ids import StreamId
from router import commands
from router.command_terms import CommandBase
from router.state import Offer

__all__ = ("router",)

router = APIRouter(prefix="/v1", tags=["offers"], route_class=QuickRoute)

Read = Annotated[Access, Depends(allowed(Permission.INTERACTIONS_READ))]


@router.get(
    "/offers",
    **describe(
        Operation(
            summary="List open offers",
            description="In the order in which they were made.",
            answers=Page[OfferView],
        )
    ),
)
async def list_offers(
    request: Request,
    access: Read,
    agent_id: Annotated[str | None, Query(max_length=128)] = None,
    interaction_id: Annotated[str | None, Query(max_length=128)] = None,
    limit: Limit = LIMIT,
    cursor: str | None = None,
    min_position: MinPosition = None,
) -> Response:
    """A page of open offers."""
    await at_least(access, min_position)
    after = key_of(cursor, tuple[int, int], (0, 0))
    state, own = access.hosted.projection.state, access.own_agent
    fitting = (
        offer
        for offer in state.offers.values()
        if own in {None, offer.agent_id}
        and agent_id in {None, offer.agent_id}
        and interaction_id in {None, offer.interaction_id}
        and _order(offer) > after
    )
    found = heapq.nsmallest(limit + 1, fitting, key=_order)
    more = next_link(request, _order(found[limit - 1])) if len(found) > limit else None
    items = [offer_view(state, each) for each in found[:limit]]
    return answer(access, Page(items=items, next=more))


def _order(offer: Offer) -> tuple[int, int]:
    return StreamId.parse(offer.offer_id)


@router.get(
    "/offers/{offer_id}",
    **describe(
        Operation(
            summary="Show an offer",
            description="Open, or over and still remembered.",
            answers=OfferView,
            codes=("unknown_offer",),
            is_tagged=True,
        )
    ),
)
async def get_offer(offer_id: IdInPath, access: Read, min_position: MinPosition = None) -> Response:
    """One offer."""
    await at_least(access, min_position)
    return tagged(access, shown_offer(access, offer_id))


def _action(command: type[CommandBase], name: str, summary: str, example: dict[str, Any]) -> Action:
    """What the agent answers."""
    return Action(
        command=command,
        path=f"/offers/{{offer_id}}/{name}",
        summary=summary,
        example=example,
        permission=Permission.OFFERS_ANSWER,
        target="offer_id",
        owner="agent_id",
    )


ACTIONS: Final = (
    _action(commands.Accept, "accept", "Take the interaction", {"agent_id": "anna"}),
    _action(commands.Decline, "decline", "Refuse it", {"agent_id": "anna", "reason": "busy"}),
    _action(
        commands.HoldOffer,
        "hold",
        "The medium is being connected",
        {"agent_id": "anna", "hold_s": 30},
    ),
    Action(
        command=commands.Rescind,
        path="/offers/{offer_id}/rescind",
        summary="Take it back, unanswered",
        example={"reason": "anna is needed elsewhere"},
        permission=Permission.INTERACTIONS_WRITE,
        target="offer_id",
        is_audited=True,
    ),
)

add_actions(router, ACTIONS)
