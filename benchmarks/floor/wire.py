"""The wire as a client sees it: encoding, connections, patience (docs/protocol.md)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias, TypeVar, cast

import msgpack
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AskError, BusyLoadingError, ClusterDownError, TryAgainError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from adapters.redis.clients import AsyncClient, primary_url
from adapters.redis.wire import UrlError

__all__ = (
    "DROPPED",
    "connect",
    "last_id",
    "pack",
    "patiently",
    "read_stream",
    "server_ms",
    "unpack",
)

Answer = TypeVar("Answer")

StreamEntry: TypeAlias = tuple[str, dict[bytes, bytes]]
"""An entry's id and fields."""

DROPPED: Final = (
    AskError,
    BusyLoadingError,
    ClusterDownError,
    RedisConnectionError,
    RedisTimeoutError,
    TryAgainError,
    OSError,
)
"""What a client sees while Redis is away or keys move; every command of the protocol may be sent
again."""

CONNECT_S_MAX: Final = 5.0
RETRY_FIRST_S: Final = 0.05
RETRY_MAX_S: Final = 1.0


def connect(url: str) -> Redis:
    """A client that never sends a command twice by itself and may block as long as it likes.

    Raises :class:`adapters.redis.wire.UrlError`.
    """
    try:
        return AsyncClient.from_url(
            primary_url(url),
            protocol=3,
            legacy_responses=False,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=None,
            socket_connect_timeout=CONNECT_S_MAX,
        )
    except (ValueError, TypeError):
        # the text of these errors may quote the URL, and with it a password
        raise UrlError("a part of it is not valid") from None


def pack(command: Mapping[str, Any]) -> bytes:
    """The payload of field ``m``."""
    packed: bytes = msgpack.packb(command, use_bin_type=True)
    return packed


def unpack(payload: bytes) -> dict[str, Any]:
    """A map from its msgpack bytes."""
    value: dict[str, Any] = msgpack.unpackb(payload, raw=False, strict_map_key=False)
    return value


async def server_ms(client: Redis) -> int:
    """Redis' time, the one clock of the protocol."""
    seconds, micros = await client.time()
    return int(seconds) * 1_000 + int(micros) // 1_000


async def read_stream(
    client: Redis, key: str, after: str, *, count: int, block_ms: int | None = None
) -> list[StreamEntry]:
    """Entries after id ``after``; waits up to ``block_ms`` for one, or longer if Redis is away."""
    answer = await patiently(lambda: client.xread({key: after}, count=count, block=block_ms))
    streams = cast("dict[bytes, list[tuple[bytes, dict[bytes, bytes]]]]", answer)
    return [(entry_id.decode(), fields) for entry_id, fields in streams.get(key.encode(), [])]


async def last_id(client: Redis, key: str) -> str:
    """The id of the last entry that stands in a stream; ``0-0`` when there is none."""
    entries = cast(
        "list[tuple[bytes, dict[bytes, bytes]]]",
        await patiently(lambda: client.xrevrange(key, count=1)),
    )
    return entries[0][0].decode() if entries else "0-0"


async def patiently(attempt: Callable[[], Awaitable[Answer]]) -> Answer:
    """The answer of ``attempt``, tried again with growing pauses while Redis is away."""
    pause_s = RETRY_FIRST_S
    while True:
        try:
            return await attempt()
        except DROPPED:
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, RETRY_MAX_S)
