"""A message: one thing said in a conversation, on whatever medium."""

from __future__ import annotations

from hashlib import blake2b
from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta, Struct

from router import limits
from router.command_terms import TimestampMs
from router.requirements import Identifier

__all__ = (
    "ADDRESSES_MAX",
    "ATTACHMENTS_MAX",
    "MESSAGE_ID_CHARACTERS_MAX",
    "TEXT_CHARACTERS_MAX",
    "THREAD_MAX",
    "Address",
    "Addresses",
    "Attachment",
    "Attachments",
    "DeliveryState",
    "Direction",
    "Message",
    "MessageId",
    "MessageText",
    "ReportedState",
    "Subject",
    "Thread",
    "digest_of",
    "interaction_id_of",
)

TEXT_CHARACTERS_MAX: Final = 65_536
"""Of one message: what is longer goes as an attachment."""

ADDRESS_CHARACTERS_MAX: Final = 320
"""The longest e-mail address; numbers and handles are shorter."""

MESSAGE_ID_CHARACTERS_MAX: Final = 998
"""A line of a mail, in which a Message-ID stands."""

SUBJECT_CHARACTERS_MAX: Final = 998
ADDRESSES_MAX: Final = 100
ATTACHMENTS_MAX: Final = 100
THREAD_MAX: Final = 50
"""Messages that one may answer: mails name all that came before; the first and the last count."""

URI_CHARACTERS_MAX: Final = 2_048

Direction: TypeAlias = Literal["in", "out"]
DeliveryState: TypeAlias = Literal["", "queued", "sent", "delivered", "read", "failed"]
ReportedState: TypeAlias = Literal["sent", "delivered", "read", "failed"]
Name: TypeAlias = Annotated[str, Meta(max_length=255)]
MessageId: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=MESSAGE_ID_CHARACTERS_MAX, pattern=r"^[^\x00-\x1f\x7f]+\Z")
]
MessageText: TypeAlias = Annotated[str, Meta(max_length=TEXT_CHARACTERS_MAX)]
Subject: TypeAlias = Annotated[str, Meta(max_length=SUBJECT_CHARACTERS_MAX)]
Thread: TypeAlias = Annotated[tuple[MessageId, ...], Meta(max_length=THREAD_MAX)]


class Address(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where somebody is reached: ``medium`` as ``email`` or ``phone``, and the address there."""

    medium: Annotated[str, Meta(min_length=1, max_length=32)]
    address: Annotated[str, Meta(min_length=1, max_length=ADDRESS_CHARACTERS_MAX)]
    name: Name = ""


class Attachment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that belongs to a message, by reference: OneQueue never holds its contents."""

    uri: Annotated[str, Meta(min_length=1, max_length=URI_CHARACTERS_MAX)]
    name: Name = ""
    media_type: Name = "application/octet-stream"
    size_bytes: Annotated[int, Meta(ge=0, le=2**53)] = 0
    sha256: Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?\Z")] = ""


Addresses: TypeAlias = Annotated[tuple[Address, ...], Meta(max_length=ADDRESSES_MAX)]
Attachments: TypeAlias = Annotated[tuple[Attachment, ...], Meta(max_length=ATTACHMENTS_MAX)]


class Message(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """As it stands in a dialogue.

    ``message_id`` is the medium's own, unique within the ``account`` (a mailbox, a number, a page)
    on which it came or goes; ``thread`` names the messages that it answers, the oldest first.
    ``agent_id`` is who says it; "": the customer, or a system. ``reply_to`` is where the sender
    wants answers instead of at their own address.
    """

    message_id: MessageId
    account: Identifier
    channel: Identifier
    direction: Direction
    at_ms: TimestampMs
    conversation_id: str = ""
    customer_id: str = ""
    agent_id: str = ""
    sender: Address | None = None
    reply_to: Address | None = None
    recipients: Addresses = ()
    subject: Subject = ""
    text: MessageText = ""
    attachments: Attachments = ()
    thread: Thread = ()


def digest_of(*parts: str) -> str:
    """A name of fixed length for some texts, the same on every host."""
    told = blake2b(digest_size=16)
    for part in parts:
        data = part.encode(errors="surrogateescape")
        told.update(len(data).to_bytes(4, "big") + data)
    return told.hexdigest()


def interaction_id_of(account: str, message_id: str) -> str:
    """The id of the interaction that a message begins: whoever repeats it finds the same one."""
    plain = f"{account}:{message_id}"
    if len(plain) <= limits.IDENTIFIER_MAX:
        return plain
    return f"{account[:64]}:{digest_of(account, message_id)}"
