"""Mail by SMTP: whoever sends it is told 250 only when OneQueue has decided, and else tries again.

It stands behind a mail server that knows spam and who may send what, not before the world.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import structlog

from adapters.mail.addressing import mailbox_of
from adapters.mail.mailbox import REFUSED, Fetched
from adapters.mail.settings import SmtpIntake
from adapters.media.plugin import DeskClosed, MediumUnavailable
from router.errors import CallerError

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

__all__ = ("NoSmtpServer", "listening")

DECISION_S: Final = 60.0
"""Who sends waits for minutes; then it tries again by itself."""

TURNS: Final = 10
"""Of the loop, within which a connection that was accepted has come up, or has ended."""

TAKEN_ANSWER: Final = "250 2.0.0 taken in"
LATER: Final = "451 4.3.2 not decided yet, try again later"
REFUSED_ANSWER: Final = "554 5.7.1 it is not taken in"
NOBODY: Final = "550 5.1.1 there is no such mailbox here"
BUSY: Final = b"421 4.3.2 too many connections, try again later\r\n"

Take = Callable[[str, Fetched], Awaitable[str]]
"""Takes in a mail; the keyword that says what became of it."""


class NoSmtpServer(CallerError):
    """The package that takes mail by SMTP is not installed."""

    def __str__(self) -> str:
        return "smtp_intake takes the package aiosmtpd: install onequeue[smtp]"


class _Handler:
    """What is done with who connects: each method is a command of SMTP."""

    def __init__(self, addresses: Collection[str], take: Take) -> None:
        self._addresses = addresses
        self._take = take
        self._log: structlog.stdlib.BoundLogger = structlog.get_logger()

    async def handle_RCPT(  # noqa: N802  # as the library calls it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        """Take mail for this mailbox, and for none other."""
        if mailbox_of(address) not in self._addresses:
            return NOBODY
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802  # as the library calls it
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take in a mail, and say so once that is decided."""
        data = envelope.original_content or b""
        # of a report about a mail the sender is nobody, which the library tells as "<>"
        sender = (envelope.mail_from or "").strip("<>").encode(errors="replace")
        data = b"Return-Path: <" + sender + b">\r\n" + data
        fetched = Fetched(data, time.time_ns() // 1_000_000, len(data), is_whole=True)
        try:
            async with asyncio.timeout(DECISION_S):
                became = await self._take("smtp", fetched)
        except (DeskClosed, MediumUnavailable, TimeoutError, OSError) as error:
            self._log.warning("a mail was put off", reason=type(error).__name__)
            return LATER
        return REFUSED_ANSWER if became == REFUSED else TAKEN_ANSWER


@asynccontextmanager
async def listening(
    settings: SmtpIntake, addresses: Collection[str], take: Take
) -> AsyncIterator[int]:
    """Take mail for these addresses meanwhile; yields the port. Raises :class:`NoSmtpServer`, and
    :class:`MediumUnavailable` where nothing can listen there."""
    try:
        from aiosmtpd.smtp import SMTP
    except ImportError:
        raise NoSmtpServer from None
    open_ones: set[Any] = set()

    class Bounded(SMTP):
        """At most so many at once."""

        def connection_made(self, transport: Any) -> None:
            if len(open_ones) >= settings.connections_max:
                transport.write(BUSY)
                transport.close()
                return
            open_ones.add(self)
            super().connection_made(transport)

        def connection_lost(self, error: Exception | None) -> None:
            if self in open_ones:
                open_ones.discard(self)
                super().connection_lost(error)

    loop, handler = asyncio.get_running_loop(), _Handler(addresses, take)
    context = _context(settings)

    def connected() -> SMTP:
        return Bounded(
            handler,
            data_size_limit=settings.mail_bytes_max,
            enable_SMTPUTF8=True,
            tls_context=context,
            require_starttls=context is not None,
            hostname="onequeue",
            ident="OneQueue",
            loop=loop,
        )

    try:
        server = await loop.create_server(connected, settings.host, settings.port)
    except OSError as error:
        raise MediumUnavailable(f"smtp_intake: {error}") from error
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await _hang_up(open_ones)
        await server.wait_closed()


async def _hang_up(connections: set[Any]) -> None:
    """End those that are open: who was not told that their mail is taken sends it again."""
    for _ in range(TURNS):  # one that was just accepted appears, and is told, some turns later
        for each in list(connections):
            each.transport.abort()
        await asyncio.sleep(0)


def _context(settings: SmtpIntake) -> ssl.SSLContext | None:
    if settings.tls_cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.tls_cert, settings.tls_key)
    return context
