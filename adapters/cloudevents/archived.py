"""Records that the journal has no more, read from its archive without holding up anybody."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from adapters.archive import Archive
from adapters.cloudevents.position import BEGIN, PART_MAX, Position

__all__ = ("NOWHERE", "ArchivedRecords")

NOWHERE: Final = Position(PART_MAX, PART_MAX)
"""What an archive has that has nothing."""


class ArchivedRecords:
    """An archive as it grows. Reading raises :class:`adapters.archive.ArchiveDamaged`,
    :class:`adapters.archive.ArchiveUnusable` and ``OSError``."""

    def __init__(self, directory: Path, tenant: str) -> None:
        self._where = (directory, tenant)
        self._opened: Archive | None = None
        self._reading = asyncio.Lock()

    async def oldest(self) -> Position:
        """The position after which it has everything that was ever archived."""
        async with self._reading:
            return await asyncio.to_thread(self._oldest)

    async def after(self, position: Position, count: int) -> Sequence[tuple[str, bytes]]:
        """The next records that hold something after a position, at most so many."""
        async with self._reading:
            return await asyncio.to_thread(self._after, position, count)

    def _archive(self) -> Archive:
        if self._opened is None:
            self._opened = Archive(*self._where)
        else:
            self._opened.refresh()
        return self._opened

    def _oldest(self) -> Position:
        segments = self._archive().segments
        if not segments:
            return NOWHERE
        before = segments[0].header.after
        return Position.of_record(before) if before else BEGIN

    def _after(self, position: Position, count: int) -> Sequence[tuple[str, bytes]]:
        found = self._archive().records(_id_before(position))
        return [(mark.record_id, data) for mark, data in islice(found, count)]


def _id_before(position: Position) -> str:
    """The id after which the first record comes of which something is left."""
    if position.is_whole:
        return position.record_id
    if position.lsn:
        return f"{position.epoch}-{position.lsn - 1}"
    return f"{position.epoch - 1}-{PART_MAX}"
