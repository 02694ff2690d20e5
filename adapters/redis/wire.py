"""One connection to Redis: one exchange at a time, nothing retried, every ambiguity left visible.

The usual client objects retry on a lost connection, also commands that add entries; a journal must
never do that. A wire sends commands, returns the raw replies (RESP2) and, when anything goes wrong
in between, closes the connection, so that a late reply can never be taken for another's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import hiredis
from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError, ResponseError

from router.errors import CallerError, StoreUnavailable

__all__ = (
    "Argument",
    "Endpoint",
    "Reply",
    "ReplyError",
    "UrlError",
    "Wire",
    "checked",
    "display_url",
)

Argument: TypeAlias = str | bytes | int
Reply: TypeAlias = Any
"""What a command answers: bytes, int, None, lists of these, or a :class:`ReplyError`."""

EXCHANGE_TIMEOUT_S = 10.0
"""How long one exchange may take; every block asked of the server stays well below it."""


class UrlError(CallerError):
    """A Redis URL that cannot be read. The message never shows it: it may hold a password."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        return (
            f"cannot read the Redis URL: {self.detail}; expected "
            "redis://[user:password@]host:port/db, rediss://... (TLS) or "
            "unix://[user:password@]/path/to/socket"
        )


class ReplyError(StoreUnavailable):
    """Redis answered with an error: ``code`` is its first word (``ERR``, ``READONLY``, ``OOM``)."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return f"Redis answered {self.code} {self.detail}"

    @property
    def is_final(self) -> bool:
        """Whether trying again will not change the answer: the server does not let us in."""
        return self.code in _REFUSALS


_REFUSALS: Final = frozenset({"NOAUTH", "WRONGPASS", "NOPERM"})


def display_url(url: str) -> str:
    """The URL as it may be shown and logged: without user, password and query."""
    parts = urlsplit(url)
    if "@" in url.replace(parts.netloc, "", 1):
        # a password with a bare / or # in it: parts of it stand where the path should be
        return f"{parts.scheme}://…"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the server is. Does not show its URL, which may hold a password."""

    url: str
    timeout_s: float = EXCHANGE_TIMEOUT_S

    def __repr__(self) -> str:
        return f"Endpoint({display_url(self.url)})"

    def wire(self, purpose: str) -> Wire:
        """A new connection, opened at its first use; ``purpose`` shows in the server's client list.

        Raises :class:`UrlError`.
        """
        try:
            pool = ConnectionPool.from_url(
                self.url,
                retry=Retry(NoBackoff(), 0),
                protocol=2,
                legacy_responses=True,
                decode_responses=False,
                # the wire has a timeout of its own: redis-py's goes through asyncio.wait_for, which
                # can swallow a cancellation before Python 3.12
                socket_timeout=None,
                socket_connect_timeout=None,
                client_name=f"onequeue-{purpose}",
            )
            connection = pool.make_connection()  # type: ignore[no-untyped-call]  # not annotated
            return Wire(connection, self.timeout_s)
        except (ValueError, TypeError) as error:
            # the text of these errors may quote the URL
            detail = "its scheme is not one of redis, rediss, unix"
            if self.url.startswith(("redis://", "rediss://", "unix://")):
                detail = f"a part of it is not valid ({type(error).__name__})"
            raise UrlError(detail) from None


class Wire:
    """A connection with one user at a time (others wait). ``generation`` counts its connects."""

    def __init__(self, connection: AbstractConnection, timeout_s: float) -> None:
        self._connection = connection
        self._timeout_s = timeout_s
        self._lock = asyncio.Lock()
        self.generation = 0

    async def connect(self) -> None:
        """Connect if there is no connection. Raises :class:`StoreUnavailable`."""
        await self.exchange()

    async def exchange(self, *commands: Sequence[Argument]) -> list[Reply]:
        """Send all commands at once and return their replies; an error reply stands in its place.

        Raises :class:`StoreUnavailable` when the connection fails: then nobody knows how many of
        the commands were carried out. It is a :class:`ReplyError` when the server takes none at
        all: it does not let us in, or is loading its data.
        """
        async with self._lock:
            try:
                async with asyncio.timeout(self._timeout_s):
                    await self._connect()
                    return await self._exchange(commands)
            except TimeoutError as error:
                await self._drop()
                raise StoreUnavailable(f"no answer within {self._timeout_s} s") from error
            except (RedisError, OSError) as error:
                await self._drop()
                raise _failure(error) from error
            except BaseException:
                # cancelled between question and answer: the answer must not meet another question
                await self._drop()
                raise

    async def call(self, *command: Argument) -> Reply:
        """Send one command and return its reply. Raises :class:`ReplyError` for an error reply."""
        (reply,) = await self.exchange(command)
        return checked(reply)

    async def close(self) -> None:
        """Close the connection; a later use opens it again."""
        await self._drop()

    async def _connect(self) -> None:
        if self._connection.is_connected:
            return
        try:
            await self._connection.connect()  # type: ignore[no-untyped-call]  # not annotated
        except RedisError as error:
            raise _connect_error(error) from error
        self.generation += 1

    async def _exchange(self, commands: Sequence[Sequence[Argument]]) -> list[Reply]:
        packed = [
            hiredis.pack_command(tuple(command))  # type: ignore[arg-type]  # its stub means any length
            for command in commands
        ]
        await self._connection.send_packed_command(packed, check_health=False)
        replies: list[Reply] = []
        for _ in commands:
            try:
                replies.append(await self._connection.read_response())
            except ResponseError as error:
                replies.append(_reply_error(error))
        return replies

    async def _drop(self) -> None:
        await self._connection.disconnect(nowait=True)


def checked(reply: Reply) -> Reply:
    """The reply itself. Raises :class:`ReplyError` when it is one."""
    if isinstance(reply, ReplyError):
        raise reply
    return reply


def _connect_error(error: RedisError) -> StoreUnavailable:
    # the handshake's error replies come wrapped
    for reason in (error, error.__cause__):
        if isinstance(reason, AuthenticationError):
            code = "WRONGPASS" if reason.status_code == "WRONGPASS" else "NOAUTH"
            return ReplyError(code, str(reason))
        if isinstance(reason, ResponseError):
            return _reply_error(reason)
    return _failure(error)


def _failure(error: RedisError | OSError) -> StoreUnavailable:
    """What ended an exchange: nearly always the connection, but the client also closes it after
    some replies."""
    text = str(error)
    code = getattr(error, "status_code", None)
    return ReplyError(code, text) if code else StoreUnavailable(text)


def _reply_error(error: ResponseError) -> ReplyError:
    text = str(error)
    if error.status_code:
        return ReplyError(error.status_code, text)
    code, _, detail = text.partition(" ")
    return ReplyError(code, detail)
