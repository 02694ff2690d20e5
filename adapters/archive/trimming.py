"""Trimming the journal: only what is on the archiver's disk, and in front of the older of two
snapshots that were read back, so that recovery has a second choice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import structlog

from adapters.archive.directory import Archive, Place
from adapters.archive.errors import ArchiveDamaged
from adapters.archive.mark import NOWHERE, Mark
from adapters.archive.meters import ArchiveMeters
from adapters.redis.archived_journal import ArchivedJournal, Reached
from router.errors import BadSnapshot, CorruptJournal
from router.ports import Snapshots
from router.snapshot.manifest import decode_manifest
from router.snapshot.store import KEPT, verify

__all__ = ("Trimming",)

STEP_RECORDS: Final = 4_096
"""Records that go in one step: a server drops so many in about two milliseconds."""


class Trimming:
    """Trims one tenant's journal; what is younger than ``keep_ms`` stays in any case."""

    def __init__(
        self,
        archive: tuple[Path, str],
        journal: ArchivedJournal,
        snapshots: Snapshots,
        keep_ms: int,
        meters: ArchiveMeters,
        logger: structlog.stdlib.BoundLogger,
    ) -> None:
        self._where = archive
        self._journal = journal
        self._snapshots = snapshots
        self._keep_ms = keep_ms
        self._meters = meters
        self._log = logger
        self._verified: set[str] = set()

    async def trim(self, end: Mark) -> int:
        """Trim what can go while the archive ends there; how many records went."""
        archive = Archive(*self._where)
        kept = await self._kept(archive, end)
        trimmed = await self._journal.trimmed()
        if kept is None or kept.before.total_bytes <= trimmed.total_bytes:
            return 0
        try:
            records = await self._trim_upto(kept.mark, archive.records(trimmed.record_id))
        except ArchiveDamaged:
            raise
        except CorruptJournal as error:
            self._log.error("nothing is trimmed", fault=str(error))  # the message says it all
            return 0
        self._log.info("trimmed", records=records, first_left=kept.mark.record_id)
        return records

    async def _trim_upto(self, kept: Mark, archived: Iterator[tuple[Mark, bytes]]) -> int:
        """Trim in steps that the server takes in passing; each record is read in the archive once
        more before it goes."""
        records, before = 0, NOWHERE
        for number, (mark, data) in enumerate(archived):
            if number and (mark == kept or number % STEP_RECORDS == 0):
                gone = Reached(before.record_id, before.total_bytes)
                went = await self._journal.trim(gone, mark.record_id, data)
                self._meters.trimmed.inc(went)
                records += went
            if mark == kept:
                break
            before = mark
        return records

    async def _kept(self, archive: Archive, end: Mark) -> Place | None:
        """The oldest record that must stay."""
        snapshots = [place async for place in self._snapshotted(archive)]
        if len(snapshots) < KEPT:
            return None
        young = archive.place_since(end.now_ms - self._keep_ms)
        places = [*snapshots, *([young] if young is not None else [])]
        return min(places, key=lambda place: place.mark.stream_id)

    async def _snapshotted(self, archive: Archive) -> AsyncIterator[Place]:
        """The records of which there are snapshots that can be read, and that fit the archive."""
        manifests = await self._snapshots.manifests()
        self._verified &= {record_id for record_id, _ in manifests}
        for record_id, data in manifests:
            place = archive.place_of(record_id)
            try:
                manifest = decode_manifest(record_id, data)
                if place is None or place.mark.hash != manifest.hash:
                    continue
                if record_id not in self._verified:
                    await verify(self._snapshots, manifest)
                    self._verified.add(record_id)
            except BadSnapshot as error:
                self._log.warning("a snapshot cannot be used", fault=str(error))
                continue
            yield place
