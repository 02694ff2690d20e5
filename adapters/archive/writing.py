"""Writing an archive: records go in once each, in whole blocks that are synced and read back.

The end of what is on disk is the only memory of how far it has come. A block that a crash has torn
off is cut away when the next one is written; until then no file is touched.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from adapters.archive.directory import Archive
from adapters.archive.durable import PARTIAL, replacing, sync_directory, sync_file
from adapters.archive.errors import ArchiveDamaged, ReadBackError
from adapters.archive.mark import NOWHERE, Mark
from adapters.archive.segment import Segment, segment_name
from adapters.archive.segment_format import (
    Entry,
    FrameDamaged,
    FrameTorn,
    encode_block,
    encode_header,
    read_block_head,
    read_entries,
)
from adapters.redis.stream_ids import StreamId

__all__ = ("BLOCK_BYTES", "SEGMENT_BYTES", "ArchiveWriter", "Orphans")

BLOCK_BYTES: Final = 256 * 1024
"""Records of about this size, uncompressed, make a block: larger ones compress little better."""

SEGMENT_BYTES: Final = 64 * 1024**2
"""A segment is closed at about this size: some are closed every hour at a high load."""


class Orphans(NamedTuple):
    """Records that the journal does not have any more, and the file that they were moved to."""

    path: Path
    first: str
    last: str
    records: int


class ArchiveWriter:
    """Adds to the archive of one tenant; one at a time (``adapters/archive/lock.py``).

    ``end`` is the mark of the last record that is on disk. ``torn_bytes`` follow it that are not
    whole records, and ``damage`` says if that is more than a crash leaves. Opening may raise
    :class:`ArchiveDamaged` and :class:`ArchiveUnusable`.
    """

    def __init__(self, directory: Path, tenant: str, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.directory = directory
        self.tenant = tenant
        self.end = NOWHERE
        self.torn_bytes = 0
        self.damage: ArchiveDamaged | None = None
        self._segment_bytes = segment_bytes
        self._segment: Segment | None = None
        self._size = 0
        for partial in directory.glob(f"*{PARTIAL}"):
            partial.unlink()
        self._take_up()

    def append(self, entries: Sequence[Entry]) -> Mark:
        """Add records as one block; the mark of the last, once all is on disk and was read back.

        Raises ``OSError``, :class:`ReadBackError`, and :class:`CorruptJournal` for a record that
        does not follow; then nothing has been added, and it may be tried again.
        """
        data, after = encode_block(self.end, entries)
        if self._segment is None or self._size >= self._segment_bytes:
            self._begin(entries, data)
        else:
            self._add(self._segment, entries, data)
        self.end = after
        return after

    def begin_after(self, before: Mark) -> None:
        """Let an empty archive begin after that mark, not with the first record there ever was."""
        self.end = before

    def set_aside(self, fork: Mark) -> Orphans:
        """Move what comes after a record to a file of its own.

        A crash on the way leaves an archive that still ends after that record: it is done again
        then, and at worst there is a second file with some of the same records.
        """
        archive = Archive(self.directory, self.tenant)
        orphans = self._copied_out(archive, fork)
        for segment in reversed(archive.segments):
            if segment.first > fork.stream_id:
                segment.path.unlink()
        sync_directory(self.directory)
        archive.refresh()
        if archive.segments and archive.last != fork:
            self._cut(archive.segments[-1], fork)
        self._take_up()
        return orphans

    def _take_up(self) -> None:
        """Find the end of what is on disk, by reading the newest segment in whole."""
        segments = Archive(self.directory, self.tenant).segments
        self.end, self.torn_bytes, self.damage = NOWHERE, 0, None
        self._segment, self._size = None, 0
        if not segments:
            return
        newest = segments[-1]
        self._segment, self._size = newest, newest.begin_at
        self.end = newest.header.before
        try:
            for before, block in newest.blocks():
                newest.records(before, block)
                self.end, self._size = block.mark_after(before), block.end
        except ArchiveDamaged as error:
            self.damage = error
        self.torn_bytes = newest.path.stat().st_size - self._size

    def _begin(self, entries: Sequence[Entry], data: bytes) -> None:
        """A new segment, which stands under its name once it holds its first block."""
        first = entries[0][0]
        header = encode_header(self.tenant, first, self.end)
        path = self.directory / segment_name(StreamId.parse(first))
        self._cut_torn()
        with replacing(path) as file:
            file.write(header + data)
            sync_file(file)
            _require_same(file, len(header), entries)
        self._segment = Segment(path, is_sealed=False)
        self._size = len(header) + len(data)

    def _add(self, segment: Segment, entries: Sequence[Entry], data: bytes) -> None:
        self._cut_torn()
        with segment.path.open("r+b") as file:
            file.seek(self._size)
            file.write(data)
            sync_file(file)
            _require_same(file, self._size, entries)
        self._size += len(data)

    def _cut_torn(self) -> None:
        """Cut off what a crash, or a write that failed, has left after the last whole block."""
        if self._segment is None:
            return
        path = self._segment.path
        found = path.stat().st_size
        if found < self._size:
            detail = "it has become shorter while it was written to"
            raise ArchiveDamaged(path, found, detail, self.end.record_id)
        if found > self._size:
            with path.open("r+b") as file:
                file.truncate(self._size)
                sync_file(file)
        self.torn_bytes, self.damage = 0, None

    def _copied_out(self, archive: Archive, fork: Mark) -> Orphans:
        first = next(archive.records(fork.record_id))[0].record_id
        last = archive.last
        path = self.directory / f"orphaned-{first}-to-{last.record_id}.records"
        entries = ((mark.record_id, data) for mark, data in archive.records(fork.record_id))
        with replacing(path) as file:
            file.write(encode_header(self.tenant, first, fork))
            before = fork
            for chunk in _blocks_of(entries):
                block, before = encode_block(before, chunk)
                file.write(block)
        return Orphans(path, first, last.record_id, last.records - fork.records)

    def _cut(self, segment: Segment, fork: Mark) -> None:
        """Let a segment end with a record, in one step."""
        with replacing(segment.path) as file:
            file.write(segment.path.read_bytes()[: segment.begin_at])
            for before, block in segment.blocks():
                if before.records >= fork.records:
                    break
                found = segment.records(before, block)
                kept = [(m.record_id, data) for m, data in found if m.records <= fork.records]
                file.write(encode_block(before, kept)[0])


def _blocks_of(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Records in portions of about the size of a block."""
    chunk: list[Entry] = []
    size = 0
    for entry in entries:
        chunk.append(entry)
        size += len(entry[1])
        if size >= BLOCK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _require_same(file: BinaryIO, at: int, entries: Sequence[Entry]) -> None:
    """Read a block back that has been synced; from the disk, where the kernel lets us ask that."""
    path = Path(file.name)
    with path.open("rb") as again:
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(again.fileno(), at, 0, os.POSIX_FADV_DONTNEED)
        again.seek(at)
        try:
            found = read_entries(again, read_block_head(again).head)
        except (FrameTorn, FrameDamaged) as error:
            raise ReadBackError(path, at) from error
    if found != list(entries):
        raise ReadBackError(path, at)
