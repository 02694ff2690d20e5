"""Archiving: the journal followed, and every record written to disk once, whatever comes between.

Records gather until they fill a block, or for a second; the position that the server is told counts
only what is synced and was read back. How far it has come is on the disk alone: after a crash, and
on every new connection, the journal is compared with the end of what is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import structlog

from adapters.archive.directory import Archive
from adapters.archive.errors import ArchiveDamaged, ArchiveUnusable, ReadBackError
from adapters.archive.fork import find_fork
from adapters.archive.mark import Mark, links_of
from adapters.archive.meters import ArchiveMeters
from adapters.archive.segment_format import Entry
from adapters.archive.writing import BLOCK_BYTES, ArchiveWriter
from adapters.redis.archived_journal import ArchivedJournal, Reached
from adapters.redis.stream_ids import StreamId
from adapters.redis.wire import ReplyError
from router.backoff import Backoff
from router.errors import CorruptJournal, JournalGone, StoreUnavailable
from router.record import GENESIS, NO_POSITION, record_hash

__all__ = ("Archiver", "Fold")

PAGE_RECORDS: Final = 1_024
BLOCK_MS: Final = 250
GATHER_S: Final = 1.0
"""How long records wait for others to share their block: what a lost disk of the server and a lost
archiver together may cost."""


class Fold(Protocol):
    """Takes in what has been archived."""

    async def take(self, before: Mark, entries: Sequence[Entry], *, caught_up: bool) -> None:
        """These records have been archived after that mark; there may have been others since the
        last call. ``caught_up``: there are no more for now."""
        ...

    def forget(self) -> None:
        """Records that were taken in have been set aside: what was made of them is void."""
        ...


class Archiver:
    """Brings a tenant's journal to disk. ``orphaned`` counts records that had to be set aside."""

    def __init__(
        self,
        journal: ArchivedJournal,
        writer: ArchiveWriter,
        fold: Fold | None,
        meters: ArchiveMeters,
        logger: structlog.stdlib.BoundLogger,
        monotonic: Callable[[], float],
        *,
        new_archive: bool = False,
    ) -> None:
        self._journal = journal
        self._writer = writer
        self._fold = fold
        self._meters = meters
        self._log = logger
        self._monotonic = monotonic
        self._new_archive = new_archive
        self._aligned_generation = 0
        self._gathered: list[Entry] = []
        self._gathered_bytes = 0
        self._gathering_since_s = 0.0
        self.orphaned = 0

    async def run(self, ended: asyncio.Event) -> None:
        """Archive until that is set, and write what has gathered by then; not to be cancelled.

        Raises :class:`CorruptJournal`, :class:`JournalGone`, :class:`ArchiveUnusable` or
        :class:`ArchiveDamaged`, each of which ends it.
        """
        backoff = Backoff()
        while not ended.is_set():
            try:
                await self.step(BLOCK_MS)
            except (StoreUnavailable, OSError, ReadBackError) as error:
                await self._wait(error, backoff)
                continue
            if backoff.attempt:
                self._log.info("archiving again", failed_attempts=backoff.attempt)
            backoff.reset()
        await self._write_the_rest()

    async def catch_up(self) -> None:
        """Archive all that the journal holds by now. Raises what went wrong, at once."""
        await self._align()
        newest = await self._journal.newest_id()
        while newest is not None and StreamId.parse(self._after()) < newest:
            if not await self.step(0):
                break
        await self.flush()
        await self._hand_on(self._writer.end, (), caught_up=True)

    async def step(self, block_ms: int) -> int:
        """Read a page, waiting for it up to ``block_ms``, and write what is due; records read."""
        await self._align()
        page: Sequence[Entry] = ()
        if self._gathered_bytes < BLOCK_BYTES:
            page = await self._journal.read(self._after(), PAGE_RECORDS, block_ms)
        if page and not self._gathered:
            self._gathering_since_s = self._monotonic()
        self._gathered += page
        self._gathered_bytes += sum(len(data) for _, data in page)
        if self._is_due():
            await self.flush()
        return len(page)

    async def flush(self) -> None:
        """Write what has gathered."""
        if not self._gathered:
            return
        entries, before = self._gathered, self._writer.end
        # while there is more than goes into a block, it is behind
        caught_up = self._gathered_bytes < BLOCK_BYTES
        try:
            mark = await asyncio.to_thread(self._writer.append, entries)
        except ArchiveDamaged:
            raise
        except CorruptJournal:
            self._drop_gathered()
            if not await self._settle():
                raise
            return
        self._drop_gathered()
        self._meters.archived(before, mark)
        await self._tell()
        await self._hand_on(before, entries, caught_up=caught_up)

    async def _write_the_rest(self) -> None:
        try:
            await self.flush()
        except (StoreUnavailable, OSError, ReadBackError) as error:
            # the journal has it, and whoever archives next
            self._log.warning("the last records were not archived", error=str(error))

    async def _align(self) -> None:
        """Compare journal and archive on a new connection: it may be one to another server."""
        await self._journal.connect()
        if self._journal.generation != self._aligned_generation:
            self._drop_gathered()
            await self._journal.require_primary()
            await self._settle()
            self._aligned_generation = self._journal.generation
            await self._hand_on(self._writer.end, (), caught_up=False)

    async def _settle(self) -> bool:
        """See to it that the journal goes on where the archive ends; whether that took anything."""
        end = self._writer.end
        if not end.records:
            await self._begin()
            return False
        newest = await self._journal.newest_id()
        if newest is None:
            raise JournalGone(self._journal.key)
        found = await self._journal.record(end.record_id)
        if found is not None and record_hash(found) == end.hash:
            return False
        fork = await find_fork(self._archive(), self._journal)
        if fork is None:
            raise await self._parted(end)
        if fork == end:
            return False
        if fork.stream_id == newest:
            # a router that still has them may write them again; until then there is nothing to do
            raise StoreUnavailable(
                f"the journal ends with {newest}, and records up to {end.record_id} were archived: "
                "the server has lost what is between; waiting for a router to go on"
            )
        await self._set_aside(fork)
        return True

    async def _begin(self) -> None:
        """Begin with the first record that the tenant ever had, or where we are told to."""
        oldest = await self._journal.first()
        if oldest is None:
            return
        prev = links_of(*oldest).prev
        if prev == GENESIS:
            return
        if not self._new_archive:
            problem = f"it is empty, and the journal begins with {oldest[0]}: what came before is "
            remedy = "name the archive that has it, or begin another one here with --new-archive"
            raise ArchiveUnusable(self._writer.directory, problem + "trimmed", remedy)
        trimmed = await self._journal.trimmed()
        self._writer.begin_after(Mark(trimmed.record_id, prev, total_bytes=trimmed.total_bytes))

    async def _parted(self, end: Mark) -> ArchiveUnusable:
        oldest = await self._journal.first()
        begins = "is empty" if oldest is None else f"begins with {oldest[0]}"
        problem = f"it ends with {end.record_id}, and the journal {begins}, which does not follow"
        remedy = (
            "restore the newest copy of the archive; or, where there is none, begin another one in "
            "an empty directory with --new-archive"
        )
        return ArchiveUnusable(self._writer.directory, problem, remedy)

    async def _set_aside(self, fork: Mark) -> None:
        orphans = await asyncio.to_thread(self._writer.set_aside, fork)
        if self._fold is not None:
            self._fold.forget()
        self.orphaned += orphans.records
        self._meters.orphaned.inc(orphans.records)
        self._meters.reached(fork)
        self._log.error(
            "the journal has lost records that were archived; they were set aside",
            first=orphans.first,
            last=orphans.last,
            records=orphans.records,
            file=str(orphans.path),
        )
        await self._tell()

    async def _hand_on(self, before: Mark, entries: Sequence[Entry], *, caught_up: bool) -> None:
        if self._fold is not None and self._writer.end.records:
            await self._fold.take(before, entries, caught_up=caught_up)

    async def _tell(self) -> None:
        end = self._writer.end
        await self._journal.tell(Reached(end.record_id, end.total_bytes))

    async def _wait(self, error: Exception, backoff: Backoff) -> None:
        if isinstance(error, ReplyError) and error.is_final:
            raise error
        if isinstance(error, StoreUnavailable):
            self._meters.redis_errors.inc()
        else:
            self._meters.failures.inc()
        if not backoff.attempt:
            self._log.warning("cannot archive, trying again", error=str(error))
        await asyncio.sleep(backoff.next_s())

    def _archive(self) -> Archive:
        return Archive(self._writer.directory, self._writer.tenant)

    def _after(self) -> str:
        if self._gathered:
            return self._gathered[-1][0]
        return self._writer.end.record_id or NO_POSITION

    def _is_due(self) -> bool:
        if self._gathered_bytes >= BLOCK_BYTES:
            return True
        waited_s = self._monotonic() - self._gathering_since_s
        return bool(self._gathered) and waited_s >= GATHER_S

    def _drop_gathered(self) -> None:
        self._gathered, self._gathered_bytes = [], 0
