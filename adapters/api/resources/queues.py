"""Queues: what waits in each, since when, and what the policy says of it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import answer
from adapters.api.contract.conditions import at_least
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.paging import LIMIT, Page, key_of, next_link
from adapters.api.contract.requests import IdInPath, Limit, MinPosition
from adapters.api.holding.tallies import QueueTally
from adapters.api.problems import ProblemError
from adapters.identity.permissions import Permission
from router.groups import queue_and_group

__all__ = ("router",)

router = APIRouter(prefix="/v1", tags=["queues"])

Read = Annotated[Access, Depends(allowed(Permission.QUEUES_READ))]


class QueueView(Struct, frozen=True, kw_only=True):
    """A queue. ``waiting`` counts what is being offered too; ``longest_wait_ms`` is 0 where nothing
    waits. ``policy`` is what the policy in force says of the queue."""

    queue: str
    waiting: int
    waiting_by_channel: dict[str, int]
    longest_wait_ms: int
    suspended: int
    with_agents: int
    in_wrap_up: int
    open_groups: tuple[str, ...]
    policy: dict[str, Any]


@router.get(
    "/queues",
    **describe(
        Operation(
            summary="List queues",
            description="Those of the policy in force, in the order of their names. Counts are of "
            "the moment; a second or more old where very much is open.",
            answers=Page[QueueView],
        )
    ),
)
async def list_queues(
    request: Request,
    access: Read,
    limit: Limit = LIMIT,
    cursor: str | None = None,
    min_position: MinPosition = None,
) -> Response:
    """A page of queues."""
    await at_least(access, min_position)
    after = key_of(cursor, str, "")
    tallies = await access.hosted.tallies.by_queue()
    known = access.hosted.projection.state.policy.get("queues", {})
    names = sorted(name for name in known if name > after)
    items = [_view(access, name, tallies.get(name)) for name in names[:limit]]
    more = next_link(request, names[limit - 1]) if len(names) > limit else None
    return answer(access, Page(items=items, next=more))


@router.get(
    "/queues/{queue}",
    **describe(Operation(summary="Show a queue", answers=QueueView, codes=("not_found",))),
)
async def get_queue(queue: IdInPath, access: Read, min_position: MinPosition = None) -> Response:
    """One queue."""
    await at_least(access, min_position)
    if queue not in access.hosted.projection.state.policy.get("queues", {}):
        raise ProblemError("not_found", f"the policy in force has no queue {queue!r}")
    tallies = await access.hosted.tallies.by_queue()
    return answer(access, _view(access, queue, tallies.get(queue)))


def _view(access: Access, queue: str, found: QueueTally | None) -> QueueView:
    projection = access.hosted.projection
    tally = found or QueueTally()
    groups = map(queue_and_group, projection.state.open_groups)
    return QueueView(
        queue=queue,
        waiting=tally.waiting,
        waiting_by_channel=dict(tally.by_channel),
        longest_wait_ms=max(0, projection.now_ms - tally.oldest_ms) if tally.waiting else 0,
        suspended=tally.suspended,
        with_agents=tally.with_agents,
        in_wrap_up=tally.in_wrap_up,
        open_groups=tuple(name for of, name in groups if of == queue),
        policy=projection.state.policy.get("queues", {}).get(queue, {}),
    )
