"""Customers whose interactions are open or just over, found by how their id begins."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Iterator
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import answer
from adapters.api.contract.conditions import at_least
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.paging import Page, key_of, next_link
from adapters.api.contract.requests import MinPosition
from adapters.api.resources.finding import require_everywhere, require_whose
from adapters.identity.permissions import Permission
from adapters.projection.projection import Projection

__all__ = ("router",)

router = APIRouter(prefix="/v1", tags=["customers"])

Read = Annotated[Access, Depends(allowed(Permission.INTERACTIONS_READ))]

A_BREATH: Final = 4_000
"""Interactions that are looked at before other tasks get their turn: some milliseconds."""


class CustomerView(Struct, kw_only=True):
    """A customer: how many of their interactions are open, and how many were over in the last hour;
    on which media; ``newest_ms`` is when the newest came."""

    customer_id: str
    open: int = 0
    ended: int = 0
    channels: list[str] = []
    newest_ms: int = 0


@router.get(
    "/customers",
    **describe(
        Operation(
            summary="Find customers",
            description="Those of whom something is open, or was over in the last hour, in the "
            "order of their ids. Whoever has the whole id finds older ones by "
            "`/v1/customers/{customer_id}/interactions`.",
            answers=Page[CustomerView],
        )
    ),
)
async def list_customers(
    request: Request,
    access: Read,
    prefix: Annotated[str, Query(max_length=128, description="How the id begins.")] = "",
    limit: Annotated[int, Query(ge=1, le=100, description="How many at most.")] = 20,
    cursor: str | None = None,
    min_position: MinPosition = None,
) -> Response:
    """A page of customers."""
    require_everywhere(access)
    require_whose(access)
    await at_least(access, min_position)
    after = key_of(cursor, str, "")
    known = await _known(access.hosted.projection, prefix, after)
    names = heapq.nsmallest(limit + 1, known)
    more = next_link(request, names[limit - 1]) if len(names) > limit else None
    return answer(access, Page(items=[known[name] for name in names[:limit]], next=more))


async def _known(projection: Projection, prefix: str, after: str) -> dict[str, CustomerView]:
    """Customers by id whose id begins so and comes behind another; looked for bit by bit."""
    found: dict[str, CustomerView] = {}
    seen = 0
    for shard in projection.state.interactions.shards():
        for one in shard.values():
            if one.customer_id > after and one.customer_id.startswith(prefix):
                _count(found, one.customer_id, one.channel, one.created_ms, is_open=True)
        seen += len(shard)
        if seen >= A_BREATH:
            seen = 0
            await asyncio.sleep(0)
    for customer_id, channel, created_ms in _ended(projection):
        if customer_id > after and customer_id.startswith(prefix):
            _count(found, customer_id, channel, created_ms, is_open=False)
    return found


def _ended(projection: Projection) -> Iterator[tuple[str, str, int]]:
    for one in projection.ended.newest_first():
        yield one.customer_id, one.channel, one.created_ms


def _count(
    found: dict[str, CustomerView], name: str, channel: str, created_ms: int, *, is_open: bool
) -> None:
    known = found.get(name)
    if known is None:
        known = found[name] = CustomerView(customer_id=name)
    known.open += is_open
    known.ended += not is_open
    known.newest_ms = max(known.newest_ms, created_ms)
    if channel not in known.channels:
        known.channels = sorted([*known.channels, channel])
