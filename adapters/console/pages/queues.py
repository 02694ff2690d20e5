"""The queues: what waits in each, and who comes first in one.

The list is a small page, to begin with: a function, and templates/queues.html.
"""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from adapters.api.paths import IdInPath
from adapters.client.eligibility_models import QueueEligibility
from adapters.client.models import Interaction
from adapters.client.wallboard_models import Line
from adapters.console.board import padded
from adapters.console.ordering import order_of
from adapters.console.pages.wallboard import board_of
from adapters.console.paging import PAGE
from adapters.console.visit import Visit, visiting
from adapters.identity.permissions import Permission

__all__ = ("router",)

router = APIRouter()

Viewing = Annotated[Visit, Depends(visiting(Permission.QUEUES_READ))]

NAMED: Final = 6
"""Agents of each group who are named, for each demand."""

COLUMNS: Final = (
    "queue",
    "waiting",
    "longest_wait_ms",
    "with_agents",
    "in_wrap_up",
    "suspended",
)


@router.get("/queues")
async def show_queues(visit: Viewing) -> Response:
    """All queues of the policy in force."""
    order = order_of(visit.request, COLUMNS, "-waiting")
    queues = order.applied([queue async for queue in visit.queue.queues.list()])
    return visit.page("queues.html", queues=queues, order=order, every_s=2)


@router.get("/queues/{name}")
async def show_queue(name: IdInPath, visit: Viewing) -> Response:
    """One of them: who waits in which order, and how it does."""
    queue = await visit.queue.queues.get(name)
    board = await board_of(visit) if visit.may(Permission.STATISTICS_READ) else None
    row = board.row(name) if board else None
    return visit.page(
        "queue.html",
        queue=queue,
        row=row,
        board=board,
        waited=padded(row.queue.trend.waiting) if row and row.queue else [],
        line=await _line(visit, name),
        offered=await _offered(visit, name),
        who=await _who(visit, name),
        every_s=2,
    )


async def _line(visit: Visit, name: str) -> Line | None:
    if not visit.may(Permission.INTERACTIONS_READ):
        return None
    return await visit.queue.queues.line(name, limit=PAGE)


async def _who(visit: Visit, name: str) -> QueueEligibility | None:
    if not visit.may(Permission.EXPLAIN):
        return None
    return await visit.queue.explanations.queue_eligibility(name, limit=NAMED)


async def _offered(visit: Visit, name: str) -> list[Interaction]:
    """Those that agents are being asked about."""
    if not visit.may(Permission.INTERACTIONS_READ):
        return []
    listing = visit.queue.interactions.list(queue=name, state="offered", limit=PAGE)
    items, _ = await listing.page()
    return list(items)
