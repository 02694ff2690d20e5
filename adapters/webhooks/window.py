"""What of a subscription is under way: how far all has been delivered, in the order of events."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Final

from adapters.cloudevents.position import Position

__all__ = ("Window",)

EVENTS_MAX: Final = 256
"""Events under way at once: as many may come twice after a crash, and be held in memory."""


class Window:
    """Events between the first that is not done and the last that was passed."""

    def __init__(self, position: Position) -> None:
        self._passed = position
        self._open: OrderedDict[Position, tuple[Position, int]] = OrderedDict()
        self._has_room = asyncio.Event()

    @property
    def position(self) -> Position:
        """All up to here is done."""
        return next(iter(self._open.values()), (self._passed, 0))[0]

    @property
    def oldest_ms(self) -> int:
        """The time of the first event that is not done; 0: nothing is under way."""
        return next(iter(self._open.values()), (self._passed, 0))[1]

    async def begin(self, position: Position, at_ms: int) -> None:
        """The next event, of that time, is to be delivered; waits for room."""
        while len(self._open) >= EVENTS_MAX:
            self._has_room.clear()
            await self._has_room.wait()
        self._open[position] = (self._passed, at_ms)
        self._passed = position

    def passed(self, position: Position) -> None:
        """Up to here there is nothing more to deliver."""
        self._passed = max(self._passed, position)

    def done(self, position: Position) -> None:
        """One of those that were begun is delivered, or given up."""
        del self._open[position]
        self._has_room.set()
