"""The journal read along, by those who do not lead: bounded pages, on connections of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from adapters.redis.journal_stream import PAGE_RECORDS_MAX, JournalPages, last_generated_id
from adapters.redis.keys import Keys
from adapters.redis.stream_ids import StreamId
from adapters.redis.wire import Endpoint
from router.record import NO_POSITION

__all__ = ("RedisJournalReader",)


class RedisJournalReader:
    """The journal of one tenant, as :class:`router.ports.JournalReader` describes it."""

    def __init__(self, endpoint: Endpoint, keys: Keys) -> None:
        self._key = keys.journal
        self._wire = endpoint.wire("follow")
        # a read that waits for records holds its connection
        self._asking_wire = endpoint.wire("follow-ask")
        self._pages = JournalPages(self._wire, self._key)

    @property
    def at_end(self) -> bool:
        """Whether the last page that was read went up to the journal's end of that moment."""
        return self._pages.at_end

    async def read(self, after: str, count: int, block_ms: int) -> Sequence[tuple[str, bytes]]:
        """Records after id ``after`` ("0-0": from the first), at most ``count``; waits up to
        ``block_ms`` for one (0: does not). Raises :class:`CorruptJournal` for a foreign entry."""
        return await self._pages.read(after, count, block_ms)

    async def records(self, after: str = "") -> AsyncIterator[tuple[str, bytes]]:
        """Every record after id ``after`` that is there now, as (id, bytes), oldest first."""
        last = StreamId.parse(await self.newest_id())
        position = after or NO_POSITION
        while StreamId.parse(position) < last:
            page = await self.read(position, PAGE_RECORDS_MAX, 0)
            for record_id, data in page:
                yield record_id, data
                position = record_id
            if not page:
                return

    async def newest_id(self) -> str:
        """The id of the newest record, "0-0" where there is none."""
        newest = await last_generated_id(self._asking_wire, self._key)
        return NO_POSITION if newest is None else str(newest)

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()
        await self._asking_wire.close()
