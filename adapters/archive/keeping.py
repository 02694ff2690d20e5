"""What is done with an archive that grows: snapshots of its state now and then, copies of some of
them beside the segments, and trimming."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import structlog

from adapters.archive.folding import Folding
from adapters.archive.mark import Mark
from adapters.archive.meters import ArchiveMeters
from adapters.archive.segment_format import Entry
from adapters.archive.states import STATE_EVERY_MS, keep_state, kept_states
from adapters.archive.trimming import Trimming
from router.errors import BadSnapshot, StoreUnavailable
from router.ports import Snapshots
from router.snapshot.manifest import Manifest
from router.snapshot.store import save_state

__all__ = ("Keeping",)

SNAPSHOT_RECORDS: Final = 100_000
"""Records after which a snapshot is made however young the last one is: so many are folded in a
few seconds at a start, and make some tens of megabytes of journal."""

RETRY_S: Final = 30.0
"""How long to wait after a snapshot that could not be written."""

TRIM_S: Final = 30.0


class Keeping:
    """Folds what is archived; a snapshot is due ``every_ms`` after the one before, in the journal's
    time (not while it is behind, when that passes quickly), or after many records."""

    def __init__(
        self,
        directory: Path,
        folding: Folding,
        snapshots: Snapshots,
        trimming: Trimming,
        every_ms: int,
        release: str,
        meters: ArchiveMeters,
        logger: structlog.stdlib.BoundLogger,
        monotonic: Callable[[], float],
    ) -> None:
        self._directory = directory
        self._folding = folding
        self._snapshots = snapshots
        self._trimming = trimming
        self._every_ms = every_ms
        self._release = release
        self._meters = meters
        self._log = logger
        self._monotonic = monotonic
        self._not_before_s = self._trim_at_s = monotonic()

    async def take(self, before: Mark, entries: Sequence[Entry], *, caught_up: bool) -> None:
        """Fold what was archived, and do what is due."""
        if not await self._folding.go_on(before, entries):
            return
        if self._is_due(caught_up=caught_up):
            await self._write_snapshot()
        if self._monotonic() >= self._trim_at_s:
            await self._trimming.trim(self._folding.mark)
            self._trim_at_s = self._monotonic() + TRIM_S

    def forget(self) -> None:
        """Begin again: what was folded is not the history any more."""
        self._folding.forget()

    def _is_due(self, *, caught_up: bool) -> bool:
        last, mark = self._folding.snapshot, self._folding.mark
        if mark == last or self._monotonic() < self._not_before_s:
            return False
        many = mark.records - last.records >= SNAPSHOT_RECORDS
        return many or (caught_up and mark.now_ms - last.now_ms >= self._every_ms)

    async def _write_snapshot(self) -> None:
        folding, begin_s = self._folding, self._monotonic()
        try:
            manifest = await save_state(
                self._snapshots,
                folding.state,
                folding.tail,
                folding.mark.record_id,
                self._release,
            )
        except (BadSnapshot, StoreUnavailable) as error:
            self._meters.snapshot_failures.inc()
            self._not_before_s = self._monotonic() + RETRY_S
            self._log.warning("no snapshot was written, trying again later", error=str(error))
            return
        took_s = self._monotonic() - begin_s
        folding.snapshot = folding.mark
        self._trim_at_s = self._monotonic()
        if manifest is not None:
            self._meters.snapshots.inc()
            self._meters.snapshot_seconds.set(took_s)
            self._log.info(
                "snapshot written",
                record=manifest.record_id,
                bytes=manifest.stored_bytes,
                seconds=round(took_s, 3),
            )
            await self._keep(manifest)

    async def _keep(self, manifest: Manifest) -> None:
        """Keep a copy of it in the archive, if the last one there is old enough."""
        newest = next(iter(kept_states(self._directory)), None)
        if newest is not None and manifest.now_ms - newest.now_ms < STATE_EVERY_MS:
            return
        chunks: list[bytes] = []
        for number in range(len(manifest.checksums)):
            chunk = await self._snapshots.chunk(manifest.record_id, number)
            if chunk is None:
                return  # a newer one has taken its place already
            chunks.append(chunk)
        try:
            await asyncio.to_thread(keep_state, self._directory, manifest, chunks)
        except OSError as error:
            self._log.warning("no state was kept in the archive", error=str(error))
