"""A mailbox over IMAP, in a thread of its own: one question at a time."""

from __future__ import annotations

import asyncio
import imaplib
import re
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Final, NamedTuple, Self, TypeVar

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from adapters.mail.settings import TAKEN, Imap, Security
from adapters.media.plugin import MediumUnavailable
from router.errors import CallerError

__all__ = ("REFUSED", "Fetched", "Mailbox", "NoKeywords")

REFUSED: Final = "OneQueueRefused"
"""The keyword of mails that OneQueue does not take: somebody is to look at them."""

BATCH: Final = 100
POLL_S: Final = 1.0
"""How long a look for news takes: so long a stop may take."""

IDLE_S: Final = 60.0
"""After so long IDLE begins anew, and what the server has not told of is found: some miss what
comes within the second in which they have looked. Firewalls forget who is silent for long."""

IDLE_AFTER_NEWS_S: Final = 2.0
"""Where mail has just come, more may have come within that second: soon it is looked for."""

_DATE: Final = re.compile(rb'INTERNALDATE "([^"]+)"')
_SIZE: Final = re.compile(rb"RFC822.SIZE (\d+)")

T = TypeVar("T")


class NoKeywords(CallerError):
    """A mailbox in which it cannot be noted what was taken."""

    def __str__(self) -> str:
        return (
            "the mailbox takes no keywords (PERMANENTFLAGS), so it cannot be noted which mails "
            "were taken in: give the adapter a mailbox on a server that does"
        )


class Fetched(NamedTuple):
    """A mail as it stands in the mailbox; ``is_whole``: False where only its head was fetched."""

    data: bytes
    arrived_ms: int
    size_bytes: int
    is_whole: bool


class Mailbox:
    """The mailbox of one account. Whatever goes wrong is :class:`MediumUnavailable`."""

    def __init__(self, settings: Imap, password: str) -> None:
        self._settings = settings
        self._password = password
        self._thread = ThreadPoolExecutor(1, "imap")
        self._box: BaseMailBox | None = None
        self._has_just_come = True

    async def __aenter__(self) -> Self:
        """Connect, and open the folder. Raises :class:`NoKeywords`."""
        try:
            self._box = await self._ask(self._opened)
        except BaseException:
            self._thread.shutdown(wait=False)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._box is not None:
            # whatever it waits for ends with its connection
            with suppress(OSError):
                self._box.client.shutdown()
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def untaken(self) -> list[str]:
        """The ids of mails that have not been taken, the oldest first, some of them."""
        asked = f"UNKEYWORD {TAKEN} UNKEYWORD {REFUSED} UNDELETED"
        self._open.client.untagged_responses.pop("EXISTS", None)
        return (await self.found(asked))[:BATCH]

    async def found(self, criteria: str) -> list[str]:
        """The ids of mails that fit."""
        return await self._ask(lambda: self._open.uids(criteria))

    async def fetch(self, uid: str) -> Fetched | None:
        """A mail, as it is; None: it is gone."""
        return await self._ask(lambda: self._fetched(uid))

    async def head(self, uid: str) -> Fetched | None:
        """Its head alone."""
        return await self._ask(lambda: self._part(uid, "BODY.PEEK[HEADER]", is_whole=False))

    async def mark(self, uid: str, keyword: str) -> None:
        """Note what became of a mail."""
        await self._ask(lambda: self._open.flag([uid], [keyword], value=True))

    async def changed(self, stop: asyncio.Event) -> None:
        """Wait until there is something new since the last look for what is untaken, or there may
        be; or the event is set."""
        if "IDLE" not in self._open.client.capabilities:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._settings.poll_s):
                    await stop.wait()
            return
        idle_s = IDLE_AFTER_NEWS_S if self._has_just_come else IDLE_S
        await self._ask(self._open.idle.start)
        for _ in range(round(idle_s / POLL_S)):
            # what came with the answer to the look itself is announced only there
            is_announced = "EXISTS" in self._open.client.untagged_responses
            self._has_just_come = is_announced or await self._ask(self._news)
            if self._has_just_come or stop.is_set():
                break
        await self._ask(self._open.idle.stop)

    def _news(self) -> bool:
        return bool(self._open.idle.poll(timeout=POLL_S))

    @property
    def _open(self) -> BaseMailBox:
        if self._box is None:
            raise MediumUnavailable("IMAP: not connected")
        return self._box

    async def _ask(self, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, work)
        except (imaplib.IMAP4.error, ImapToolsError, OSError, ssl.SSLError) as error:
            raise MediumUnavailable(f"IMAP: {error or type(error).__name__}") from error

    def _opened(self) -> BaseMailBox:
        settings = self._settings
        where: dict[str, Any] = {
            "host": settings.host,
            "port": settings.port,
            "timeout": settings.timeout_s,
        }
        if settings.security is Security.NONE:
            box: BaseMailBox = MailBoxUnencrypted(**where)
        else:
            kind = MailBox if settings.security is Security.TLS else MailBoxStartTls
            box = kind(**where, ssl_context=ssl.create_default_context())
        try:
            box.login(settings.user, self._password, initial_folder=settings.folder)
            _require_keywords(box)
        except BaseException:
            box.client.shutdown()
            raise
        return box

    def _fetched(self, uid: str) -> Fetched | None:
        head = self._part(uid, "BODY.PEEK[HEADER]", is_whole=False)
        if head is None or head.size_bytes > self._settings.mail_bytes_max:
            return head
        return self._part(uid, "BODY.PEEK[]", is_whole=True)

    def _part(self, uid: str, part: str, *, is_whole: bool) -> Fetched | None:
        status, told = self._open.client.uid("FETCH", uid, f"({part} INTERNALDATE RFC822.SIZE)")
        found = [each for each in told if isinstance(each, tuple)]
        if status != "OK" or not found:
            return None
        about = b" ".join(
            part if isinstance(part, bytes) else part[0] for part in told if part is not None
        )
        date, size = _DATE.search(about), _SIZE.search(about)
        at_ms = round(parsedate_to_datetime(_rfc(date[1])).timestamp() * 1_000) if date else 0
        return Fetched(found[0][1], at_ms, int(size[1]) if size else 0, is_whole)


def _require_keywords(box: BaseMailBox) -> None:
    _, told = box.client.response("PERMANENTFLAGS")
    flags = b" ".join(part for part in told or () if isinstance(part, bytes))
    if b"\\*" not in flags and TAKEN.encode() not in flags:
        raise NoKeywords


def _rfc(date: bytes) -> str:
    """The date of IMAP as mails have it."""
    return date.decode().strip().replace("-", " ", 2)
