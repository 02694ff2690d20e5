"""Where a journal and its archive part, after a server has come back with fewer records.

Each record names the hash of the one before it, so that all before a common record is common.
"""

from __future__ import annotations

from typing import Protocol

from adapters.archive.directory import Archive
from adapters.archive.mark import Mark, links_of
from adapters.redis.stream_ids import StreamId
from router.record import record_hash

__all__ = ("Records", "find_fork")


class Records(Protocol):
    """A journal in which single records can be looked up."""

    async def record(self, record_id: str) -> bytes | None:
        """One record, if the journal holds it."""
        ...

    async def first(self) -> tuple[str, bytes] | None:
        """The oldest record that the journal holds."""
        ...


async def find_fork(archive: Archive, journal: Records) -> Mark | None:
    """The last record that both have held; None when they have nothing in common."""
    oldest = await journal.first()
    if oldest is None:
        return None
    oldest_id = StreamId.parse(oldest[0])
    for mark, _ in archive.backward():
        if mark.stream_id < oldest_id:
            # the journal has been trimmed up to here
            return mark if links_of(*oldest).prev == mark.hash else None
        found = await journal.record(mark.record_id)
        if found is not None and record_hash(found) == mark.hash:
            return mark
    return None
