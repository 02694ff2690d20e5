"""Turns at something of which there is little; tenants take turns, however much each wants."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

__all__ = ("FairTurns",)


class FairTurns:
    """So many ``places`` at one time."""

    def __init__(self, places: int = 1) -> None:
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._free = places

    @asynccontextmanager
    async def turn(self, tenant: str) -> AsyncIterator[None]:
        """Wait for a turn, and have it until the end of the block."""
        if self._free:
            self._free -= 1
        else:
            await self._wait(tenant)
        try:
            yield
        finally:
            self._next()

    async def _wait(self, tenant: str) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(tenant, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self._next()  # it had come, and is not wanted any more
            raise

    def _next(self) -> None:
        """Hand the place over to whoever's turn it is, or free it."""
        while self._waiting:
            tenant, turns = self._waiting.popitem(last=False)
            wanted = deque(turn for turn in turns if not turn.done())
            if wanted:
                wanted.popleft().set_result(None)
                if wanted:
                    self._waiting[tenant] = wanted
                return
        self._free += 1
