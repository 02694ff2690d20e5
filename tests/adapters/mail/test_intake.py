"""Mail by SMTP: 250 is said when it is decided, and who was not told that sends it again."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest
from pydantic import ValidationError

from adapters.mail import intake
from adapters.mail.medium import MailMedium
from adapters.media.checkpoint import CheckpointFile
from adapters.media.contract import check_medium
from adapters.media.notebook import Notebook, NotebookDesk
from adapters.media.plugin import DeskClosed, MediumUnavailable, MessageRefused
from tests.adapters.mail.post import SUPPORT, Post, Received, mail
from tests.dovecot import Dovecot, free_port

FROM = "mia@example.org"


async def send(port: int, *mails: Any, to: str = SUPPORT) -> None:
    for one in mails:
        await aiosmtplib.send(
            one, sender=FROM, recipients=[to], hostname="127.0.0.1", port=port, timeout=30
        )


def bounce(port: int, one: EmailMessage) -> None:
    """As reports come: from nobody."""
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as server:
        server.sendmail("", SUPPORT, one.as_bytes())


@asynccontextmanager
async def taking(post: Post, **more: Any) -> AsyncIterator[tuple[int, Notebook]]:
    port, notebook = free_port(), Notebook()
    settings = post.settings(imap=None, smtp_intake={"port": port, **more})
    desk = NotebookDesk(notebook, CheckpointFile(post.folder / "c.json"), -1)
    work = asyncio.create_task(MailMedium(settings).run(desk, desk.stop))
    deadline = time.monotonic() + 30
    while not desk.is_connected:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)
    try:
        yield port, notebook
    finally:
        desk.stop.set()
        await work


async def test_a_mail_is_taken_when_it_is_decided(post: Post) -> None:
    async with taking(post) as (port, notebook):
        first = mail("first")
        await send(port, first, mail("to a plus address"), to=SUPPORT)
        await send(port, first, to="Support+anything@queue.example")  # who sends it had no answer
        await asyncio.to_thread(bounce, port, mail("from nobody"))
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused, match="no such mailbox"):
            await send(port, mail("for others"), to="sales@elsewhere.example")
    heard: list[dict[str, Any]] = [dict(one) for one in notebook.heard.values()]
    assert [one["text"] for one in heard] == ["first", "to a plus address", "from nobody"]
    kinds = [one["interaction"]["attributes"]["automatic"] for one in heard]
    assert kinds == [False, False, True]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MessageRefused("overflow", "the queue is full"), 554),
        (DeskClosed("ends"), 451),
        (MediumUnavailable("away"), 451),
    ],
)
async def test_what_is_not_decided_is_not_taken(
    post: Post, error: Exception, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(notebook: Notebook, message: Any) -> Any:
        raise error

    monkeypatch.setattr(Notebook, "hear", fail)
    async with taking(post) as (port, _):
        with pytest.raises(aiosmtplib.SMTPDataError) as caught:
            await send(port, mail())
    assert caught.value.code == code


async def test_who_waits_too_long_is_told_to_come_again(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(desk: NotebookDesk, **message: Any) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(NotebookDesk, "said", never)
    monkeypatch.setattr(intake, "DECISION_S", 0.05)
    async with taking(post) as (port, _):
        with pytest.raises(aiosmtplib.SMTPDataError, match="try again later"):
            await send(port, mail())


async def test_there_are_bounds(post: Post) -> None:
    async with taking(post, mail_bytes_max=65_536, connections_max=1) as (port, notebook):
        with pytest.raises(aiosmtplib.SMTPException, match=r"[Ss]ize"):
            await send(port, mail("x " * 60_000))
        held = await asyncio.to_thread(socket.create_connection, ("127.0.0.1", port), 30)
        await asyncio.to_thread(held.recv, 100)
        with pytest.raises(aiosmtplib.SMTPException, match="too many connections"):
            await send(port, mail())
        held.close()
    assert not notebook.heard


class Rig:
    """A mail server that hands on what it has, until it is told that it is taken."""

    deduplicates = False

    def __init__(self, server: Dovecot, received: Received, folder: Path) -> None:
        self.post = Post(server, received, folder)
        self.port = free_port()
        self.sending: list[asyncio.Task[None]] = []
        self.is_over = False
        received.mails.clear()

    def medium(self) -> Any:
        smtp_intake = {"port": self.port}
        return MailMedium(self.post.settings(imap=None, smtp_intake=smtp_intake))

    async def arrive(self, text: str) -> None:
        self.sending.append(asyncio.create_task(self._hand_on(mail(text))))

    async def _hand_on(self, one: Any) -> None:
        while not self.is_over:
            try:
                await send(self.port, one)
            except (aiosmtplib.SMTPException, OSError):
                await asyncio.sleep(0.01)
            else:
                return

    async def received(self) -> Sequence[str]:
        return self.post.received.texts()


async def test_it_keeps_the_contract(
    imap_server: Dovecot, received: Received, tmp_path: Path
) -> None:
    @asynccontextmanager
    async def rig() -> AsyncIterator[Rig]:
        found = Rig(imap_server, received, tmp_path)
        yield found
        found.is_over = True
        await asyncio.gather(*found.sending, return_exceptions=True)

    assert await check_medium(rig, tmp_path) >= 12


def test_mail_comes_from_somewhere(post: Post) -> None:
    with pytest.raises(ValidationError, match="imap, smtp_intake, or both"):
        post.settings(imap=None)


async def test_a_port_that_is_taken_is_told(post: Post) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        settings = post.settings(imap=None, smtp_intake={"port": other.getsockname()[1]})
        desk = NotebookDesk(Notebook(), CheckpointFile(post.folder / "c.json"), -1)
        with pytest.raises(MediumUnavailable, match="smtp_intake: "):
            await MailMedium(settings).run(desk, desk.stop)
