"""The board of one tenant: the floor, and what had happened before it was first asked for."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import redis

from adapters.api.problems import ProblemError
from adapters.api.reading.past import AskedIntervals, Source, interval_statistics
from adapters.api.reading.readers import Readers
from adapters.history.errors import JournalMissing
from adapters.projection.projection import Projection
from adapters.wallboard.before import BY, longest_ms, put_minutes, put_quarters, whole_from_ms
from adapters.wallboard.counts import MINUTE_MS, MINUTES, QUARTER_MS
from adapters.wallboard.floor import Floor
from router.errors import OneQueueError

__all__ = ("Board",)

_NOT_KNOWN: Final = (OneQueueError, JournalMissing, ProblemError, redis.RedisError)
"""The journal is trimmed, too long, or out of reach: then the board tells since when it counts."""


class Board:
    """A floor that is whole when somebody asks."""

    def __init__(self, projection: Projection) -> None:
        self.floor = Floor(projection)
        projection.listen(self.floor)
        self._projection = projection
        self._filling: asyncio.Task[None] | None = None
        self._filled_ms = 0

    def now_ms(self) -> int:
        """The time by this machine's clock, and never before the last record's: a quiet journal
        does not tell that time passes."""
        return max(self._projection.now_ms, int(time.time() * 1_000))

    async def now(self) -> Floor:
        """The floor as of now, for who does not ask what had happened before."""
        await self.floor.whole(self.now_ms())
        return self.floor

    async def whole(self, readers: Readers, source: Source) -> Floor:
        """The floor as of now. What had happened before comes in when it has been read."""
        await self.now()
        begun_ms = self.floor.counted_from_ms
        is_reading = self._filling is not None and not self._filling.done()
        if not is_reading and begun_ms != self._filled_ms:
            self._filled_ms = begun_ms
            self._filling = asyncio.create_task(self._fill(readers, source, begun_ms))
        return self.floor

    async def close(self) -> None:
        """Read no more."""
        if self._filling is not None:
            self._filling.cancel()
            await asyncio.gather(self._filling, return_exceptions=True)

    async def _fill(self, readers: Readers, source: Source, begun_ms: int) -> None:
        floor, cells = self.floor, self.floor.cells
        hour_ms = (begun_ms // MINUTE_MS - MINUTES) * MINUTE_MS
        asked = (
            AskedIntervals(QUARTER_MS, "UTC", BY, longest_ms(begun_ms), begun_ms),
            AskedIntervals(MINUTE_MS, "UTC", BY, hour_ms, begun_ms),
        )
        try:
            quarters, minutes = [
                await readers.past(source.tenant, interval_statistics, source, each)
                for each in asked
            ]
        except _NOT_KNOWN:
            return
        if floor.cells is not cells:
            return  # it has begun anew
        put_quarters(floor, quarters)
        put_minutes(floor, minutes)
        floor.counted_from_ms = self._filled_ms = whole_from_ms(quarters, begun_ms)
