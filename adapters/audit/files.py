"""Exported audit files: a directory of segments that follow one another, read and written.

The end of what is on disk is the only memory of how far the export has come; a line that a crash
has torn off is cut away when the next one is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from adapters.archive.durable import PARTIAL, replacing, sync_file
from adapters.audit.errors import AuditDamaged, AuditUnusable
from adapters.audit.lines import Line, LineFault, decode_line, require_follows

__all__ = ("SEGMENT_BYTES", "AuditFiles", "AuditWriter", "Place")

SEGMENT_BYTES: Final = 16 * 1024**2
SUFFIX: Final = ".audit.jsonl"


class Place(NamedTuple):
    """A line, and where it stands."""

    path: Path
    at: int
    """The number of the line in its file, from 1."""

    line: Line


class AuditFiles:
    """The exported audit of one tenant, for reading. Raises :class:`AuditUnusable` for a directory
    that is none; reading raises :class:`AuditDamaged` and ``OSError``."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        if not directory.is_dir():
            remedy = "name the directory that `onequeue audit export` writes to"
            raise AuditUnusable(directory, "there is no such directory", remedy)

    @property
    def paths(self) -> list[Path]:
        """The files, oldest first."""
        return sorted(self.directory.glob(f"*{SUFFIX}"))

    def places(self) -> Iterator[Place]:
        """Every line, oldest first, each checked against the one before it. What a crash has torn
        off at the end of the newest file is passed over."""
        before: Line | None = None
        paths = self.paths
        for path in paths:
            for at, data in _lines_of(path, is_newest=path == paths[-1]):
                try:
                    line = decode_line(data)
                    require_follows(line, before)
                except LineFault as fault:
                    told = before.id if before else ""
                    raise AuditDamaged(path, at, told, str(fault)) from None
                before = line
                yield Place(path, at, line)

    def backward(self) -> Iterator[Line]:
        """Every line, newest first, without a look at how they follow one another."""
        paths = self.paths
        for path in reversed(paths):
            found = list(_lines_of(path, is_newest=path == paths[-1]))
            for at, data in reversed(found):
                try:
                    yield decode_line(data)
                except LineFault as fault:
                    raise AuditDamaged(path, at, "", str(fault)) from None


class AuditWriter:
    """Adds lines; one at a time (adapters/archive/lock.py). ``last`` is the last that is on disk.

    Opening reads and checks all files. Raises as :class:`AuditFiles` does.
    """

    def __init__(self, directory: Path, segment_bytes: int = SEGMENT_BYTES) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._files = AuditFiles(directory)
        self._segment_bytes = segment_bytes
        for partial in directory.glob(f"*{PARTIAL}"):
            partial.unlink()
        self.last: Line | None = None
        self._path: Path | None = None
        self._size = 0
        for place in self._files.places():
            self.last = place.line
        paths = self._files.paths
        if paths:
            self._path = paths[-1]
            self._size = sum(len(data) for _, data in _lines_of(self._path, is_newest=True))

    def append(self, lines: Sequence[Line]) -> None:
        """Write lines, and see to it that they outlast a loss of power. Raises ``OSError``; then
        nothing counts as written, and it may be tried again."""
        if not lines:
            return
        data = b"".join(line.to_bytes() for line in lines)
        if self._path is None or self._size >= self._segment_bytes:
            self._path, self._size = self._begin(lines[0]), 0
        with self._path.open("r+b") as file:
            file.truncate(self._size)
            file.seek(self._size)
            file.write(data)
            sync_file(file)
        self._size += len(data)
        self.last = lines[-1]

    def erase(self, names: Sequence[bytes]) -> int:
        """Erase before and after of every line in which one of the names stands; how many. A file
        is replaced in one step, and a crash between two files is made good by doing it again."""
        erased = 0
        for path in self._files.paths:
            found = [data for _, data in _lines_of(path, is_newest=path == self._path)]
            told = [_without(data, names) for data in found]
            changed = sum(1 for old, new in zip(found, told, strict=True) if old != new)
            if changed:
                _replace(path, b"".join(told))
                erased += changed
                self._size = path.stat().st_size if path == self._path else self._size
        return erased

    def holding(self, names: Sequence[bytes]) -> int:
        """How many lines :meth:`erase` would change."""
        return sum(
            _without(data, names) != data
            for path in self._files.paths
            for _, data in _lines_of(path, is_newest=path == self._path)
        )

    def _begin(self, first: Line) -> Path:
        path = self._files.directory / f"{first.number:012d}{SUFFIX}"
        _replace(path, b"")
        return path


def _lines_of(path: Path, *, is_newest: bool) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        for at, data in enumerate(file, start=1):
            if not data.endswith(b"\n") and is_newest:
                return
            yield at, data


def _without(data: bytes, names: Sequence[bytes]) -> bytes:
    if not any(name in data for name in names):
        return data
    line = decode_line(data)
    return data if line.entry.erased else line.erased().to_bytes()


def _replace(path: Path, data: bytes) -> None:
    with replacing(path) as file:
        file.write(data)
