"""Saying something to a customer: what is left out is as of their last message, and agents say it
in conversations that they have in hand. The API and desktops both come here."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from msgspec import Meta, Struct, field

from adapters.media.dialogues import Delivery, Dialogues, Kept
from adapters.media.errors import NotSaid
from adapters.media.message import (
    THREAD_MAX,
    Addresses,
    Attachments,
    Message,
    MessageText,
    Subject,
    Thread,
)
from adapters.projection.projection import Projection
from router import limits
from router.requirements import Identifier

__all__ = ("OptionalId", "SaidOut", "SayBody", "agents_with", "require_channel", "say")

OptionalId = Annotated[str, Meta(max_length=limits.IDENTIFIER_MAX)]


class SayBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is said to a customer; what is left out is as of their last message: ``account`` and
    ``channel`` as theirs, to its sender (or where they want answers), in answer to it."""

    message_id: Identifier | None = None
    account: Identifier | None = None
    channel: Identifier | None = None
    recipients: Addresses = ()
    subject: Subject = ""
    text: MessageText = ""
    attachments: Attachments = ()
    thread: Thread = field(default_factory=tuple)
    agent_id: OptionalId = ""


class SaidOut(NamedTuple):
    """What was said, as it stands in the dialogue; ``is_repeated``: it stood there before."""

    kept: Kept
    is_repeated: bool


def agents_with(projection: Projection, conversation_id: str) -> set[str]:
    """The agents who have an interaction of a conversation in hand."""
    assignments = projection.state.assignments
    found = (assignments.get(name) for name in projection.conversations.of(conversation_id))
    return {one.agent_id for one in found if one is not None}


def require_channel(policy: Mapping[str, Any], channel: str) -> None:
    """See that the policy in force has a channel. Raises :class:`NotSaid`."""
    if policy and channel not in policy["channels"]:
        detail = f"the policy in force has no channel {channel!r}"
        raise NotSaid("unknown_channel", detail, "channel")


async def say(
    dialogues: Dialogues,
    policy: Mapping[str, Any],
    conversation_id: str,
    body: SayBody,
    fresh_id: str,
    audit: bytes = b"",
) -> SaidOut:
    """Have something sent; ``fresh_id`` is the message's, where the body has none. Raises
    :class:`NotSaid`, :class:`adapters.media.errors.TooManyUnsent`, ``StoreUnavailable``."""
    message = await _reply(dialogues, conversation_id, body, fresh_id)
    require_channel(policy, message.channel)
    written = await dialogues.say(message, conversation_id, audit)
    kept = await dialogues.message(conversation_id, written.entry_id)
    is_elsewhere = written.conversation_id != conversation_id
    if is_elsewhere or (kept is not None and kept.message.direction != "out"):
        # to answer as of a repeat would leave it unsaid, and nobody would know
        detail = "something else was said under this id on the account: give it another one"
        raise NotSaid("invalid", detail, "message_id")
    missing = Kept(written.entry_id, message, Delivery("queued"))
    return SaidOut(kept or missing, written.is_repeated)


async def _reply(
    dialogues: Dialogues, conversation_id: str, body: SayBody, fresh_id: str
) -> Message:
    """What is to be sent, with what its asker left out."""
    if not body.text and not body.attachments:
        raise _missing("text", "say something, or attach it")
    account, channel, recipients = body.account, body.channel, body.recipients
    lately = await dialogues.lately(conversation_id)
    if body.message_id and not account:
        # a repeat goes where it went, even if the customer has written elsewhere meanwhile
        same = (one for one in lately if one.direction == "out")
        account = next((one.account for one in same if one.message_id == body.message_id), None)
    heard = (one for one in lately if one.direction == "in")
    last = next((one for one in heard if account in {None, one.account}), None)
    if last is not None:
        account, channel = account or last.account, channel or last.channel
        wanted = last.reply_to or last.sender
        recipients = recipients or ((wanted,) if wanted else ())
    if not account or not channel:
        name = "channel" if account else "account"
        raise _missing(name, "the customer has not written there: say where it goes out")
    return Message(
        message_id=body.message_id or fresh_id,
        account=account,
        channel=channel,
        direction="out",
        at_ms=time.time_ns() // 1_000_000,
        conversation_id=conversation_id,
        agent_id=body.agent_id,
        recipients=recipients,
        subject=body.subject or (last.subject if last else ""),
        text=body.text,
        attachments=body.attachments,
        thread=body.thread or (_thread_behind(last) if last else ()),
    )


def _thread_behind(last: Message) -> tuple[str, ...]:
    """What a reply answers: what began the thread, and the newest of it."""
    thread = (*last.thread, last.message_id)
    return thread if len(thread) <= THREAD_MAX else (thread[0], *thread[1 - THREAD_MAX :])


def _missing(name: str, detail: str) -> NotSaid:
    return NotSaid("invalid", detail, name)
