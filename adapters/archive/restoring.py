"""Restoring a server from an archive: the state as a snapshot, and the last record as the journal.

A router that is started then recovers as it does after any trim; the history before stays where it
is, in the archive.
"""

from __future__ import annotations

from pathlib import Path

import structlog

from adapters.archive.directory import Archive
from adapters.archive.errors import ArchiveUnusable
from adapters.archive.folding import Folding
from adapters.archive.lock import locked
from adapters.archive.mark import Mark
from adapters.redis.archived_journal import Reached
from adapters.redis.keys import Keys
from adapters.redis.restored_journal import begin_journal, require_no_journal
from adapters.redis.server_check import check_server
from adapters.redis.snapshots import RedisSnapshots
from adapters.redis.wire import Endpoint
from router.snapshot.store import save_state

__all__ = ("restore",)


async def restore(
    directory: Path,
    endpoint: Endpoint,
    keys: Keys,
    release: str,
    logger: structlog.stdlib.BoundLogger,
) -> Mark:
    """Begin a tenant's journal where its archive ends; the mark of that record.

    Raises :class:`ArchiveUnusable`, :class:`ArchiveDamaged`, :class:`CorruptJournal`,
    :class:`JournalExists`, :class:`BadSnapshot`, :class:`UnsuitableServerError` and
    :class:`StoreUnavailable`; then it can be tried again.
    """
    wire, snapshots = endpoint.wire("restore"), RedisSnapshots(endpoint, keys)
    try:
        with locked(directory):
            await check_server(wire)
            await require_no_journal(wire, keys)
            archive = Archive(directory, keys.tenant)
            place = archive.place_of(archive.last.record_id) if not archive.is_empty else None
            if place is None:
                raise ArchiveUnusable(directory, "it is empty", "name the one that has the history")
            folding = Folding(directory, keys.tenant, snapshots, logger)
            await folding.fold(place.mark, ())
            await save_state(snapshots, folding.state, folding.tail, place.mark.record_id, release)
            last, gone = (
                Reached(mark.record_id, mark.total_bytes) for mark in (place.mark, place.before)
            )
            await begin_journal(wire, keys, place.data, last, gone)
            return place.mark
    finally:
        await wire.close()
        await snapshots.close()
