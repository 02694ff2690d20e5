"""What a provider's API is asked, and what its answers mean: without a connection."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple, Protocol

import msgspec

from adapters.client.message_models import DialogueMessage
from adapters.social.items import Asked, Item
from router.errors import CallerError

__all__ = (
    "Call",
    "CannotSend",
    "Fate",
    "Provider",
    "Verdict",
    "recipient_of",
    "retry_after_s",
    "told_in",
)

RETRY_AFTER_S_MAX: Final = 3_600.0


class CannotSend(CallerError):
    """A message that this provider has no way to send, ever."""


class Call(NamedTuple):
    """One POST; its credential stands in the headers."""

    url: str
    headers: dict[str, str]
    body: bytes


class Fate(StrEnum):
    """What an answer means for a message."""

    SENT = "sent"
    LATER = "later"
    """Nothing was sent: again, after a while."""

    REFUSED = "refused"
    """It never will be."""

    LOCKED_OUT = "locked_out"
    """Our credential is not taken: again once it is mended."""

    DOUBTFUL = "doubtful"
    """It may have been sent."""


class Verdict(NamedTuple):
    """What became of a call; ``reason`` is for people, without what was said."""

    fate: Fate
    provider_id: str = ""
    reason: str = ""
    retry_after_s: float = 0.0


class Provider(Protocol):
    """One account with a provider: pure, so that recorded payloads say all about it."""

    @property
    def owners(self) -> frozenset[str]:
        """By which names of ours webhooks call the account; none: whatever comes is for it."""
        ...

    @property
    def is_idempotent(self) -> bool:
        """Whether a call that is repeated sends nothing twice."""
        ...

    def challenge(self, query: Mapping[str, str]) -> tuple[str, str] | None:
        """The answer to a GET by which the provider looks who is there: a body, and its media type.
        None: there is no such thing. Raises :class:`NotFromProvider`."""
        ...

    def verify(self, asked: Asked) -> None:
        """Raise :class:`NotFromProvider` for a request that is not signed."""
        ...

    def read(self, asked: Asked) -> list[Item]:
        """What a request tells. Raises :class:`Payload`."""
        ...

    def calls(self, message: DialogueMessage) -> list[Call]:
        """What to ask, one after the other, to send a message. Raises :class:`CannotSend`."""
        ...

    def verdict(self, status: int, headers: Mapping[str, str], body: bytes) -> Verdict:
        """What an answer means."""
        ...


def recipient_of(message: DialogueMessage) -> str:
    """To whom a message goes. Raises :class:`CannotSend`."""
    if not message.recipients:
        raise CannotSend("it names nobody to whom it goes")
    return message.recipients[0].address


def retry_after_s(headers: Mapping[str, str], now: datetime | None = None) -> float:
    """When to come again, by ``Retry-After`` in seconds or as a date; 0: it does not say."""
    told = headers.get("retry-after", "")
    if told.isdecimal():
        return min(RETRY_AFTER_S_MAX, float(told))
    try:
        until = parsedate_to_datetime(told)
    except ValueError:
        return 0.0
    now = now or datetime.now(UTC)
    left_s = (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds()
    return min(RETRY_AFTER_S_MAX, max(0.0, left_s))


def told_in(body: bytes) -> dict[str, Any]:
    """The JSON object of an answer; empty: it has none."""
    try:
        found = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}
