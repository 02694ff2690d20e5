"""Queues: what waits in each, since when, and what the policy says of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
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
from adapters.api.contract.requests import Limit, MinPosition
from adapters.api.paths import IdInPath
from adapters.api.problems import ProblemError
from adapters.identity.permissions import Permission
from adapters.wallboard.places import Cell
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
            description="Those of the policy in force, in the order of their names. Counts are "
            "kept as records come: asking costs the same however much is open.",
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
    cells = await _cells(access)
    known = access.hosted.projection.state.policy.get("queues", {})
    names = sorted(name for name in known if name > after)
    items = [_view(access, name, cells.get(name, ())) for name in names[:limit]]
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
    cells = await _cells(access)
    return answer(access, _view(access, queue, cells.get(queue, ())))


async def _cells(access: Access) -> Mapping[str, Sequence[Cell]]:
    """What is open of each queue, by channel."""
    floor = await access.hosted.board.now()
    found: defaultdict[str, list[Cell]] = defaultdict(list)
    for cell in floor.cells.values():
        found[cell.queue].append(cell)
    return found


def _view(access: Access, queue: str, cells: Sequence[Cell]) -> QueueView:
    projection = access.hosted.projection
    oldest = [cell.oldest_ms for cell in cells if cell.waiting]
    groups = map(queue_and_group, projection.state.open_groups)
    return QueueView(
        queue=queue,
        waiting=sum(cell.waiting for cell in cells),
        waiting_by_channel={cell.channel: cell.waiting for cell in cells if cell.waiting},
        longest_wait_ms=max(0, projection.now_ms - min(oldest)) if oldest else 0,
        suspended=sum(cell.suspended for cell in cells),
        with_agents=sum(cell.with_agents for cell in cells),
        in_wrap_up=sum(cell.in_wrap_up for cell in cells),
        open_groups=tuple(name for of, name in groups if of == queue),
        policy=projection.state.policy.get("queues", {}).get(queue, {}),
    )
