"""Feeds of folded records: each bounded, so that who is slow holds up nobody else."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Final

from adapters.projection.folded import Folded
from router.errors import OneQueueError

__all__ = ("FEED_BYTES_MAX", "FEED_RECORDS_MAX", "Feed", "FellBehind")

FEED_RECORDS_MAX: Final = 4_096
FEED_BYTES_MAX: Final = 32 * 1024**2
"""What may wait in one feed: some seconds of a busy floor."""


class FellBehind(OneQueueError):
    """A feed ended: its reader was too slow, or the projection was built anew. ``position`` is the
    last record that the reader has had: what came after it stands in the journal."""

    def __init__(self, position: str) -> None:
        super().__init__(position)
        self.position = position

    def __str__(self) -> str:
        return f"the feed of the journal ended behind record {self.position}: begin anew from there"


class Feed:
    """The records from its opening on, for one reader. Close it when it is read no more."""

    def __init__(
        self,
        position: str,
        *,
        work: bool = False,
        records_max: int = FEED_RECORDS_MAX,
        bytes_max: int = FEED_BYTES_MAX,
    ) -> None:
        self.position = position
        """The last record that was handed out; at first, the one before the feed's first."""

        self.work = work
        self.is_over = False
        self._records_max, self._bytes_max = records_max, bytes_max
        self._bytes = 0
        self._waiting: deque[Folded] = deque()
        self._changed = asyncio.Event()

    def put(self, folded: Folded) -> None:
        """Take in the next record; past the bounds the feed is over, and all of it is let go."""
        if self.is_over:
            return
        if self.work:
            folded.work_entries  # noqa: B018  # made while the state is that of the record
        self._waiting.append(folded)
        self._bytes += folded.record_bytes
        if len(self._waiting) > self._records_max or self._bytes > self._bytes_max:
            self.end()
        self._changed.set()

    def end(self) -> None:
        """Let the reader begin anew."""
        self.is_over = True
        self._waiting.clear()
        self._changed.set()

    def __aiter__(self) -> AsyncIterator[Folded]:
        return self

    async def __anext__(self) -> Folded:
        """The next record. Raises :class:`FellBehind`."""
        while not self._waiting:
            if self.is_over:
                raise FellBehind(self.position)
            self._changed.clear()
            await self._changed.wait()
        return self._take()

    def _take(self) -> Folded:
        folded = self._waiting.popleft()
        self._bytes -= folded.record_bytes
        self.position = folded.record_id
        return folded
