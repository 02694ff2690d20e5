"""The interface of media: what an adapter gives, and what it is given (docs/media.md#an-adapter).

A medium is a class with a pydantic model of its settings. ``onequeue media run`` makes one from a
file, gives it a desk, and starts it again when its medium or the API has failed. What a medium is
told at the desk is decided when the call returns: only then it may tell the other side that it is
taken, or that it was sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol, Required, TypedDict, Unpack

from pydantic import BaseModel

from adapters.client import OneQueue
from adapters.client.message_models import DialogueMessage, Said
from adapters.client.message_terms import DeliveryTerms, SayTerms
from router.errors import CallerError, OneQueueError

__all__ = (
    "Checkpoint",
    "Desk",
    "DeskClosed",
    "Heard",
    "Medium",
    "MediumUnavailable",
    "MessageRefused",
)


class MediumUnavailable(OneQueueError):
    """The other side cannot be reached, or does not answer: the medium is started again soon."""


class DeskClosed(OneQueueError):
    """The process is to end: what was asked for may have been done, and is to be repeated."""


class MessageRefused(CallerError):
    """OneQueue does not take what was said, and will not when it is told again: ``code`` is the
    problem's (docs/api.md#problems)."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


class Heard(TypedDict, total=False):
    """What a customer has said: the fields of docs/media.md#a-message."""

    message_id: Required[str]
    channel: Required[str]
    account: str
    at_ms: int
    conversation_id: str
    customer_id: str
    sender: Mapping[str, Any] | None
    reply_to: Mapping[str, Any] | None
    recipients: Sequence[Mapping[str, Any]]
    subject: str
    text: str
    attachments: Sequence[Mapping[str, Any]]
    thread: Sequence[str]
    interaction: Mapping[str, Any]


class Checkpoint(Protocol):
    """What a medium remembers beyond its process: little, and only to save repeats."""

    @property
    def folder(self) -> Path:
        """A folder for the adapter alone, for what it remembers in files of its own."""
        ...

    def load(self) -> dict[str, Any]:
        """What was saved last; empty: nothing was."""
        ...

    def save(self, value: Mapping[str, Any]) -> None:
        """Remember this in the place of what was; it outlasts a loss of power."""
        ...


class Desk(Protocol):
    """Where a medium hands in what customers say, and takes what is to be sent."""

    @property
    def account(self) -> str:
        """The mailbox, number or page that it works for."""
        ...

    @property
    def checkpoint(self) -> Checkpoint:
        """What it remembers."""
        ...

    async def said(self, **message: Unpack[Heard]) -> Said:
        """Hand in what a customer has said, and wait until OneQueue has decided, however long that
        takes. It may be handed in again, after whatever fault: the same ``message_id`` leads to the
        same end. Raises :class:`MessageRefused`, or :class:`DeskClosed`."""
        ...

    def outgoing(self) -> AsyncIterator[DialogueMessage]:
        """What is to be sent, as it comes, until the process is to end; what is not reported comes
        again after a while, and after every start."""
        ...

    async def delivered(self, message_id: str, **report: Unpack[DeliveryTerms]) -> None:
        """Report what became of a message, by its id or the provider's; of one that was never to be
        sent, nothing. Raises :class:`DeskClosed`."""
        ...

    def of(self, account: str) -> Desk:
        """The desk of another account for which it works, too."""
        ...

    async def reply(self, conversation_id: str, **message: Unpack[SayTerms]) -> None:
        """Have something said to a customer by the medium itself, as an acknowledgement: it comes
        back by :meth:`outgoing`. With a ``message_id`` it is said once, however often this is
        called. Raises :class:`MessageRefused`, or :class:`DeskClosed`."""
        ...

    async def wait_s(self, interaction_id: str) -> float | None:
        """How long an interaction will probably wait; None: nobody can tell."""
        ...

    @property
    def queue(self) -> OneQueue | None:
        """The API, for whatever the desk does not offer; None in tests."""
        ...

    def show(self, name: str, value: float) -> None:
        """Show a figure of the medium's own among the metrics, as ``onequeue_media_<name>``."""
        ...

    def connected(self) -> None:
        """Say that the other side can be reached: the process is ready."""
        ...

    def disconnected(self, why: str) -> None:
        """Say that it cannot."""
        ...


class Medium(Protocol):
    """An adapter; ``Settings`` is what stands in its file under ``settings``."""

    Settings: ClassVar[type[BaseModel]]

    def __init__(self, settings: Any) -> None: ...

    async def run(self, desk: Desk, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set. Raises :class:`MediumUnavailable` where the other side cannot
        be reached; it is called again then."""
        ...
