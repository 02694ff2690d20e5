"""What a webhook tells, whoever sends it: messages, receipts, and what is nothing to us."""

from __future__ import annotations

import json
from typing import Final, NamedTuple, TypeAlias

from adapters.media.message import (
    ATTACHMENTS_MAX,
    TEXT_CHARACTERS_MAX,
    Address,
    Attachment,
    ReportedState,
)
from router.errors import CallerError

__all__ = (
    "Asked",
    "Ignored",
    "Incoming",
    "Item",
    "NotFromProvider",
    "Payload",
    "Receipt",
    "Seen",
    "bounded",
    "clipped",
    "told_as_json",
)


class NotFromProvider(CallerError):
    """A request that its provider has not signed, or not now; says nothing of the secret."""


class Payload(CallerError):
    """A signed request whose body is not what its provider documents; holds nothing of it."""


class Asked(NamedTuple):
    """A request as its provider has signed it: ``url`` is the public one, with the query; names of
    headers are in lower case; ``now_s`` is the time by our clock."""

    url: str
    headers: dict[str, str]
    body: bytes
    now_s: float


class Incoming(NamedTuple):
    """What a customer has said to ``owner``, a number or page of ours. ``answers``: the message
    that it quotes. ``at_ms`` 0: the provider does not say when."""

    owner: str
    message_id: str
    sender: Address
    at_ms: int = 0
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    answers: str = ""


class Receipt(NamedTuple):
    """What became of a message, by the provider's id, or by ours (``message_id``) where the
    provider hands that back."""

    owner: str
    provider_id: str
    state: ReportedState
    message_id: str = ""
    reason: str = ""
    at_ms: int = 0


class Seen(NamedTuple):
    """All that was sent to somebody until then has been read."""

    owner: str
    address: str
    until_ms: int


class Ignored(NamedTuple):
    """What is told and is no message: a reaction, an echo of our own, somebody who types."""

    kind: str


Item: TypeAlias = Incoming | Receipt | Seen | Ignored

UNSHOWN: Final = "[{kind}]"
"""Stands for what has no text: somebody has said something, and must be answered."""


def clipped(text: str, kind: str = "", attachments: tuple[Attachment, ...] = ()) -> str:
    """A text within bounds; of what has neither text nor attachments, the name of its kind."""
    if not text and not attachments:
        return UNSHOWN.format(kind=kind or "empty")
    return text[:TEXT_CHARACTERS_MAX]


def bounded(attachments: list[Attachment]) -> tuple[Attachment, ...]:
    """No more of them than a message may have."""
    return tuple(attachments[:ATTACHMENTS_MAX])


def told_as_json(value: object) -> bytes:
    """A body of JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
