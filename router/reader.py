"""The reader: takes entries from inbound ahead of the engine, as many as a bounded buffer holds."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from router.backoff import Backoff
from router.clock import StoreClock
from router.errors import StoreUnavailable
from router.outage import Outage
from router.ports import Inbound, InboundBatch, InboundEntry
from router.share import WHOLE, Share

__all__ = ("Reader", "Taken")

READ_ENTRIES_MAX: Final = 512
READ_BATCHES: Final = 2
"""Batches that one read may fill: so many at most as are decided while the next one is read."""

BUFFER_ENTRIES_MAX: Final = 1_024
BUFFER_BYTES_MAX: Final = 32 * 1024**2
BLOCK_MS: Final = 100
"""How long a read waits for entries; a timer that is set meanwhile may be this late."""


class Taken(NamedTuple):
    """Entries for one batch, and when (monotonic seconds) the first of them was read."""

    entries: list[InboundEntry]
    read_at_s: float


class Reader:
    """Reads inbound from a position on; ``woken`` is set after every read.

    Every command that was added before :attr:`horizon_ms` has been taken. A timer that is due later
    must wait: an answer to what it ends may be on its way. ``next_due_ms`` tells when the first
    timer is due, so that a read does not wait longer than that.
    """

    def __init__(
        self,
        inbound: Inbound,
        clock: StoreClock,
        outage: Outage,
        woken: asyncio.Event,
        monotonic: Callable[[], float],
        next_due_ms: Callable[[], int | None],
        share: Share = WHOLE,
    ) -> None:
        self._inbound = inbound
        self._clock = clock
        self._outage = outage
        self._woken = woken
        self._monotonic = monotonic
        self._next_due_ms = next_due_ms
        self._share = share
        self._buffer: deque[tuple[InboundEntry, float]] = deque()
        self._buffer_bytes = 0
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._asked_at_ms: int | None = None
        self._read_upto_ms = 0

    @property
    def has_entries(self) -> bool:
        """Whether something is waiting to be taken."""
        return bool(self._buffer)

    @property
    def has_read(self) -> bool:
        """Whether inbound has been read at all."""
        return self._asked_at_ms is not None

    @property
    def horizon_ms(self) -> int:
        """The time before which no command can be that has not been taken."""
        if self._buffer:
            return min(self._read_upto_ms, self._buffer[0][0].at_ms)
        return self._read_upto_ms

    def age_ms(self, now_ms: int) -> int:
        """How long the oldest entry has been waiting that was read and not taken; 0: none is."""
        return max(0, now_ms - self._buffer[0][0].at_ms) if self._buffer else 0

    def take(self, most: int) -> Taken:
        """Take the oldest entries, at most ``most``."""
        read_at_s = self._buffer[0][1] if self._buffer and most else self._monotonic()
        entries = [self._buffer.popleft()[0] for _ in range(min(most, len(self._buffer)))]
        self._buffer_bytes -= sum(entry.size for entry in entries)
        if self._fits():
            self._has_room.set()
        return Taken(entries, read_at_s)

    async def run(self, position: str) -> None:
        """Read for ever, from after ``position``."""
        backoff = Backoff()
        while True:
            await self._has_room.wait()
            try:
                batch = await self._inbound.read(position, self._count(), self._block_ms())
            except StoreUnavailable as error:
                self._outage.failed("reading", error)
                await asyncio.sleep(backoff.next_s())
                continue
            self._outage.answered("reading")
            backoff.reset()
            position = self._take_in(batch) or position
            self._woken.set()

    def _count(self) -> int:
        """Entries of one read: to take them in is a part of the turn of who reads."""
        return min(READ_ENTRIES_MAX, READ_BATCHES * self._share.commands_max())

    def _block_ms(self) -> int:
        due_ms = self._next_due_ms()
        if due_ms is None or due_ms <= self._read_upto_ms:
            return BLOCK_MS
        return max(0, min(BLOCK_MS, due_ms - self._clock.now_ms() + 1))

    def _take_in(self, batch: InboundBatch) -> str | None:
        self._clock.sample(batch.now_ms)
        position = self._buffer_entries(batch.entries)
        upto_ms = self._asked_at_ms or 0
        if batch.more:
            # ids may be chosen by whoever adds the entry, so one may lie in the future
            upto_ms = min(upto_ms, batch.entries[-1].at_ms)
        self._read_upto_ms = max(self._read_upto_ms, upto_ms)
        # the time came after the entries: only the next read sees all that was there by then
        self._asked_at_ms = batch.now_ms
        return position

    def _buffer_entries(self, entries: Sequence[InboundEntry]) -> str | None:
        read_at_s = self._monotonic()
        self._buffer.extend((entry, read_at_s) for entry in entries)
        self._buffer_bytes += sum(entry.size for entry in entries)
        if not self._fits():
            self._has_room.clear()
        return entries[-1].entry_id if entries else None

    def _fits(self) -> bool:
        return len(self._buffer) < BUFFER_ENTRIES_MAX and self._buffer_bytes < BUFFER_BYTES_MAX
