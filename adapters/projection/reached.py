"""Waiting until what is inbound has been decided, as far as an entry."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count

from adapters.redis.stream_ids import StreamId

__all__ = ("Reached",)


class Reached:
    """Those who wait until the journal has come as far as some entry of the inbound stream."""

    def __init__(self) -> None:
        self.position = StreamId(0, 0)
        self._numbers = count()
        self._waiting: list[tuple[StreamId, int, asyncio.Future[None]]] = []

    def advance(self, position: str) -> None:
        """So far the journal has come."""
        self.position = StreamId.parse(position)
        while self._waiting and self._waiting[0][0] <= self.position:
            waiter = heapq.heappop(self._waiting)[2]
            if not waiter.done():
                waiter.set_result(None)

    async def wait(self, entry_id: str) -> None:
        """Return once the entry with this id has been decided."""
        wanted = StreamId.parse(entry_id)
        if wanted <= self.position:
            return
        waiter = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (wanted, next(self._numbers), waiter))
        await waiter
