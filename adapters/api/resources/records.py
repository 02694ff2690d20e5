"""The customer record: who somebody is, and all that happened, over every medium."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.contract.answers import answer
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.paging import Page, key_of, next_link
from adapters.api.paths import IdInPath
from adapters.api.resources.finding import require_whose
from adapters.api.resources.record_access import (
    RECORD_CODES,
    ReadRecord,
    record_of_tenant,
    require_in_hand,
    require_people,
    shown,
)
from adapters.media.message import digest_of
from adapters.record.people import changes_of, find_identity
from adapters.record.reading import messages_of, person_of, record_of
from adapters.record.schema import ADDRESS_MAX, IDENTIFIER_MAX
from adapters.record.views import (
    CustomerRecordView,
    IdentityChangeView,
    IdentityView,
    RecordMessageView,
)

__all__ = ("router",)

router = APIRouter(prefix="/v1", tags=["records"])

SEGMENTS: Final = 20
SEGMENTS_MAX: Final = 200
MESSAGES_MAX: Final = 50
"""Of one page: each may have 64 KiB."""

SEQUENCE_MAX: Final = 2**63 - 1

IDENTITY_EXAMPLE: Final[dict[str, Any]] = {
    "medium": "email",
    "address": "mia@example.org",
    "customer_id": "c-7",
    "person_id": "c-7",
    "since_ms": 1_767_225_600_000,
    "source": "key:fqd3x5vjk2m7abcd",
}


@router.get(
    "/customers/{customer_id}/record",
    **describe(
        Operation(
            summary="Show all that is known of a customer",
            description="Identities, preferences, issues, offers made, outcomes and conversations, "
            "with a page of segments, the newest first: docs/record.md. Of somebody of whom "
            "nothing is known all of it is empty. Agents see those of whom they have something in "
            "hand.",
            answers=CustomerRecordView,
            codes=RECORD_CODES,
        )
    ),
)
async def get_customer_record(
    request: Request,
    customer_id: IdInPath,
    access: ReadRecord,
    limit: Annotated[int, Query(ge=1, le=SEGMENTS_MAX, description="Segments at most.")] = SEGMENTS,
    cursor: str | None = None,
) -> Response:
    """The whole record."""
    require_whose(access)
    before = _place(cursor)
    async with record_of_tenant(access).reading() as session:
        _, ids = await person_of(session, access.hosted.tenant, customer_id)
        require_in_hand(access, ids)
        view, further = await record_of(session, access.hosted.tenant, customer_id, before, limit)
    if access.hosted.gathering is not None:
        found = await access.hosted.gathering.gather(customer_id)
        view = msgspec.structs.replace(view, elsewhere=found)
    if further:
        view = msgspec.structs.replace(view, next=next_link(request, further))
    return answer(access, shown(access, view))


@router.get(
    "/customers/{customer_id}/record/changes",
    **describe(
        Operation(
            summary="List what was said of who a customer is",
            description="Every address that was added, every merge and split, the newest first.",
            answers=Page[IdentityChangeView],
            codes=RECORD_CODES,
        )
    ),
)
async def list_record_changes(
    request: Request,
    customer_id: IdInPath,
    access: ReadRecord,
    limit: Annotated[int, Query(ge=1, le=SEGMENTS_MAX, description="How many at most.")] = SEGMENTS,
    cursor: str | None = None,
) -> Response:
    """A page of changes."""
    require_people(access)
    require_whose(access)
    before = _place(cursor)
    async with record_of_tenant(access).reading() as session:
        found = await changes_of(session, access.hosted.tenant, customer_id, before, limit + 1)
    page = found[:limit]
    more = next_link(request, page[-1].number) if len(found) > limit else None
    return answer(access, Page(items=[shown(access, each) for each in page], next=more))


@router.get(
    "/customers/{customer_id}/messages",
    **describe(
        Operation(
            summary="List what was said with a customer",
            description="On every medium, by either side, the newest first: docs/record.md.",
            answers=Page[RecordMessageView],
            codes=RECORD_CODES,
        )
    ),
)
async def list_record_messages(
    request: Request,
    customer_id: IdInPath,
    access: ReadRecord,
    limit: Annotated[int, Query(ge=1, le=MESSAGES_MAX, description="How many at most.")] = SEGMENTS,
    cursor: Annotated[str | None, Query(max_length=1_024)] = None,
) -> Response:
    """A page of messages."""
    require_whose(access)
    at_ms, key = key_of(cursor, tuple[int, str], (SEQUENCE_MAX, ""))
    before = (max(0, min(at_ms, SEQUENCE_MAX)), key.replace("\x00", ""))
    tenant = access.hosted.tenant
    async with record_of_tenant(access).reading() as session:
        _, ids = await person_of(session, tenant, customer_id)
        require_in_hand(access, ids)
        page = await messages_of(session, tenant, ids, before, limit)
    more = None
    if len(page) == limit:
        last = page[-1]
        more = next_link(request, (last.at_ms, digest_of(last.account, last.message_id)))
    return answer(access, Page(items=[shown(access, each) for each in page], next=more))


@router.get(
    "/identities",
    **describe(
        Operation(
            summary="Find the customer who is met at an address",
            description="Numbers are compared by their digits, all else without regard to upper "
            "and lower case.",
            answers=IdentityView,
            example=IDENTITY_EXAMPLE,
            codes=(*RECORD_CODES, "unknown_identity"),
        )
    ),
)
async def find_customer_identity(
    access: ReadRecord,
    medium: Annotated[
        str, Query(min_length=1, max_length=IDENTIFIER_MAX, description="As email, or phone.")
    ],
    address: Annotated[
        str, Query(min_length=1, max_length=ADDRESS_MAX, description="As it is written there.")
    ],
) -> Response:
    """Whose an address is."""
    require_people(access)
    require_whose(access)
    async with record_of_tenant(access).reading() as session:
        found = await find_identity(session, access.hosted.tenant, medium, address)
    return answer(access, shown(access, found))


def _place(cursor: str | None) -> int:
    """Where a page begins; a cursor of somebody else's making may name any number."""
    return max(0, min(key_of(cursor, int, 0), SEQUENCE_MAX))
