"""What an account is to send: read by its adapter, which reports what became of it."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from msgspec import Meta, Struct
from pydantic import StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import answer
from adapters.api.contract.bodies import Body
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.paging import Page
from adapters.api.contract.requests import read_body
from adapters.api.paths import IdInPath, MessageIdInPath
from adapters.api.problems import ProblemError
from adapters.api.resources.message_views import (
    DeliveryView,
    DialogueMessageView,
    delivery_view,
    message_view,
)
from adapters.api.resources.messages import MESSAGES_MAX, Place, Some
from adapters.api.resources.waiting import Wait, waited
from adapters.identity.permissions import Permission
from adapters.media.dialogues import Delivery, Kept, Unsent
from adapters.media.errors import UnknownMessage
from adapters.media.message import MESSAGE_ID_CHARACTERS_MAX, ReportedState
from router.command_terms import Text, TimestampMs

__all__ = ("router",)

router = APIRouter(prefix="/v1/accounts", tags=["messages"])

Write = Annotated[Access, Depends(allowed(Permission.INTERACTIONS_WRITE))]


class DeliveryBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What became of a message; ``provider_id``: what the medium calls it."""

    state: ReportedState
    provider_id: Annotated[str, Meta(max_length=MESSAGE_ID_CHARACTERS_MAX)] = ""
    reason: Text = ""
    at_ms: TimestampMs = 0


_report: Final = Body(DeliveryBody)

REPORT_EXAMPLE: Final[dict[str, Any]] = {"state": "sent", "provider_id": "SM2f0c"}


class OutgoingView(Struct, frozen=True, kw_only=True):
    """A message that is to be sent, and its place among those of its account."""

    order: str
    message: DialogueMessageView


class KnownMessageView(Struct, frozen=True, kw_only=True):
    """A message that was said, and where it has led ("": nowhere yet)."""

    message_id: str
    conversation_id: str
    interaction_id: str


MessageIds = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=MESSAGE_ID_CHARACTERS_MAX)]]
    | None,
    Query(max_length=MESSAGES_MAX, description="Given once for each."),
]


@router.get(
    "/{account}/messages",
    **describe(
        Operation(
            summary="Look which messages are known",
            description="Of those that are named, the ones that were said: so a medium can be "
            "counted against what OneQueue has.",
            answers=Page[KnownMessageView],
        )
    ),
)
async def list_known(account: IdInPath, access: Write, message_id: MessageIds = None) -> Response:
    """Those that are known."""
    names = list(dict.fromkeys(message_id or ()))
    found = await access.hosted.dialogues.known(account, names)
    items = [
        KnownMessageView(message_id=name, conversation_id=where[0], interaction_id=where[1])
        for name, where in found.items()
    ]
    return answer(access, Page(items=items))


@router.get(
    "/{account}/outgoing",
    **describe(
        Operation(
            summary="List what an account is to send",
            description="The oldest first, each until its delivery is reported. Whoever sends them "
            "may be killed between sending and reporting: then the same message is here again.",
            answers=Page[OutgoingView],
        )
    ),
)
async def list_outgoing(
    request: Request,
    account: IdInPath,
    access: Write,
    after: Place = "",
    limit: Some = MESSAGES_MAX,
    wait_s: Wait = 0.0,
) -> Response:
    """What is to be sent now, or as soon as there is something."""
    unsent = partial(access.hosted.dialogues.unsent, account, after, limit)
    items = [_view(access, each) for each in await waited(request, wait_s, unsent, "outgoing")]
    return answer(access, Page(items=items))


@router.post(
    "/{account}/outgoing/{message_id}",
    **describe(
        Operation(
            summary="Report what became of a message",
            description="By its id or, once told, the provider's. Reports may come twice and in "
            "any order: the furthest stands (`queued`, `sent`, `failed`, `delivered`, `read`).",
            answers=DeliveryView,
            body=DeliveryBody,
            body_examples={"sent": REPORT_EXAMPLE},
            codes=("unknown_message",),
            is_write=True,
            action="message.delivery",
        )
    ),
)
async def report_delivery(
    request: Request, account: IdInPath, message_id: MessageIdInPath, access: Write
) -> Response:
    """Take in what became of it."""
    body = await read_body(request, _report)
    told = Delivery(body.state, body.reason, body.at_ms, body.provider_id)
    try:
        stands = await access.hosted.dialogues.deliver(account, message_id, told)
    except UnknownMessage as error:
        raise ProblemError("unknown_message", str(error)) from None
    return answer(access, delivery_view(message_id, stands))


def _view(access: Access, unsent: Unsent) -> OutgoingView:
    kept = Kept("", unsent.message, Delivery("queued"))
    return OutgoingView(order=unsent.order, message=message_view(access, kept))
