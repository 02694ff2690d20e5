"""What is written into a customer's record: owner, preferences, issues, offers made, outcomes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from fastapi import APIRouter
from msgspec import Meta, Struct
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.contract.access import Access
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
from adapters.record.reading import person_of
from adapters.record.views import (
    IssueView,
    OfferMadeView,
    OutcomeView,
    OwnerView,
    PreferenceView,
)
from adapters.record.writing import (
    add_outcome,
    put_issue,
    put_offer_made,
    set_owner,
    set_preference,
)
from router import limits
from router.command_terms import TimestampMs

__all__ = ("router",)

router = APIRouter(prefix="/v1/customers", tags=["records"])

CODES: Final = (*RECORD_CODES, "customer_conflict")

OptionalName = Annotated[str, Meta(max_length=limits.IDENTIFIER_MAX)]
Line = Annotated[str, Meta(max_length=500)]
WrittenText = Annotated[str, Meta(min_length=1, max_length=500)]
View = TypeVar("View", bound=Struct)


class OwnerBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The agent whose customer it is from now on; "": nobody's."""

    agent_id: OptionalName


class PreferenceBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is preferred; "" takes it away."""

    value: Line


class IssueBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An open matter, or (``is_resolved``) one that is open no more."""

    title: WrittenText
    queue: OptionalName = ""
    conversation_id: OptionalName = ""
    blocks_selling: bool = False
    is_resolved: bool = False


class OfferMadeBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was offered, and what the customer said to it; ``until_ms`` 0: it has no end."""

    name: WrittenText
    status: Literal["made", "accepted", "declined", "withdrawn"] = "made"
    until_ms: TimestampMs = 0
    agent_id: OptionalName = ""
    conversation_id: OptionalName = ""


class OutcomeBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How something was taken; ``score`` 1.0: as well as can be."""

    kind: Literal["survey", "sentiment", "outcome"]
    outcome: Line = ""
    score: Annotated[float, Meta(ge=0.0, le=1.0)] | None = None
    at_ms: TimestampMs = 0
    agent_id: OptionalName = ""
    queue: OptionalName = ""
    interaction_id: OptionalName = ""
    conversation_id: OptionalName = ""


_owner: Final = Body(OwnerBody)
_preference: Final = Body(PreferenceBody)
_issue: Final = Body(IssueBody)
_offer: Final = Body(OfferMadeBody)
_outcome: Final = Body(OutcomeBody)


def _told(
    summary: str,
    answers: type,
    body: type,
    example: dict[str, Any],
    action: str,
    *,
    takes_key: bool = False,
) -> dict[str, Any]:
    return describe(
        Operation(
            summary=summary,
            description="Stands in the customer record at once: docs/record.md.",
            answers=answers,
            body=body,
            body_examples={"example": example},
            codes=CODES,
            is_write=True,
            takes_key=takes_key,
            action=action,
        )
    )


async def _written(
    access: Access,
    customer_id: str,
    after: dict[str, Any],
    write: Callable[[AsyncSession, str], Awaitable[View]],
) -> Response:
    """Write into the record of a customer who is in hand, and tell what stands there."""
    entry = audited(access, "customer", customer_id, after=after)
    async with record_of_tenant(access).writing(entry) as session:
        _, ids = await person_of(session, access.hosted.tenant, customer_id)
        require_in_hand(access, ids)
        view = await write(session, access.hosted.tenant)
    return answer(access, shown(access, view))


@router.put(
    "/{customer_id}/owner",
    **_told("Say whose customer it is", OwnerView, OwnerBody, {"agent_id": "anna"},
            "customer.own"),
)  # fmt: skip
async def put_customer_owner(
    request: Request, customer_id: IdInPath, access: WriteRecord
) -> Response:
    """Set the owner."""
    require_people(access)
    body = await read_body(request, _owner)
    maker = maker_of(access)
    return await _written(
        access,
        customer_id,
        {"owner": body.agent_id},
        lambda session, tenant: set_owner(session, tenant, customer_id, body.agent_id, maker),
    )


@router.put(
    "/{customer_id}/preferences/{name}",
    **_told("Say what a customer prefers", PreferenceView, PreferenceBody, {"value": "mornings"},
            "customer.prefer"),
)  # fmt: skip
async def put_customer_preference(
    request: Request, customer_id: IdInPath, name: IdInPath, access: WriteRecord
) -> Response:
    """Set a preference."""
    body = await read_body(request, _preference)
    maker = maker_of(access)
    return await _written(
        access,
        customer_id,
        {"preference": name},
        lambda session, tenant: set_preference(
            session, tenant, customer_id, name, body.value, maker
        ),
    )


@router.put(
    "/{customer_id}/issues/{issue_id}",
    **_told("Open an issue, change it or resolve it", IssueView, IssueBody,
            {"title": "router does not sync", "blocks_selling": True}, "customer.issue"),
)  # fmt: skip
async def put_customer_issue(
    request: Request, customer_id: IdInPath, issue_id: IdInPath, access: WriteRecord
) -> Response:
    """Write an issue."""
    body = await read_body(request, _issue)
    told = msgspec.structs.asdict(body)
    maker = maker_of(access)
    return await _written(
        access,
        customer_id,
        {"issue": issue_id, "is_resolved": told["is_resolved"]},
        lambda session, tenant: put_issue(session, tenant, customer_id, issue_id, told, maker),
    )


@router.put(
    "/{customer_id}/offers-made/{offer_made_id}",
    **_told("Say what a customer was offered", OfferMadeView, OfferMadeBody,
            {"name": "fibre 500", "status": "declined"}, "customer.offer"),
)  # fmt: skip
async def put_customer_offer(
    request: Request, customer_id: IdInPath, offer_made_id: IdInPath, access: WriteRecord
) -> Response:
    """Write an offer."""
    body = await read_body(request, _offer)
    told = msgspec.structs.asdict(body)
    maker = maker_of(access)
    return await _written(
        access,
        customer_id,
        {"offer_made": offer_made_id, "status": told["status"]},
        lambda session, tenant: put_offer_made(
            session, tenant, customer_id, offer_made_id, told, maker
        ),
    )


@router.post(
    "/{customer_id}/outcomes",
    **_told("Say how something was taken", OutcomeView, OutcomeBody,
            {"kind": "survey", "score": 0.9, "agent_id": "anna"}, "customer.outcome",
            takes_key=True),
)  # fmt: skip
async def add_customer_outcome(
    request: Request, customer_id: IdInPath, access: WriteRecord
) -> Response:
    """Add an outcome."""
    body = await read_body(request, _outcome)
    told = msgspec.structs.asdict(body)
    maker = maker_of(access)
    return await _written(
        access,
        customer_id,
        {"kind": told["kind"]},
        lambda session, tenant: add_outcome(session, tenant, customer_id, told, maker),
    )
