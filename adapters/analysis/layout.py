"""Where the files of an export are, and what its manifest says: for writers and readers.

::

    DIR/tenant=main/_manifest.json            what is committed
    DIR/tenant=main/_state-12.msgpack         what is not over yet, as of then
    DIR/tenant=main/_writing/…                files that are being written
    DIR/tenant=main/events/date=2026-03-02/part-0000000012-0.parquet

The names of parts hold the commit that brought them, and how often they were merged. A reader that
leaves out what begins with ``_`` sees every committed row; twice for a moment, while files are
merged (docs/analysis.md, "With other programs").
"""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from adapters.analysis.errors import AnalysisUnusable
from adapters.analysis.schema import SCHEMA_VERSION, TABLES
from adapters.analysis.standing import Standing

__all__ = ("FORMAT", "Layout", "Manifest", "Part")

FORMAT: Final = 1
_PART: Final = re.compile(r"part-(\d{10})-(\d+)\.parquet")


class Part(Struct, frozen=True, order=True):
    """One file of a table: of which day, from which commit, merged how often."""

    table: str
    date: str
    sequence: int
    level: int = 0

    @property
    def name(self) -> str:
        """Of the file."""
        return f"part-{self.sequence:010d}-{self.level}.parquet"


class Manifest(Struct, frozen=True, kw_only=True):
    """What is committed: everything up to record ``position``, whose hash is ``hash``.

    ``added`` and ``removed`` are what the last commit has changed: where it was interrupted, files
    have not moved to their places, or gone, yet.
    """

    v: int = FORMAT
    schema_version: int = SCHEMA_VERSION
    tenant: str
    sequence: int = 0
    position: str = ""
    hash: str = ""
    now_ms: int = 0
    events: int = 0
    state: str = ""
    added: tuple[Part, ...] = ()
    removed: tuple[Part, ...] = ()


class Layout:
    """The files of one tenant in the directory of an export."""

    def __init__(self, directory: Path, tenant: str) -> None:
        self.tenant = tenant
        self.root = directory / f"tenant={tenant}"
        self.manifest_path = self.root / "_manifest.json"
        self.writing = self.root / "_writing"

    def path_of(self, part: Part) -> Path:
        """Where a part stands."""
        return self.root / part.table / f"date={part.date}" / part.name

    def writing_path_of(self, part: Part) -> Path:
        """Where it stands until it is committed."""
        return self.writing / f"{part.table}.{part.date}.{part.name}"

    def read(self) -> Manifest | None:
        """The manifest; None where nothing was exported. Raises :class:`AnalysisUnusable`."""
        try:
            manifest = msgspec.json.decode(self.manifest_path.read_bytes(), type=Manifest)
        except FileNotFoundError:
            return None
        except msgspec.MsgspecError as error:
            raise self._unusable(f"its manifest cannot be read: {error}") from None
        if manifest.v != FORMAT or manifest.schema_version != SCHEMA_VERSION:
            found = f"format {manifest.v}, schema {manifest.schema_version}"
            raise self._unusable(f"it has {found}, and this release {FORMAT}, {SCHEMA_VERSION}")
        return manifest

    def standing(self, manifest: Manifest) -> Standing:
        """What was open as of a manifest. Raises :class:`AnalysisUnusable`."""
        if not manifest.state:
            return Standing()
        try:
            return Standing.from_bytes((self.root / manifest.state).read_bytes())
        except (FileNotFoundError, msgspec.MsgspecError) as error:
            raise self._unusable(f"{manifest.state} cannot be read: {error}") from None

    def parts(self, table: str, upto: int) -> Iterator[Part]:
        """The parts of a table that are in their places, of commits up to that one, in order."""
        for directory in sorted((self.root / table).glob("date=*")):
            yield from self.parts_of_day(table, directory.name.removeprefix("date="), upto)

    def parts_of_day(self, table: str, date: str, upto: int) -> list[Part]:
        """Those of one day."""
        names = (path.name for path in (self.root / table / f"date={date}").iterdir())
        found = [_PART.fullmatch(name) for name in names]
        parts = [Part(table, date, int(each[1]), int(each[2])) for each in found if each]
        return sorted(part for part in parts if part.sequence <= upto)

    def committed(self, manifest: Manifest) -> dict[str, list[Path]]:
        """The files of each table that make up what is committed."""
        found: dict[str, list[Path]] = {}
        for table in TABLES:
            parts = {*self.parts(table, manifest.sequence)}
            parts |= {part for part in manifest.added if part.table == table}
            found[table] = [self._now_at(part) for part in sorted(parts - {*manifest.removed})]
        return found

    @contextmanager
    def held(self, *, alone: bool) -> Iterator[None]:
        """Keep files from going while they are read; or (``alone``) be the one who takes some away:
        raises ``BlockingIOError`` while somebody reads."""
        with (self.root / "_readers").open("ab" if alone else "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB if alone else fcntl.LOCK_SH)
            yield

    def _now_at(self, part: Part) -> Path:
        writing = self.writing_path_of(part)
        return writing if writing.exists() else self.path_of(part)

    def _unusable(self, problem: str) -> AnalysisUnusable:
        remedy = "export to another directory: it begins with the first record there is"
        return AnalysisUnusable(self.root, problem, remedy)
