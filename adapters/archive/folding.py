"""The state at the end of an archive: its records folded as they come in, from a snapshot on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import structlog

from adapters.archive.directory import Archive
from adapters.archive.mark import NOWHERE, Mark
from adapters.archive.segment_format import Entry
from router.engine import Engine
from router.errors import BadSnapshot, CorruptJournal
from router.ports import Snapshots
from router.recovery import follow, restore
from router.snapshot.manifest import Manifest, decode_manifest
from router.state import State
from router.tail import Tail

__all__ = ("Folding",)

RECORDS_A_BREATH: Final = 64
"""Records that are folded before other tasks (the lease) get their turn."""


class Folding:
    """An engine that has folded the archive up to ``mark``; ``snapshot`` is the mark of the
    snapshot that it began with."""

    def __init__(
        self,
        directory: Path,
        tenant: str,
        snapshots: Snapshots,
        logger: structlog.stdlib.BoundLogger,
    ) -> None:
        self._directory = directory
        self._tenant = tenant
        self._snapshots = snapshots
        self._log = logger
        self.forget()

    def forget(self) -> None:
        """What was folded is void: begin again when asked."""
        self._engine: Engine | None = None
        self._cannot = False
        self.tail = Tail()
        self.mark = self.snapshot = NOWHERE

    @property
    def state(self) -> State:
        """The state at ``mark``; :meth:`go_on` or :meth:`fold` comes first."""
        if self._engine is None:
            raise RuntimeError("nothing has been folded")
        return self._engine.state

    async def go_on(self, before: Mark, entries: Sequence[Entry]) -> bool:
        """Fold up to the end of the archive, to which these were added after ``before``; whether
        that can be done.

        An archive that cannot be folded is none the worse for it (a later release may have written
        it): only snapshots cannot be made of it, so nothing is trimmed.
        """
        if self._cannot:
            return False
        try:
            await self.fold(before, entries)
        except CorruptJournal as error:
            self._cannot = True
            self._log.error("no snapshots can be made", fault=str(error))  # the message says it all
            return False
        return True

    async def fold(self, before: Mark, entries: Sequence[Entry]) -> None:
        """The same. Raises :class:`CorruptJournal` when it cannot be done."""
        archive = Archive(self._directory, self._tenant)
        engine = self._engine or await self._begin(archive)
        self._engine = engine
        if self.mark == before:
            await self._take(engine, entries)
        else:
            found = archive.records(self.mark.record_id)
            await self._take(engine, ((mark.record_id, data) for mark, data in found))

    async def _take(self, engine: Engine, entries: Iterable[Entry]) -> None:
        for number, (record_id, data) in enumerate(entries, start=1):
            record = follow(engine, self.tail, record_id, data)
            self.tail = self.tail.after(record, data)
            self.mark = self.mark.then(record_id, data)
            engine.keep_up()
            if number % RECORDS_A_BREATH == 0:
                await asyncio.sleep(0)

    async def _begin(self, archive: Archive) -> Engine:
        """The state of the newest snapshot that the archive knows, or of no record at all."""
        for record_id, data in await self._snapshots.manifests():
            try:
                manifest = decode_manifest(record_id, data)
                place = archive.place_of(record_id)
                if place is not None and place.mark.hash == manifest.hash:
                    return await self._restored(manifest, place.mark)
            except BadSnapshot as error:
                self._log.warning("a snapshot cannot be used", fault=str(error))
        if not archive.is_whole:
            detail = "the archive begins with it, and no snapshot tells what was before"
            raise CorruptJournal(archive.first, detail)
        return Engine()

    async def _restored(self, manifest: Manifest, mark: Mark) -> Engine:
        engine = Engine()
        await restore(engine, self._snapshots, manifest)
        self.tail, self.mark, self.snapshot = manifest.tail, mark, mark
        return engine
