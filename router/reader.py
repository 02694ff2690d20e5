"""The reader: takes entries from inbound ahead of the engine, as many as a bounded buffer holds."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from router.backoff import Backoff
from router.clock import StoreClock
from router.errors import StoreUnavailable
from router.ports import Inbound, InboundEntry, Observer

__all__ = ("Reader", "Taken")

READ_ENTRIES_MAX: Final = 512
BUFFER_ENTRIES_MAX: Final = 1_024
BUFFER_BYTES_MAX: Final = 32 * 1024**2
BLOCK_MS: Final = 1_000
"""How long a read waits for entries; also how old the sample of Redis' time may get."""


class Taken(NamedTuple):
    """Entries for one batch, and when (monotonic seconds) the first of them was read."""

    entries: list[InboundEntry]
    read_at_s: float


class Reader:
    """Reads inbound from a position on; ``woken`` is set whenever something has come in.

    ``is_current`` tells whether the last read succeeded: while it is false, commands that should
    come before a timer may be waiting unread.
    """

    def __init__(
        self,
        inbound: Inbound,
        clock: StoreClock,
        observer: Observer,
        woken: asyncio.Event,
        monotonic: Callable[[], float],
    ) -> None:
        self._inbound = inbound
        self._clock = clock
        self._observer = observer
        self._woken = woken
        self._monotonic = monotonic
        self._buffer: deque[tuple[InboundEntry, float]] = deque()
        self._buffer_bytes = 0
        self._has_room = asyncio.Event()
        self._has_room.set()
        self.is_current = False

    @property
    def has_entries(self) -> bool:
        """Whether something is waiting to be taken."""
        return bool(self._buffer)

    def take(self, most: int) -> Taken:
        """Take the oldest entries, at most ``most``."""
        read_at_s = self._buffer[0][1] if self._buffer and most else self._monotonic()
        entries = [self._buffer.popleft()[0] for _ in range(min(most, len(self._buffer)))]
        self._buffer_bytes -= sum(map(_size, entries))
        if self._fits():
            self._has_room.set()
        return Taken(entries, read_at_s)

    async def run(self, position: str) -> None:
        """Read for ever, from after ``position``."""
        backoff = Backoff()
        while True:
            await self._has_room.wait()
            try:
                # the first read after trouble must not wait: timers wait for it
                block_ms = BLOCK_MS if self.is_current else 0
                batch = await self._inbound.read(position, READ_ENTRIES_MAX, block_ms)
            except StoreUnavailable as error:
                self.is_current = False
                self._observer.store_error(error, backoff.attempt + 1)
                await asyncio.sleep(backoff.next_s())
                continue
            if backoff.attempt:
                self._observer.store_recovered(backoff.attempt)
            backoff.reset()
            self._clock.sample(batch.now_ms)
            position = self._buffer_entries(batch.entries) or position
            if batch.entries or not self.is_current:
                self.is_current = True
                self._woken.set()

    def _buffer_entries(self, entries: Sequence[InboundEntry]) -> str | None:
        read_at_s = self._monotonic()
        self._buffer.extend((entry, read_at_s) for entry in entries)
        self._buffer_bytes += sum(map(_size, entries))
        if not self._fits():
            self._has_room.clear()
        return entries[-1].entry_id if entries else None

    def _fits(self) -> bool:
        return len(self._buffer) < BUFFER_ENTRIES_MAX and self._buffer_bytes < BUFFER_BYTES_MAX


def _size(entry: InboundEntry) -> int:
    return sum(map(len, entry.fields.values()))
