"""Who is who: addresses that are added, customers that are merged and split."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.contract.answers import answer
from adapters.api.contract.auditing import audited
from adapters.api.contract.bodies import Body
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.requests import read_body
from adapters.api.paths import IdInPath
from adapters.api.resources.record_access import (
    RECORD_CODES,
    WriteRecord,
    maker_of,
    record_of_tenant,
    require_in_hand,
    require_people,
    shown,
)
from adapters.record.people import (
    add_identity,
    change_view,
    merge,
    split,
    undo_merge,
)
from adapters.record.reading import person_of
from adapters.record.schema import ADDRESS_MAX, IDENTIFIER_MAX
from adapters.record.views import IdentityChangeView, IdentityView
from router.requirements import Identifier

__all__ = ("router",)

router = APIRouter(prefix="/v1/customers", tags=["records"])

MOVED_MAX: Final = 100
"""Addresses, or conversations, of one split."""

REASON_CHARACTERS_MAX: Final = 1_000
CODES: Final = (*RECORD_CODES, "unknown_identity", "customer_conflict")

Medium = Annotated[str, Meta(min_length=1, max_length=IDENTIFIER_MAX, pattern=r"\S")]
Where = Annotated[str, Meta(min_length=1, max_length=ADDRESS_MAX, pattern=r"\S")]
Why = Annotated[str, Meta(max_length=REASON_CHARACTERS_MAX)]


class IdentityBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a customer is met: a medium, and the address there."""

    medium: Medium
    address: Where
    reason: Why = ""


class MergeBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The customer who turned out to be the same person."""

    into: Identifier
    reason: Why = ""


class MovedIdentity(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An address that is another customer's."""

    medium: Medium
    address: Where


class SplitBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is another customer's (``to``); without it, a merge is undone."""

    to: Identifier | None = None
    identities: Annotated[tuple[MovedIdentity, ...], Meta(max_length=MOVED_MAX)] = ()
    conversations: Annotated[tuple[Identifier, ...], Meta(max_length=MOVED_MAX)] = ()
    reason: Why = ""


_identity: Final = Body(IdentityBody)
_merge: Final = Body(MergeBody)
_split: Final = Body(SplitBody)

ADDRESS_EXAMPLE: Final[dict[str, Any]] = {"medium": "email", "address": "mia@example.org"}
SPLIT_EXAMPLES: Final[dict[str, Any]] = {
    "undo a merge": {"reason": "two people with one name"},
    "an address": {"to": "c-8", "identities": [ADDRESS_EXAMPLE]},
}


@router.post(
    "/{customer_id}/identities",
    **describe(
        Operation(
            summary="Say where a customer is met",
            description="Repeated, it changes nothing. An address that is another person's is "
            "refused: merge the two, or split it off there.",
            answers=IdentityView,
            body=IdentityBody,
            body_examples={"mail": ADDRESS_EXAMPLE},
            codes=CODES,
            is_write=True,
            takes_key=True,
            action="customer.identify",
        )
    ),
)
async def add_customer_identity(
    request: Request, customer_id: IdInPath, access: WriteRecord
) -> Response:
    """Add an address."""
    body = await read_body(request, _identity)
    tenant = access.hosted.tenant
    entry = audited(access, "customer", customer_id, after={"medium": body.medium})
    async with record_of_tenant(access).writing(entry) as session:
        _, ids = await person_of(session, tenant, customer_id)
        require_in_hand(access, ids)
        given, maker = (body.medium, body.address), maker_of(access, body.reason)
        view = await add_identity(session, tenant, customer_id, given, maker)
    return answer(access, shown(access, view))


@router.post(
    "/{customer_id}/merge",
    **describe(
        Operation(
            summary="Say that two customers are one person",
            description="They are shown as one from now on, under the id of `into`. What each had "
            "stays theirs, so that `split` can undo it.",
            answers=IdentityChangeView,
            body=MergeBody,
            body_examples={"the same person": {"into": "c-7", "reason": "same address"}},
            codes=CODES,
            is_write=True,
            takes_key=True,
            action="customer.merge",
        )
    ),
)
async def merge_customer(request: Request, customer_id: IdInPath, access: WriteRecord) -> Response:
    """Merge a customer into another."""
    require_people(access)
    body = await read_body(request, _merge)
    entry = audited(access, "customer", customer_id, after={"merged_into": body.into})
    async with record_of_tenant(access).writing(entry) as session:
        maker = maker_of(access, body.reason)
        change = await merge(session, access.hosted.tenant, customer_id, body.into, maker)
        await session.flush()
        view = change_view(change)
    return answer(access, shown(access, view))


@router.post(
    "/{customer_id}/split",
    **describe(
        Operation(
            summary="Take apart who was taken for one",
            description="Undoes the merge of a customer into another; or, with `to`, gives "
            "addresses and conversations of theirs to another customer, who may be new.",
            answers=IdentityChangeView,
            body=SplitBody,
            body_examples=SPLIT_EXAMPLES,
            is_body_optional=True,
            codes=CODES,
            is_write=True,
            takes_key=True,
            action="customer.split",
        )
    ),
)
async def split_customer(request: Request, customer_id: IdInPath, access: WriteRecord) -> Response:
    """Split a customer."""
    require_people(access)
    body = await read_body(request, _split)
    tenant, maker = access.hosted.tenant, maker_of(access, body.reason)
    entry = audited(access, "customer", customer_id, after={"split_to": body.to or ""})
    async with record_of_tenant(access).writing(entry) as session:
        if body.to is None:
            change = await undo_merge(session, tenant, customer_id, maker)
        else:
            identities = [(each.medium, each.address) for each in body.identities]
            moved = (identities, body.conversations)
            change = await split(session, tenant, customer_id, body.to, maker, *moved)
        await session.flush()
        view = change_view(change)
    return answer(access, shown(access, view))
