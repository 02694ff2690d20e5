"""What the API answers about messages, typed."""

from __future__ import annotations

from msgspec import Struct

__all__ = (
    "Address",
    "Attachment",
    "Delivery",
    "DialogueMessage",
    "KnownMessage",
    "Outgoing",
    "Said",
)


class _Model(Struct, frozen=True, kw_only=True):
    pass


class Address(_Model, frozen=True):
    """Where somebody is reached: ``medium`` as ``email`` or ``phone``, and the address there."""

    medium: str
    address: str
    name: str = ""


class Attachment(_Model, frozen=True):
    """A file that belongs to a message, by reference."""

    uri: str
    name: str = ""
    media_type: str = "application/octet-stream"
    size_bytes: int = 0
    sha256: str = ""


class Delivery(_Model, frozen=True):
    """What became of a message that was to be sent: ``queued``, ``sent``, ``delivered``, ``read``
    or ``failed`` with its reason."""

    message_id: str
    state: str
    at_ms: int = 0
    reason: str = ""
    provider_id: str = ""


class DialogueMessage(_Model, frozen=True):
    """One thing said in a conversation: by its customer (``in``), or to them (``out``). ``order``
    is its place in the dialogue."""

    message_id: str
    conversation_id: str
    account: str
    channel: str
    direction: str
    at_ms: int
    order: str = ""
    customer_id: str = ""
    agent_id: str = ""
    sender: Address | None = None
    reply_to: Address | None = None
    recipients: tuple[Address, ...] = ()
    subject: str = ""
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    thread: tuple[str, ...] = ()
    delivery: Delivery | None = None


class KnownMessage(_Model, frozen=True):
    """A message that was said, and where it has led ("": nowhere yet)."""

    message_id: str
    conversation_id: str
    interaction_id: str


class Outgoing(_Model, frozen=True):
    """A message that is to be sent, and its place among those of its account."""

    order: str
    message: DialogueMessage


class Said(_Model, frozen=True):
    """Where a message stands. ``is_new``: it has begun that interaction; ``repeated``: it was known
    before."""

    message_id: str
    conversation_id: str
    interaction_id: str
    is_new: bool
    repeated: bool
