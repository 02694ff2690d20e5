"""What waits and needs somebody to look at it: nobody wants it, or nobody can serve it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from msgspec import Struct
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import answer
from adapters.api.contract.conditions import at_least
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.paging import LIMIT
from adapters.api.contract.requests import Limit, MinPosition
from adapters.api.holding.rescues import Reason
from adapters.api.resources.finding import require_everywhere
from adapters.api.resources.showing import interaction_view
from adapters.api.resources.views import InteractionView
from adapters.identity.permissions import Permission

__all__ = ("router",)

router = APIRouter(prefix="/v1", tags=["rescue"])

Read = Annotated[Access, Depends(allowed(Permission.INTERACTIONS_READ))]


class RescueItem(Struct, frozen=True, kw_only=True):
    """One interaction with why it is here; ``failed_offers`` were declined or not answered, since
    this process follows the journal, or as the router counts them."""

    interaction: InteractionView
    reasons: list[Reason]
    failed_offers: int


class RescueView(Struct, frozen=True, kw_only=True):
    """How many there are for each reason, and those that have waited for longest."""

    total: int
    by_reason: dict[str, int]
    items: list[RescueItem]


@router.get(
    "/rescue",
    **describe(
        Operation(
            summary="List what nobody takes",
            description="What waits and was declined or not answered five times or more "
            "(`often_declined`), stands in a queue that is another's rescue (`rescue_queue`), or "
            "asks for what no agent has who is logged in (`nobody_can_serve`). Counts are of the "
            "moment; a second or more old where very much is open.",
            answers=RescueView,
        )
    ),
)
async def list_rescue(
    access: Read, limit: Limit = LIMIT, min_position: MinPosition = None
) -> Response:
    """What is to be rescued, the oldest first."""
    require_everywhere(access)
    await at_least(access, min_position)
    found = await access.hosted.rescues.found()
    state = access.hosted.projection.state
    items: list[RescueItem] = []
    for one in found.oldest:
        interaction = state.interactions.get(one.interaction_id)
        if interaction is not None and len(items) < limit:
            view = interaction_view(state, interaction)
            items.append(
                RescueItem(
                    interaction=view, reasons=list(one.reasons), failed_offers=one.failed_offers
                )
            )
    shown = RescueView(total=found.total, by_reason=dict(found.by_reason), items=items)
    return answer(access, shown)
