"""Settings of a chat: where it listens, who may come, and what visitors are offered."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from adapters.configuration.shared import LOOPBACK, Port
from router import limits

__all__ = ("ANY_ORIGIN", "Call", "ChatLimits", "ChatSettings", "Move")

ANY_ORIGIN: Final = "*"

_STRICT: Final = ConfigDict(extra="forbid", frozen=True)

Identifier = Annotated[str, Field(min_length=1, max_length=limits.IDENTIFIER_MAX)]
OptionalIdentifier = Annotated[str, Field(max_length=limits.IDENTIFIER_MAX)]
Origin = Annotated[str, Field(pattern=r"^(\*|https?://[a-zA-Z0-9.\-\[\]:]+)$")]


class Move(BaseModel):
    """Another medium that a visitor may move to while they wait."""

    model_config = _STRICT

    account: Identifier
    """The account of the adapter that answers there: a mailbox, a number."""

    channel: Identifier
    queue: OptionalIdentifier = ""
    """"": as the chat."""

    after_wait_s: Annotated[float, Field(ge=0, le=86_400)] = 120.0
    """It is offered once the wait is, or will be, so long."""


class Call(BaseModel):
    """A call with the agent of the chat."""

    model_config = _STRICT

    channel: Identifier
    number_attribute: Identifier = "number"
    """The attribute of the interaction that says which number is to be called."""


class ChatLimits(BaseModel):
    """What one process takes of visitors, and of one address."""

    model_config = _STRICT

    connections_max: Annotated[int, Field(ge=1, le=100_000)] = 5_000
    connections_each_max: Annotated[int, Field(ge=1, le=100_000)] = 100
    """Of one address: an office behind one router."""

    sessions_per_minute: Annotated[float, Field(gt=0, le=100_000)] = 30.0
    """New ones of one address; as many may come at once."""

    text_characters_max: Annotated[int, Field(ge=1, le=65_536)] = 4_000
    messages_per_s: Annotated[float, Field(gt=0, le=1_000)] = 2.0
    messages_burst: Annotated[int, Field(ge=1, le=1_000)] = 30
    """Of one connection, whatever it says; more than any person types."""


class ChatSettings(BaseModel):
    """What stands under ``settings`` in the file of a chat."""

    model_config = _STRICT

    host: str = LOOPBACK
    port: Port = 8090
    tls_cert: Path | None = None
    tls_key: Path | None = None
    origins: Annotated[tuple[Origin, ...], Field(min_length=1, max_length=1_000)]
    """The pages on which the widget may stand, as ``https://www.example.com``; ``*``: any."""

    is_behind_proxy: bool = False
    """Whether the last address of ``X-Forwarded-For`` is the visitor's."""

    channel: Identifier = "chat"
    queue: OptionalIdentifier = ""
    queues: Annotated[tuple[Identifier, ...], Field(max_length=1_000)] = ()
    """Queues that a page may choose for its visitors."""

    agent_name: OptionalIdentifier = ""
    """The attribute of agents by which visitors know them; "": they are told no name."""

    tell_wait_s: Annotated[float, Field(ge=1, le=3_600)] = 20.0
    """How often a visitor who waits is told for how long. Each time is an entry of the journal."""

    away_s: Annotated[float, Field(ge=1, le=86_400)] = 120.0
    """Who is gone for so long does not wait any more."""

    email: Move | None = None
    callback: Move | None = None
    call: Call | None = None
    has_page: bool = False
    """Whether ``/`` is a page with the widget, to try it on."""

    limits: ChatLimits = ChatLimits()
    drain_s: Annotated[float, Field(ge=0, le=600)] = 5.0

    @property
    def tls_client_ca(self) -> None:
        """Browsers show no certificates."""
        return

    @property
    def header_bytes_max(self) -> int:
        """Of the head of a request."""
        return 16_384

    @property
    def header_timeout_s(self) -> float:
        """How long a head may take to arrive."""
        return 10.0

    @property
    def connections_max(self) -> int:
        """Of the server: those of visitors, and some who fetch the widget."""
        return self.limits.connections_max * 2 + 100

    def offered(self, wait_s: float) -> tuple[str, ...]:
        """To which media somebody who waits so long may move."""
        there = {"email": self.email, "callback": self.callback}
        return tuple(name for name, one in there.items() if one and wait_s >= one.after_wait_s)
