"""Messages: what customers say on whatever medium, and what is said to them."""

from __future__ import annotations

import secrets
import time
from functools import partial
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Query
from msgspec import Struct, structs
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import answer
from adapters.api.contract.auditing import audited
from adapters.api.contract.bodies import Body, body_of, plain_body
from adapters.api.contract.carrying_out import REPEATED_HEADER
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.paging import Page, key_of, next_link
from adapters.api.contract.requests import read_body
from adapters.api.paths import IdInPath
from adapters.api.problems import Fault, ProblemError
from adapters.api.resources.actions import derived_id
from adapters.api.resources.attending import attend
from adapters.api.resources.finding import shown_interaction
from adapters.api.resources.message_views import DialogueMessageView, message_view
from adapters.api.resources.waiting import Wait, waited
from adapters.identity.permissions import Permission, Role
from adapters.media.dialogues import Kept
from adapters.media.errors import NotSaid, TooManyUnsent
from adapters.media.message import (
    Address,
    Addresses,
    Attachments,
    Message,
    MessageId,
    MessageText,
    Subject,
    Thread,
    digest_of,
    interaction_id_of,
)
from adapters.media.saying import OptionalId, SayBody, agents_with, require_channel, say
from adapters.redis.stream_ids import StreamId
from router import commands
from router.command_terms import TimestampMs
from router.requirements import Identifier

__all__ = ("MESSAGES_MAX", "Place", "Some", "router")

router = APIRouter(prefix="/v1", tags=["messages"])

Write = Annotated[Access, Depends(allowed(Permission.INTERACTIONS_WRITE))]
Read = Annotated[Access, Depends(allowed(Permission.INTERACTIONS_READ))]
Answer = Annotated[Access, Depends(allowed(Permission.OFFERS_ANSWER))]

MESSAGES_MAX: Final = 100
"""Of one page: each may have 64 KiB."""

NOTHING: Final = (0, 0)
"""Stands before every entry of a dialogue."""

Some = Annotated[int, Query(ge=1, le=MESSAGES_MAX, description="How many at most.")]
Place = Annotated[
    str,
    Query(
        pattern=r"^(\d{1,19}-\d{1,19})?$",
        description="Only what stands behind this `order`.",
    ),
]
_interaction: Final = body_of(
    commands.Create,
    ("interaction_id", "channel", "customer_id", "conversation_id", "link"),
    name="InteractionTerms",
)
_said: Final[Body[Any]] = Body(
    plain_body(
        "MessageBody",
        [
            ("account", Identifier, msgspec.field()),
            ("message_id", MessageId, msgspec.field()),
            ("channel", Identifier, msgspec.field()),
            ("at_ms", TimestampMs, 0),
            ("conversation_id", OptionalId, ""),
            ("customer_id", OptionalId, ""),
            ("sender", Address | None, None),
            ("reply_to", Address | None, None),
            ("recipients", Addresses, ()),
            ("subject", Subject, ""),
            ("text", MessageText, ""),
            ("attachments", Attachments, ()),
            ("thread", Thread, ()),
            ("interaction", _interaction.kind, msgspec.field(default_factory=_interaction.kind)),
        ],
        "What a customer has said; ``interaction`` is for the one that is created, if one is.",
    )
)


_say: Final = Body(SayBody)

MESSAGE_EXAMPLE: Final[dict[str, Any]] = {
    "account": "support@example.com",
    "message_id": "<4711@mail.example.org>",
    "channel": "chat",
    "sender": {"medium": "email", "address": "mia@example.org", "name": "Mia"},
    "subject": "My bill",
    "text": "It is too high.",
    "interaction": {"priority": 1},
}
SAY_EXAMPLE: Final[dict[str, Any]] = {"text": "We have looked at it: you are right."}


class SaidView(Struct, frozen=True, kw_only=True):
    """Where a message stands. ``is_new``: it has begun that interaction; ``repeated``: it was known
    before."""

    message_id: str
    conversation_id: str
    interaction_id: str
    is_new: bool
    repeated: bool


@router.post(
    "/messages",
    **describe(
        Operation(
            summary="Tell what a customer has said",
            description="The message is written into its conversation: the one named, else that of "
            "the messages it answers (`thread`), else a new one. A conversation without an open "
            "interaction of the channel gets one. Repeated with the same `account` and "
            "`message_id`, after whatever fault, it leads to the same end: docs/media.md.",
            answers=SaidView,
            status=201,
            also={200: SaidView},
            body=_said.kind,
            body_examples={"mail": MESSAGE_EXAMPLE},
            codes=("unknown_channel", "overflow", "intake_closed", "quota_exceeded"),
            is_write=True,
        )
    ),
)
async def hear_message(request: Request, access: Write) -> Response:
    """Take in what a customer has said."""
    body = await read_body(request, _said)
    access.note(account=body.account)
    _require_channel(access, body.channel)
    told = msgspec.structs.asdict(body)
    terms = _interaction.terms(told.pop("interaction"))
    told["at_ms"] = told["at_ms"] or _now_ms()
    message = Message(direction="in", **told)
    written = await access.hosted.dialogues.say(message, _fresh_conversation(message))
    interaction_id = await attend(access, message, written, terms)
    access.note(interaction_id=interaction_id)
    said = SaidView(
        message_id=message.message_id,
        conversation_id=written.conversation_id,
        interaction_id=interaction_id,
        is_new=interaction_id == interaction_id_of(message.account, message.message_id),
        repeated=written.is_repeated,
    )
    return answer(access, said, *_status(written.is_repeated))


@router.get(
    "/conversations/{conversation_id}/messages",
    **describe(
        Operation(
            summary="List what was said in a conversation",
            description="The oldest first, on whatever medium; the newest 1,000, until 30 days "
            "after the last. What is personal is hidden from whom may not see it. Whoever has read "
            "to some `order` reads on with it as `after`, with `wait_s` as soon as there is more.",
            answers=Page[DialogueMessageView],
            codes=("unknown_conversation",),
        )
    ),
)
async def list_messages(
    request: Request,
    conversation_id: IdInPath,
    access: Read,
    after: Place = "",
    limit: Some = MESSAGES_MAX,
    wait_s: Wait = 0.0,
    cursor: Annotated[str | None, Query(max_length=1_024)] = None,
) -> Response:
    """A page of messages."""
    begin = StreamId.parse(after) if after else NOTHING
    after_key = key_of(cursor, tuple[int, int], begin)
    await _require_visible(access, conversation_id)
    start = "" if after_key == NOTHING else str(StreamId(*after_key))
    dialogues = access.hosted.dialogues
    read = partial(dialogues.messages, conversation_id, start, limit + 1)
    found = await waited(request, wait_s, read, "conversations")
    page = found[:limit]
    more = next_link(request, _place(page[-1])) if len(found) > limit else None
    items = [message_view(access, each) for each in page]
    return answer(access, Page(items=items, next=more))


@router.post(
    "/conversations/{conversation_id}/messages",
    **describe(
        Operation(
            summary="Say something to a customer",
            description="It goes out by the adapter of the account on which they wrote last, or of "
            "the one named. Agents may do so in conversations that they have in hand.",
            answers=DialogueMessageView,
            status=201,
            also={200: DialogueMessageView},
            body=SayBody,
            is_body_optional=True,
            body_examples={"reply": SAY_EXAMPLE},
            codes=("unknown_conversation", "unknown_channel", "limit"),
            is_write=True,
            takes_key=True,
            action="conversation.say",
        )
    ),
)
async def say_message(request: Request, conversation_id: IdInPath, access: Answer) -> Response:
    """Have something sent."""
    body = await read_body(request, _say)
    is_confined = access.own_agent is not None
    await _require_visible(access, conversation_id, only_in_hand=is_confined)
    fresh_id = derived_id(access.request) or secrets.token_hex(12)
    if access.own_agent is not None:
        body = structs.replace(body, agent_id=access.own_agent)
    is_audited = not is_confined and Role.INTEGRATION not in access.principal.roles
    entry = audited(access, "conversation", conversation_id) if is_audited else b""
    hosted = access.hosted
    policy = hosted.projection.state.policy
    try:
        said = await say(hosted.dialogues, policy, conversation_id, body, fresh_id, entry)
    except TooManyUnsent as error:
        raise ProblemError("limit", str(error)) from None
    except NotSaid as error:
        raise _not_said(error) from None
    return answer(access, message_view(access, said.kept), *_status(said.is_repeated))


async def _require_visible(
    access: Access, conversation_id: str, *, only_in_hand: bool = False
) -> None:
    """Of a conversation in which an agent has nothing, nobody tells them that there is one."""
    hosted = access.hosted
    known = hosted.projection.conversations.of(conversation_id)
    if access.own_agent is None:
        is_visible = bool(known) or await hosted.dialogues.exists(conversation_id)
    elif only_in_hand:
        is_visible = any(map(access.owns, agents_with(hosted.projection, conversation_id)))
    else:
        is_visible = any(_is_shown(access, name) for name in known)
    if not is_visible:
        detail = f"nothing is known of a conversation {conversation_id!r}"
        raise ProblemError("unknown_conversation", detail)


def _is_shown(access: Access, interaction_id: str) -> bool:
    try:
        shown_interaction(access, interaction_id)
    except ProblemError:
        return False
    return True


def _require_channel(access: Access, channel: str) -> None:
    try:
        require_channel(access.hosted.projection.state.policy, channel)
    except NotSaid as error:
        raise _not_said(error) from None


def _not_said(error: NotSaid) -> ProblemError:
    detail = error.detail
    return ProblemError(error.code, detail, errors=[Fault(detail, f"/{error.field}")])


def _fresh_conversation(message: Message) -> str:
    """The id of a conversation that a message begins, the same each time that it is told."""
    return f"m-{digest_of('conversation', message.account, message.message_id)}"


def _place(kept: Kept) -> tuple[int, int]:
    return StreamId.parse(kept.entry_id)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _status(is_repeated: bool) -> tuple[int, dict[str, str]]:  # noqa: FBT001  # a field's value
    return (200, {REPEATED_HEADER: "true"}) if is_repeated else (201, {})
