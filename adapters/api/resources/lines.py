"""The line of a queue: who comes first, and how long they will wait."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from msgspec import Struct
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import answer
from adapters.api.contract.conditions import at_least
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.requests import Limit, MinPosition
from adapters.api.paths import IdInPath
from adapters.api.problems import ProblemError
from adapters.identity.permissions import Permission
from queues.waits import expected_wait
from router.state import State

__all__ = ("router",)

router = APIRouter(prefix="/v1", tags=["queues"])

Read = Annotated[Access, Depends(allowed(Permission.INTERACTIONS_READ))]

SHOWN: int = 50


class LinePlaceView(Struct, frozen=True, kw_only=True):
    """A place in the line of a queue: 1 is next. ``step`` of its workflow (0: none). Null waits:
    too little is known."""

    position: int
    interaction_id: str
    channel: str
    priority: int
    origin_ms: int
    step: int
    wait_ms: int | None
    wait_ms_low: int | None
    wait_ms_high: int | None


class LineView(Struct, frozen=True, kw_only=True):
    """The first of those who wait in a queue, in their order; ``waiting`` counts all of them."""

    queue: str
    waiting: int
    first: tuple[LinePlaceView, ...]


@router.get(
    "/queues/{queue}/line",
    **describe(
        Operation(
            summary="Show who comes first in a queue",
            description="In the order of the queue at this moment, with the waits of "
            "docs/waits.md. Who is being offered, or kept for somebody, stands in no line.",
            answers=LineView,
            codes=("not_found",),
        )
    ),
)
async def get_line(
    queue: IdInPath, access: Read, limit: Limit = SHOWN, min_position: MinPosition = None
) -> Response:
    """The first of a queue."""
    await at_least(access, min_position)
    access.require()
    projection, state = access.hosted.projection, access.hosted.projection.state
    if queue not in state.policy.get("queues", {}):
        raise ProblemError("not_found", f"the policy in force has no queue {queue!r}")
    now_ms = access.hosted.board.now_ms()
    first, waiting = projection.line(queue, limit, now_ms)
    places = (_place(state, name, number, now_ms) for number, name in enumerate(first, 1))
    return answer(access, LineView(queue=queue, waiting=waiting, first=tuple(places)))


def _place(state: State, interaction_id: str, position: int, now_ms: int) -> LinePlaceView:
    interaction = state.interactions[interaction_id]
    found = expected_wait(state.departures.get(interaction.queue), position, now_ms)
    wait_ms, low_ms, high_ms = found or (None, None, None)
    return LinePlaceView(
        position=position,
        interaction_id=interaction_id,
        channel=interaction.channel,
        priority=interaction.priority,
        origin_ms=interaction.origin_ms,
        step=0 if interaction.progress is None else interaction.progress.step,
        wait_ms=wait_ms,
        wait_ms_low=low_ms,
        wait_ms_high=high_ms,
    )
