"""One archiver as a process: waits for its turn, works while it has it, and stops when asked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from adapters.archive.archiving import Archiver, Fold
from adapters.archive.folding import Folding
from adapters.archive.keeping import Keeping
from adapters.archive.lock import locked
from adapters.archive.meters import ArchiveMeters
from adapters.archive.trimming import Trimming
from adapters.archive.writing import ArchiveWriter
from adapters.process.release import release
from adapters.process.stop_signals import stop_signals
from adapters.process.turns import first_of, give_up, until_lost, wait_for_turn
from adapters.redis.archived_journal import ArchivedJournal
from adapters.redis.keys import Keys
from adapters.redis.lease import PATIENT_TERMS, Lease, process_id
from adapters.redis.snapshots import RedisSnapshots
from adapters.redis.wire import Endpoint

__all__ = ("ArchiveOrder", "archive_tenant", "serve_archive")

WAITING: Final = "waiting: another archiver works"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveOrder:
    """What to archive, where to, and how."""

    endpoint: Endpoint
    keys: Keys
    directory: Path
    segment_bytes: int
    snapshot_every_ms: int
    keep_journal_ms: int
    new_archive: bool = False
    once: bool = False
    """Archive what there is by now, and end."""


async def serve_archive(
    order: ArchiveOrder, meters: ArchiveMeters, logger: structlog.stdlib.BoundLogger
) -> int:
    """Work until SIGTERM or SIGINT, one archiver of a tenant at a time; how many records had to be
    set aside.

    Two at once could not share a directory, and with one each the journal would be trimmed by what
    only one of them has. Raises :class:`CorruptJournal`, :class:`ArchiveDamaged`,
    :class:`ArchiveUnusable`, :class:`JournalGone`, :class:`ReplyError` when the server does not let
    us in, or :class:`UrlError`.
    """
    stopped = asyncio.Event()
    with stop_signals(stopped.set):
        orphaned = await archive_tenant(order, meters, logger, stopped)
    logger.info("stopped")
    return orphaned


async def archive_tenant(
    order: ArchiveOrder,
    meters: ArchiveMeters,
    logger: structlog.stdlib.BoundLogger,
    stopped: asyncio.Event,
) -> int:
    """The same until ``stopped`` is set, beside others who share the process with it or alone."""
    lease = Lease(order.endpoint, order.keys.archiver, process_id(), PATIENT_TERMS)
    orphaned = 0
    try:
        while not stopped.is_set() and await _has_turn(order, lease, logger, stopped):
            with locked(order.directory):
                orphaned += await _work(order, lease, meters, logger, stopped)
            if order.once:
                break
        await give_up(lease.release())
    finally:
        await lease.close()
    return orphaned


async def _has_turn(
    order: ArchiveOrder, lease: Lease, logger: structlog.stdlib.BoundLogger, stopped: asyncio.Event
) -> bool:
    """Wait until it is our turn; with ``once``, only look whether it is."""
    if order.once:
        holder = await lease.acquire()
        if holder is not None:
            logger.info("another archiver works: nothing to do", holder=holder)
        return holder is None
    await first_of(stopped.wait(), wait_for_turn(lease, order.endpoint, WAITING, logger))
    return not stopped.is_set()


async def _work(
    order: ArchiveOrder,
    lease: Lease,
    meters: ArchiveMeters,
    logger: structlog.stdlib.BoundLogger,
    stopped: asyncio.Event,
) -> int:
    """Work until we are stopped, or another archiver has taken our turn."""
    journal = ArchivedJournal(order.endpoint, order.keys)
    snapshots = RedisSnapshots(order.endpoint, order.keys)
    writer = await asyncio.to_thread(
        ArchiveWriter, order.directory, order.keys.tenant, order.segment_bytes
    )
    _tell_state(writer, logger)
    fold = _fold(order, journal, snapshots, meters, logger)
    archiver = Archiver(
        journal, writer, fold, meters, logger, time.monotonic, new_archive=order.new_archive
    )
    meters.reached(writer.end)
    meters.working.set(1)
    try:
        async with _ending(lease, stopped) as ended:
            if order.once:
                await archiver.catch_up()
            else:
                await archiver.run(ended)
    finally:
        meters.working.set(0)
        await journal.close()
        await snapshots.close()
    return archiver.orphaned


def _fold(
    order: ArchiveOrder,
    journal: ArchivedJournal,
    snapshots: RedisSnapshots,
    meters: ArchiveMeters,
    logger: structlog.stdlib.BoundLogger,
) -> Fold | None:
    """What is done with what was archived: nothing, where no snapshots are wanted."""
    if not order.snapshot_every_ms:
        return None
    where = (order.directory, order.keys.tenant)
    return Keeping(
        order.directory,
        Folding(*where, snapshots, logger),
        snapshots,
        Trimming(where, journal, snapshots, order.keep_journal_ms, meters, logger),
        order.snapshot_every_ms,
        release(),
        meters,
        logger,
        time.monotonic,
    )


@asynccontextmanager
async def _ending(lease: Lease, stopped: asyncio.Event) -> AsyncIterator[asyncio.Event]:
    """An event that is set when the work shall end: a block that is being written is not to be
    cancelled."""
    ended = asyncio.Event()

    async def watch() -> None:
        await first_of(stopped.wait(), until_lost(lease))
        ended.set()

    watching = asyncio.create_task(watch())
    try:
        yield ended
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


def _tell_state(writer: ArchiveWriter, logger: structlog.stdlib.BoundLogger) -> None:
    end = writer.end
    logger.info(
        "archiving", directory=str(writer.directory), records=end.records, end=end.record_id
    )
    if writer.damage is not None:
        fault = str(writer.damage)
        logger.error("the newest segment is damaged, and written anew from there", fault=fault)
    elif writer.torn_bytes:
        logger.warning("the last block was torn, and is written anew", bytes=writer.torn_bytes)
