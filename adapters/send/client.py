"""A small client of the public protocol: commands in, the journal and a work stream out.

Commands may be added twice when a reply is lost on the way; every command that is sent here is
harmless when repeated.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final, TypeAlias, TypeVar, cast

import msgpack
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from adapters.redis.keys import Keys
from router.errors import StoreUnavailable

__all__ = ("ProtocolClient", "StreamEntry")

StreamEntry: TypeAlias = tuple[bytes, dict[bytes, bytes]]
T = TypeVar("T")

GIVE_UP_S: Final = 30.0
"""How long Redis may be away before a command gives up."""

RETRY_S_FIRST: Final = 0.05
RETRY_S_MAX: Final = 2.0
BLOCK_MS: Final = 500
PAGE_ENTRIES: Final = 200


class ProtocolClient:
    """Adds commands and reads streams; waits out short absences of the server."""

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self.keys = keys

    async def leader(self) -> str:
        """Who leads, or an empty text."""
        found = await self._patiently(lambda: self._redis.get(self.keys.leader))
        return found.decode("utf-8", "replace") if isinstance(found, bytes) else str(found or "")

    async def newest(self, key: str) -> str:
        """The id of a stream's newest entry, ``0-0`` when there is none."""
        page = await self._patiently(lambda: self._redis.xrevrange(key, count=1))
        return cast("list[StreamEntry]", page)[0][0].decode() if page else "0-0"

    async def add(self, commands: Sequence[dict[str, object]]) -> list[str]:
        """Add commands to the inbound stream, in order; their entry ids.

        Raises :class:`StoreUnavailable` when Redis stays away or refuses.
        """
        payloads = [msgpack.packb(command) for command in commands]

        async def write() -> list[bytes]:
            pipe = self._redis.pipeline(transaction=False)
            for payload in payloads:
                pipe.xadd(self.keys.inbound, {"m": payload})
            return cast("list[bytes]", await pipe.execute())

        return [entry_id.decode() for entry_id in await self._patiently(write)]

    async def read(self, key: str, after: str) -> list[StreamEntry]:
        """Entries after an id; waits a moment for one and may return none."""
        answer = await self._patiently(
            lambda: self._redis.xread({key: after}, count=PAGE_ENTRIES, block=BLOCK_MS)
        )
        streams = cast("list[tuple[bytes, list[StreamEntry]]]", answer or [])
        return [entry for _, entries in streams for entry in entries]

    async def history(self, key: str, upto: str) -> AsyncIterator[StreamEntry]:
        """Every entry of a stream up to an id, oldest first."""
        start = "-"
        while page := await self._range(key, start, upto):
            for entry in page:
                yield entry
            start = f"({page[-1][0].decode()}"

    async def _range(self, key: str, start: str, upto: str) -> list[StreamEntry]:
        async def read() -> list[StreamEntry]:
            page = await self._redis.xrange(key, start, upto, count=PAGE_ENTRIES)
            return cast("list[StreamEntry]", page)

        return await self._patiently(read)

    async def _patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        give_up = time.monotonic() + GIVE_UP_S
        pause_s = RETRY_S_FIRST
        while True:
            _end_if_cancelled()
            try:
                return await call()
            except (RedisConnectionError, RedisTimeoutError, ResponseError) as error:
                if isinstance(error, ResponseError) and not _passes(error):
                    message = f"Redis refuses: {error}"
                    raise StoreUnavailable(message) from error
                if time.monotonic() > give_up:
                    message = f"no answer from Redis for {GIVE_UP_S:.0f} s: {error}"
                    raise StoreUnavailable(message) from error
            except RedisError as error:
                raise StoreUnavailable(str(error)) from error
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, RETRY_S_MAX)


def _end_if_cancelled() -> None:
    """The client may swallow a cancellation that meets it in the middle of a read: ask again."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _passes(error: ResponseError) -> bool:
    """Refusals that end by themselves."""
    code = error.status_code or str(error).partition(" ")[0]
    return code in {
        "LOADING", "BUSY", "MASTERDOWN", "NOREPLICAS", "ASK", "MOVED", "TRYAGAIN", "CLUSTERDOWN",
    }  # fmt: skip
