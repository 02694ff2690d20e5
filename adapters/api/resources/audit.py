"""The audit: who changed what, for those who may read it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import answer
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.paging import LIMIT, Page, key_of, next_link
from adapters.api.contract.requests import Limit
from adapters.api.holding.hosted import Hosted
from adapters.audit.query import Found, Looked, Wanted, look_back, outcomes
from adapters.audit.stream import AuditStream
from adapters.identity.permissions import Permission
from adapters.redis.journal_stream import newest_records
from adapters.redis.stream_ids import StreamId

__all__ = ("AuditView", "router")

RECORDS_MAX: Final = 2_000
"""Records of the journal that are looked through for what came of commands."""

LOOKED_AT_MAX: Final = 2_000
"""Entries that are looked at for one page: some tens of milliseconds, with pauses."""

TIME_MS_MAX: Final = 2**53

router = APIRouter(prefix="/v1", tags=["audit"])

Read = Annotated[Access, Depends(allowed(Permission.AUDIT_READ))]
Text = Annotated[str, Query(max_length=128)]
TimeMs = Annotated[int, Query(ge=0, le=TIME_MS_MAX)]


class AuditView(Struct, frozen=True, kw_only=True):
    """One entry. ``name`` is what the API key of ``subject`` is called ("": there is none, or it is
    gone). ``outcome`` is empty where the journal tells it, and it was too long ago to look
    for: it stands in the events whose ``cause`` is ``inbound``."""

    id: str
    at_ms: int
    inbound: str
    subject: str
    name: str
    roles: tuple[str, ...]
    key_id: str
    action: str
    resource: str
    resource_id: str
    address: str
    user_agent: str
    request_id: str
    before: Any
    after: Any
    erased: bool
    outcome: str


@router.get(
    "/audit",
    **describe(
        Operation(
            summary="List who changed what",
            description="Newest first, of what has not been trimmed after its export: see "
            "docs/audit.md. Times are ms since 1970, `to_ms` is not included. A page may hold "
            "fewer than `limit`, even none: the end is where there is no `next`.",
            answers=Page[AuditView],
        )
    ),
)
async def list_audit(
    request: Request,
    access: Read,
    who: Text = "",
    what: Text = "",
    target: Text = "",
    from_ms: TimeMs = 0,
    to_ms: TimeMs = 0,
    limit: Limit = LIMIT,
    cursor: str | None = None,
) -> Response:
    """A page of entries."""
    major, minor = key_of(cursor, tuple[int, int], (0, 0))
    before = str(StreamId(major, minor)) if cursor else ""
    wanted = Wanted(who, what, target, from_ms, to_ms)
    looked = await _looked(access.hosted, wanted, before, limit)
    came_of_it = await _outcomes(access.hosted, looked.found)
    names = await access.hosted.names({one.entry.actor.subject for one in looked.found})
    items = [_view(one, came_of_it, names) for one in looked.found]
    more = looked.more_before
    link = next_link(request, StreamId.parse(more)) if more else None
    return answer(access, Page(items=items, next=link))


async def _looked(hosted: Hosted, wanted: Wanted, before: str, limit: int) -> Looked:
    stream = AuditStream(hosted.endpoint, hosted.keys)
    try:
        return await look_back(stream, wanted, before, limit, LOOKED_AT_MAX)
    finally:
        await stream.close()


async def _outcomes(hosted: Hosted, found: list[Found]) -> dict[str, str]:
    """What came of commands, as far as the newest records of the journal tell."""
    if not any(one.inbound for one in found):
        return {}
    wire = hosted.endpoint.wire("audit-outcomes")
    try:
        records = await newest_records(wire, hosted.keys.journal, RECORDS_MAX)
    finally:
        await wire.close()
    return await asyncio.to_thread(outcomes, found, lambda: iter(records))


def _view(one: Found, came_of_it: dict[str, str], names: Mapping[str, str]) -> AuditView:
    outcome = one.entry.outcome or came_of_it.get(one.inbound, "")
    told = one.to_builtins(outcome)
    name = names.get(one.entry.actor.subject, "")
    return AuditView(**told | {"roles": tuple(told["roles"]), "name": name})
