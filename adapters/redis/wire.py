"""One connection to Redis: one exchange at a time, nothing retried, every ambiguity left visible.

The usual client objects retry on a lost connection, also commands that add entries; a journal must
never do that. A wire sends commands, returns the raw replies (RESP2) and, when anything goes wrong
in between, closes the connection, so that a late reply can never be taken for another's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import hiredis
from redis.asyncio.connection import AbstractConnection, ConnectionPool, SSLConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError, ResponseError

from adapters.redis.route import Route
from adapters.redis.sentinel import SentinelRoute, is_sentinel, watched_by
from adapters.redis.tls import NO_CERTIFICATE, tls_fault
from adapters.redis.verified import verified
from router.errors import CallerError, StoreUnavailable

__all__ = (
    "TLS_CODE",
    "Argument",
    "Endpoint",
    "Reply",
    "ReplyError",
    "TlsRefused",
    "UrlError",
    "Wire",
    "checked",
    "display_url",
)

Argument: TypeAlias = str | bytes | int
Reply: TypeAlias = Any
"""What a command answers: bytes, int, None, lists of these, or a :class:`ReplyError`."""

MOVES_MAX: Final = 5
"""Nodes that name each other in turn are in the middle of a change: not now."""

SENTINEL_TIMEOUT_S: Final = 1.0
"""How long one sentinel may take before the next is asked."""

LEAVE_S: Final = 1.0

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
            "redis://[user:password@]host:port/db, rediss://... (TLS), "
            "unix://[user:password@]/path/to/socket or "
            "redis+sentinel://[user:password@]host:port,host:port/service"
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


TLS_CODE: Final = "TLS"
"""Stands where a reply has its code; no server answers it."""


class TlsRefused(ReplyError):
    """TLS came to nothing: one of both sides does not trust the other. ``detail`` says what to
    do."""

    def __init__(self, detail: str) -> None:
        super().__init__(TLS_CODE, detail)
        self.args = (detail,)

    def __str__(self) -> str:
        return self.detail


_REFUSALS: Final = frozenset({"NOAUTH", "WRONGPASS", "NOPERM", TLS_CODE})


def display_url(url: str) -> str:
    """The URL as it may be shown and logged: without user, password and query."""
    parts = urlsplit(url)
    if "@" in url.replace(parts.netloc, "", 1):
        # a password with a bare / or # in it: parts of it stand where the path should be
        return f"{parts.scheme}://…"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the server is. Does not show its URL, which may hold a password.

    It and its ``wire`` raise :class:`UrlError`, and :class:`TlsFilesError` for files that it names.
    """

    url: str
    timeout_s: float = EXCHANGE_TIMEOUT_S
    route: Route = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "route", _route(self.url))

    def __repr__(self) -> str:
        return f"Endpoint({display_url(self.url)})"

    def wire(self, purpose: str) -> Wire:
        """A new connection, opened at its first use; the server's client list shows its purpose."""
        connect = partial(_connection, purpose=purpose)
        if not is_sentinel(self.url):
            connect(self.url)  # a URL that cannot be read is told at once
        return Wire(self.timeout_s, self.route, connect)


def _route(url: str) -> Route:
    if not is_sentinel(url):
        return Route(url)
    try:
        watched = watched_by(url)
    except ValueError as error:
        raise UrlError(f"a part of it is not valid ({error})") from None
    for one in (*watched.sentinels, watched.server):
        _connection(one, "")
    return SentinelRoute(watched, _ask)


async def _ask(url: str, *command: str) -> Reply:
    wire = Endpoint(url, SENTINEL_TIMEOUT_S).wire("sentinel")
    try:
        return await wire.call(*command)
    finally:
        await wire.close()


def _connection(url: str, purpose: str) -> AbstractConnection:
    try:
        pool = ConnectionPool.from_url(
            url,
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
        return verified(pool).make_connection()  # type: ignore[no-any-return,no-untyped-call]  # not annotated
    except (ValueError, TypeError) as error:
        # the text of these errors may quote the URL
        detail = "its scheme is not one of redis, rediss, unix"
        if url.startswith(("redis://", "rediss://", "unix://")):
            detail = f"a part of it is not valid ({type(error).__name__})"
        raise UrlError(detail) from None


class Wire:
    """A connection with one user at a time (others wait). ``generation`` counts its connects.

    Where a cluster answers that the keys are on another node, it has done nothing: all commands of
    the exchange are then sent there. Several that write must therefore be harmless when repeated.
    """

    def __init__(
        self, timeout_s: float, route: Route, connection: Callable[[str], AbstractConnection]
    ) -> None:
        self._connection: AbstractConnection | None = None
        self._timeout_s = timeout_s
        self._route = route
        self._connection_to = connection
        self._url = ""
        self._route_generation = route.generation
        self._lock = asyncio.Lock()
        self.generation = 0

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection that can be used; false after a failure."""
        is_current = self._route_generation == self._route.generation
        return is_current and self._connection is not None and bool(self._connection.is_connected)

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
                    return await self._follow(commands)
            except TimeoutError as error:
                if not self.is_connected:
                    self._route.failed(self._url)
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
        if isinstance(self._connection, SSLConnection):
            # TLS takes leave of the other side, for which a loop that ends leaves it no time
            with suppress(TimeoutError, OSError):
                async with asyncio.timeout(LEAVE_S):
                    await self._connection.disconnect()
        await self._drop()

    async def _follow(self, commands: Sequence[Sequence[Argument]]) -> list[Reply]:
        for _ in range(MOVES_MAX):
            replies = await self._exchange(await self._connect(), commands)
            refusals = {r.code: r.detail for r in replies if isinstance(r, ReplyError)}
            if not refusals:
                return replies
            if "MOVED" not in refusals or not self._route.moved(refusals["MOVED"]):
                break
            await self._drop()
        if not _DEMOTED.isdisjoint(refusals):
            # the server may have been replaced: a new connection may lead to another one
            self._route.changed()
        return replies

    async def _connect(self) -> AbstractConnection:
        if self._connection is not None and self.is_connected:
            return self._connection
        await self._drop()
        self._route_generation = self._route.generation
        url = await self._route.url()
        if self._connection is None or url != self._url:
            self._url, self._connection = url, self._connection_to(url)
        connection = self._connection
        try:
            await connection.connect()  # type: ignore[no-untyped-call]  # not annotated
        except RedisError as error:
            self._route.failed(url)
            raise _connect_error(error, is_tls=isinstance(connection, SSLConnection)) from error
        self.generation += 1
        if self._route.wants_nodes:
            (slots,) = await self._exchange(connection, (("CLUSTER", "SLOTS"),))
            self._route.learn(slots)
        return connection

    async def _exchange(
        self, connection: AbstractConnection, commands: Sequence[Sequence[Argument]]
    ) -> list[Reply]:
        packed = [
            hiredis.pack_command(tuple(command))  # type: ignore[arg-type]  # its stub means any length
            for command in commands
        ]
        await connection.send_packed_command(packed, check_health=False)
        replies: list[Reply] = []
        for _ in commands:
            try:
                replies.append(await connection.read_response())
            except ResponseError as error:
                replies.append(_reply_error(error))
        return replies

    async def _drop(self) -> None:
        if self._connection is not None:
            await self._connection.disconnect(nowait=True)


def checked(reply: Reply) -> Reply:
    """The reply itself. Raises :class:`ReplyError` when it is one."""
    if isinstance(reply, ReplyError):
        raise reply
    return reply


_DEMOTED: Final = frozenset({"READONLY", "NOREPLICAS", "MASTERDOWN", "UNBLOCKED"})


def _connect_error(error: RedisError, *, is_tls: bool) -> StoreUnavailable:
    # the handshake's error replies come wrapped
    for reason in (error, error.__cause__):
        if isinstance(reason, AuthenticationError):
            code = "WRONGPASS" if reason.status_code == "WRONGPASS" else "NOAUTH"
            return ReplyError(code, str(reason))
        if isinstance(reason, ResponseError):
            return _reply_error(reason)
    failure = _failure(error)
    if is_tls and not isinstance(failure, ReplyError):
        return StoreUnavailable(f"{failure}; if it is there, it may be that {NO_CERTIFICATE}")
    return failure


def _failure(error: RedisError | OSError) -> StoreUnavailable:
    """What ended an exchange: nearly always the connection, but the client also closes it after
    some replies."""
    fault = tls_fault(error)
    if fault:
        return TlsRefused(fault)
    text = str(error)
    code = getattr(error, "status_code", None)
    return ReplyError(code, text) if code else StoreUnavailable(text)


def _reply_error(error: ResponseError) -> ReplyError:
    text = str(error)
    if error.status_code:
        return ReplyError(error.status_code, text)
    code, _, detail = text.partition(" ")
    return ReplyError(code, detail)
