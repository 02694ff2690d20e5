"""The queues: what waits in each. A small page, to begin with."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from adapters.console.ordering import order_of
from adapters.console.visit import Visit, visiting
from adapters.identity.permissions import Permission

__all__ = ("router",)

router = APIRouter()

Viewing = Annotated[Visit, Depends(visiting(Permission.QUEUES_READ))]

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
