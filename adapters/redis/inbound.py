"""The inbound stream: plain reads from a position of the journal, no consumer group.

One round trip brings entries and the server's time. A read that is cancelled loses nothing, because
nothing but the journal remembers what was consumed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from adapters.redis.journal_stream import time_ms
from adapters.redis.keys import Keys
from adapters.redis.paging import PageSize, xread
from adapters.redis.stream_ids import StreamId
from adapters.redis.wire import Argument, Endpoint, Reply, ReplyError, Wire, checked
from router.errors import StoreUnavailable
from router.ports import InboundBatch, InboundEntry

__all__ = ("EntryPages", "RedisInbound")

ALIGN_TRIES_MAX: Final = 100
PAGE_ENTRIES_MAX: Final = 4_096
NO_GROUP: Final = "onequeue-align"


class EntryPages:
    """Commands in a stream, page by page, each page with the server's time."""

    def __init__(self, wire: Wire, key: str, entries_max: int) -> None:
        self._wire = wire
        self._key = key
        self._page = PageSize(entries_max)

    async def read(self, after: str, count: int, block_ms: int) -> InboundBatch:
        """Entries after id ``after``, at most ``count``; waits up to ``block_ms`` (0: does not)."""
        asked = self._page.ask(count)
        streams, now = await self._wire.exchange(
            xread(self._key, after, asked, block_ms), ("TIME",)
        )
        raw = checked(streams)[0][1] if checked(streams) else []
        entries = [_entry(raw_id, fields) for raw_id, fields in raw]
        self._page.learn(len(entries), sum(entry.size for entry in entries))
        return InboundBatch(entries, time_ms(checked(now)), more=len(entries) >= asked)


class RedisInbound:
    """The inbound stream of one tenant, as :class:`router.ports.Inbound` describes it.

    ``on_moved(found, position)`` is told when the stream's last id lay below the position that the
    journal has reached, and was moved up.
    """

    def __init__(
        self, endpoint: Endpoint, keys: Keys, on_moved: Callable[[str, str], None]
    ) -> None:
        self._key = keys.inbound
        self._wire = endpoint.wire("inbound")
        self._upkeep_wire = endpoint.wire("inbound-upkeep")
        self._on_moved = on_moved
        self._aligned_generation = 0
        self._pages = EntryPages(self._wire, self._key, PAGE_ENTRIES_MAX)

    async def read(self, after: str, count: int, block_ms: int) -> InboundBatch:
        """Entries after id ``after``, at most ``count``; waits up to ``block_ms`` (0: does not)."""
        await self._wire.connect()
        if self._wire.generation != self._aligned_generation:
            await self._align(StreamId.parse(after))
            self._aligned_generation = self._wire.generation
        return await self._pages.read(after, count, block_ms)

    async def trim(self, upto: str) -> int:
        """Drop entries up to about id ``upto`` (the server drops whole blocks, never more).

        How many are left: at most a block of them, some hundred, are not later than ``upto``.
        """
        minid = str(StreamId.parse(upto).next())
        trimmed, left = await self._upkeep_wire.exchange(
            ("XTRIM", self._key, "MINID", "~", minid, "LIMIT", 0), ("XLEN", self._key)
        )
        checked(trimmed)
        return int(checked(left))

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()
        await self._upkeep_wire.close()

    async def _align(self, position: StreamId) -> None:
        """Move the stream's last id up to ``position`` if it lies below.

        After a failover, a deleted stream or a clock that went back, new entries would get ids
        below the position and never be read. Every new connection may be one to another server.
        """
        if position == StreamId(0, 0):
            return
        for _ in range(ALIGN_TRIES_MAX):
            _, info = await self._wire.exchange(
                ("WATCH", self._key), ("XINFO", "STREAM", self._key)
            )
            found = _last_id(info)
            if found is not None and found >= position:
                await self._wire.call("UNWATCH")
                return
            if await self._move(position, exists=found is not None):
                self._on_moved(str(found or StreamId(0, 0)), str(position))
                return
        raise StoreUnavailable("the inbound stream changes too fast to be aligned")

    async def _move(self, position: StreamId, *, exists: bool) -> bool:
        create: list[Sequence[Argument]] = []
        if not exists:
            # the only way to make an empty stream
            create = [
                ("XGROUP", "CREATE", self._key, NO_GROUP, "$", "MKSTREAM"),
                ("XGROUP", "DESTROY", self._key, NO_GROUP),
            ]
        *_, outcome = await self._wire.exchange(
            ("MULTI",), *create, ("XSETID", self._key, str(position)), ("EXEC",)
        )
        results = checked(outcome)
        if results is None:
            return False
        for result in results:
            if isinstance(result, Exception):
                raise StoreUnavailable(str(result))
        return True


def _last_id(info: Reply) -> StreamId | None:
    if isinstance(info, ReplyError) and "no such key" in info.detail:
        return None
    checked(info)
    return StreamId.parse(info[info.index(b"last-generated-id") + 1])


def _entry(raw_id: bytes, fields: list[bytes]) -> InboundEntry:
    """An entry of a stream as Redis answers it."""
    entry_id = raw_id.decode()
    pairs = dict(zip(fields[::2], fields[1::2], strict=True))
    return InboundEntry(entry_id, int(entry_id.partition("-")[0]), pairs)
