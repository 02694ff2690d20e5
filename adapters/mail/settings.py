"""Settings of the mail adapter: the ``settings`` of its file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from adapters.configuration.shared import LOOPBACK, Duration
from adapters.edge.rules import SecretSource
from adapters.media.terms import InteractionTerms

__all__ = ("TAKEN", "Acknowledgement", "Imap", "MailSettings", "Security", "Smtp", "SmtpIntake")

TAKEN: Final = "OneQueueTaken"
"""The keyword of mails that OneQueue has taken in."""

Host = Annotated[str, Field(min_length=1, max_length=255)]
Port = Annotated[int, Field(ge=1, le=65_535)]
EmailAddress = Annotated[str, Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$", max_length=254)]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Security(StrEnum):
    """How a server is spoken to."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"
    """Only within one machine."""


class Imap(_Settings):
    """The mailbox."""

    host: Host
    port: Port = 993
    security: Security = Security.TLS
    user: str
    password: SecretSource
    folder: str = "INBOX"
    poll_s: Annotated[float, Field(ge=1, le=3_600)] = 60.0
    """How often to look where the server does not tell by itself (IDLE)."""

    timeout_s: Annotated[float, Field(ge=1, le=300)] = 30.0
    mail_bytes_max: Annotated[int, Field(ge=65_536)] = 52_428_800
    """Of a larger one only the head is taken in."""


class SmtpIntake(_Settings):
    """Where mail is taken by SMTP: from a mail server that stands before it."""

    host: Host = LOOPBACK
    port: Annotated[int, Field(ge=0, le=65_535)] = 2_525
    tls_cert: Path | None = None
    """With it nothing is taken before STARTTLS."""

    tls_key: Path | None = None
    mail_bytes_max: Annotated[int, Field(ge=65_536)] = 52_428_800
    connections_max: Annotated[int, Field(ge=1)] = 20


class Smtp(_Settings):
    """The server that sends."""

    host: Host
    port: Port = 587
    security: Security = Security.STARTTLS
    user: str = ""
    password: SecretSource | None = None
    timeout_s: Annotated[float, Field(ge=1, le=300)] = 30.0


class Acknowledgement(_Settings):
    """What a customer is told at once. ``{reference}``, ``{wait}`` and ``{subject}`` are filled in;
    the line of ``wait`` is left out where nobody can tell how long it will take."""

    subject: str = "Re: {subject}"
    text: str = (
        "We have received your message. Its reference is {reference}.\n{wait}\n"
        "Answer this mail to add something."
    )
    wait: str = "It will probably be answered within {duration}."
    each_per_hour: Annotated[int, Field(ge=1)] = 3
    """To one address: two machines must not talk to each other for ever."""

    all_per_hour: Annotated[int, Field(ge=1)] = 1_000


class MailSettings(_Settings):
    """Of one mailbox."""

    address: EmailAddress
    """From which answers come."""

    name: str = ""
    """Beside it."""

    own_addresses: tuple[EmailAddress, ...] = ()
    """Others that lead to this mailbox; mail from any of them is not a customer's."""

    imap: Imap | None = None
    smtp_intake: SmtpIntake | None = None
    smtp: Smtp
    channel: str = "email"
    interaction: InteractionTerms = Field(default_factory=dict)
    """Fields of `create` for each new interaction: queue, priority …"""

    attachments: Path
    """The folder for attachments."""

    acknowledge: Acknowledgement | None = None
    plus_secret: SecretSource | None = None
    """Signs conversations in plus addresses (support+…@example.com); without it there are none."""

    retry_for: Duration = "120h"
    """How long after it was said a reply is tried that no server takes for now."""

    unanswered_every_s: Annotated[float, Field(ge=1)] = 60.0
    """How often it is counted what is unanswered past its target."""

    @model_validator(mode="after")
    def _takes_from_somewhere(self) -> MailSettings:
        if self.imap is None and self.smtp_intake is None:
            raise ValueError("say where mail comes from: imap, smtp_intake, or both")
        return self
