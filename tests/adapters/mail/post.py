"""A post office: a mailbox on a real Dovecot, and an SMTP server that keeps what is sent."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from adapters.mail.settings import MailSettings
from tests.dovecot import PASSWORD, Dovecot, free_port

__all__ = ("Post", "Received", "mail", "settings_of", "smtp_server")

SUPPORT = "support@queue.example"


class Received:
    """What an SMTP server was sent; ``answers`` is what it says to the next ones."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answers: list[str] = []
        self.port = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return answer

    def texts(self) -> list[str]:
        return [text_of(one) for one in self.mails]

    def ids(self) -> list[str]:
        return [str(one["Message-ID"]) for one in self.mails]


def text_of(one: EmailMessage) -> str:
    body = one.get_body(("plain",))
    return "" if body is None else str(body.get_content())


@contextmanager
def smtp_server() -> Iterator[Received]:
    received = Received()
    received.port = free_port()
    controller = Controller(received, hostname="127.0.0.1", port=received.port)
    controller.start()
    try:
        yield received
    finally:
        controller.stop()


def mail(text: str = "My bill is too high.", **headers: str) -> EmailMessage:
    """A mail of Mia's, with headers as ``in_reply_to``; one that is "" is left out."""
    told = {
        "from": "Mia <mia@example.org>",
        "to": SUPPORT,
        "subject": "My bill",
        "date": "Mon, 23 Nov 2026 08:00:00 +0000",
        "message_id": f"<{secrets.token_hex(8)}@example.org>",
    } | headers
    message = EmailMessage()
    for name, value in told.items():
        if value:
            message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


class Post:
    """One mailbox, whose name nobody else has, and what was sent from it."""

    def __init__(self, server: Dovecot, received: Received, folder: Path) -> None:
        self.server = server
        self.received = received
        self.user = f"box-{secrets.token_hex(6)}"
        self.folder = folder

    def deliver(self, message: EmailMessage) -> EmailMessage:
        self.server.deliver(self.user, message)
        return message

    def settings(self, **more: Any) -> MailSettings:
        return MailSettings.model_validate(settings_of(self, **more))

    def imap(self, **more: Any) -> dict[str, Any]:
        """Settings of the mailbox, some of them others."""
        found: dict[str, Any] = settings_of(self)["imap"]
        return found | more


def settings_of(post: Post, **more: Any) -> dict[str, Any]:
    password = post.folder / "password"
    password.write_text(PASSWORD)
    return {
        "address": SUPPORT,
        "name": "Support",
        "channel": "chat",
        "imap": {
            "host": "127.0.0.1",
            "port": post.server.port,
            "security": "none",
            "user": post.user,
            "password": {"file": str(password)},
        },
        "smtp": {"host": "127.0.0.1", "port": post.received.port, "security": "none"},
        "attachments": str(post.folder / "attachments"),
    } | more
