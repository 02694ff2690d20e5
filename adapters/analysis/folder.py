"""The directory of an export, written: every commit is seen whole or not at all.

A commit writes its files aside, then the manifest, which names them; that is the moment. Only then
do files move to their places, and go where they were merged. Whoever opens the directory next does
what a crash has left undone, and drops what no manifest names. So position, rows and what is still
open can never part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeAlias

import msgspec
from msgspec import structs

from adapters.analysis.arrow import SCHEMAS, merge, write_rows
from adapters.analysis.fold import Row
from adapters.analysis.layout import Layout, Manifest, Part
from adapters.analysis.standing import Standing
from adapters.archive.durable import replacing, sync_directory, sync_file

__all__ = ("Batch", "Folder", "Reached")

Batch: TypeAlias = Mapping[tuple[str, str], Sequence[Row]]
"""Rows by table and day."""


class Reached(msgspec.Struct, frozen=True):
    """How far an export has come: the last record, its hash and time, and events in all."""

    position: str
    hash: str
    now_ms: int
    events: int


class Folder:
    """One tenant's export; one writer at a time (adapters/archive/lock.py).

    Opening it brings the last commit to its end. Raises :class:`AnalysisUnusable` and ``OSError``;
    after the latter from :meth:`commit`, open it anew: nothing is lost.
    """

    def __init__(self, directory: Path, tenant: str) -> None:
        self.layout = Layout(directory, tenant)
        self.layout.writing.mkdir(parents=True, exist_ok=True)
        (self.layout.root / "_readers").touch()
        self.manifest = self.layout.read() or Manifest(tenant=tenant)
        self._publish()
        named = {self.layout.writing_path_of(part) for part in self.manifest.added}
        for path in {*self.layout.writing.iterdir()} - named:
            path.unlink()
        self._drop_states()

    def standing(self) -> Standing:
        """What was open as of the last commit."""
        return self.layout.standing(self.manifest)

    @property
    def reached(self) -> Reached:
        """How far the last commit has come."""
        manifest = self.manifest
        return Reached(manifest.position, manifest.hash, manifest.now_ms, manifest.events)

    def commit(self, batch: Batch, standing: Standing, reached: Reached) -> None:
        """Write rows, and say that everything up to there is written."""
        sequence = self.manifest.sequence + 1
        added = []
        for (table, date), rows in batch.items():
            part = Part(table, date, sequence)
            self._write(part, partial(write_rows, table=table, rows=rows))
            added.append(part)
        state = f"_state-{sequence}.msgpack"
        with replacing(self.layout.root / state) as file:
            file.write(standing.to_bytes())
        self._commit(
            Manifest(
                tenant=self.layout.tenant,
                sequence=sequence,
                position=reached.position,
                hash=reached.hash,
                now_ms=reached.now_ms,
                events=reached.events,
                state=state,
                added=tuple(added),
            )
        )
        self._drop_states()

    def merge(self, parts: Sequence[Part]) -> bool:
        """Put parts of one table and day into one file; whether that could be: not while somebody
        reads."""
        first = parts[0]
        merged = Part(
            first.table,
            first.date,
            self.manifest.sequence + 1,
            max(part.level for part in parts) + 1,
        )
        paths = [self.layout.path_of(part) for part in parts]
        self._write(merged, lambda file: merge(file, first.table, paths))
        return self._replace([merged], parts)

    def rewrite(self, part: Part, write: Callable[[BinaryIO], None]) -> bool:
        """Put another file in the place of a part; whether that could be."""
        new = structs.replace(part, sequence=self.manifest.sequence + 1, level=part.level)
        self._write(new, write)
        return self._replace([new], [part])

    def parts(self) -> list[Part]:
        """All that are committed."""
        return [
            part for table in SCHEMAS for part in self.layout.parts(table, self.manifest.sequence)
        ]

    def _replace(self, added: Sequence[Part], removed: Sequence[Part]) -> bool:
        changed = structs.replace(
            self.manifest,
            sequence=self.manifest.sequence + 1,
            added=tuple(added),
            removed=tuple(removed),
        )
        try:
            with self.layout.held(alone=True):
                self._commit(changed)
        except BlockingIOError:
            for part in added:
                self.layout.writing_path_of(part).unlink()
            return False
        return True

    def _commit(self, manifest: Manifest) -> None:
        sync_directory(self.layout.writing)
        with replacing(self.layout.manifest_path) as file:
            file.write(msgspec.json.encode(manifest))
        self.manifest = manifest
        self._publish()

    def _write(self, part: Part, write: Callable[[BinaryIO], None]) -> None:
        with self.layout.writing_path_of(part).open("wb") as file:
            write(file)
            sync_file(file)

    def _publish(self) -> None:
        """Bring the files of the last commit to their places. May be done again."""
        for part in self.manifest.added:
            writing, place = self.layout.writing_path_of(part), self.layout.path_of(part)
            if writing.exists():
                _make_directory(place.parent)
                writing.replace(place)
                sync_directory(place.parent)
        for part in self.manifest.removed:
            self.layout.path_of(part).unlink(missing_ok=True)

    def _drop_states(self) -> None:
        for path in self.layout.root.glob("_state-*"):
            if path.name != self.manifest.state:
                path.unlink()


def _make_directory(directory: Path) -> None:
    """Make a directory that outlasts a loss of power."""
    if not directory.is_dir():
        directory.mkdir(parents=True, exist_ok=True)
        sync_directory(directory.parent)
        sync_directory(directory.parent.parent)
