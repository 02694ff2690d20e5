"""The journal as a projection reads it: it is noted when its end was seen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence

from adapters.redis.journal_reader import RedisJournalReader

__all__ = ("NotingReader",)


class NotingReader:
    """A :class:`router.ports.JournalReader` that knows when all that there was had been folded."""

    def __init__(self, reader: RedisJournalReader) -> None:
        self.whole_at_s = float("-inf")
        """When all that had been folded since was all that stood in the journal (monotonic)."""

        self._reader = reader
        self._page_at_s: float | None = None

    async def read(self, after: str, count: int, block_ms: int) -> Sequence[tuple[str, bytes]]:
        """The next page; what was read before has been folded."""
        # whoever has waited for that goes first: their answers need not wait for our question
        await asyncio.sleep(0)
        if self._page_at_s is not None:
            self.whole_at_s = self._page_at_s
        page = await self._reader.read(after, count, block_ms)
        now_s = time.monotonic()
        self._page_at_s = now_s if self._reader.at_end else None
        if not page:
            self.whole_at_s = now_s
        return page

    def records(self, after: str = "") -> AsyncIterator[tuple[str, bytes]]:
        """Every record after an id that is there now."""
        return self._reader.records(after)

    async def newest_id(self) -> str:
        """The id of the newest record, "0-0" where there is none."""
        return await self._reader.newest_id()

    async def close(self) -> None:
        """Close the connections."""
        await self._reader.close()
