"""Rewriting segments of an archive: records that hold what is to be erased are replaced.

What replaces a record stands for it (router/record.py): it tells the hash and the size that the
record had, so that heads, marks and the chain stay as they are, and so do all other records.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from adapters.archive.durable import replacing
from adapters.archive.errors import ArchiveDamaged
from adapters.archive.mark import Mark
from adapters.archive.segment import SUFFIX
from adapters.archive.segment_format import (
    FrameDamaged,
    FrameTorn,
    encode_block,
    encode_header,
    read_block_head,
    read_entries,
    read_header,
)
from router.errors import CorruptJournal

__all__ = ("RewrittenFile", "rewrite_segment", "segments_in")

ORPHANS: Final = re.compile(r"orphaned-.+\.records")


class RewrittenFile(NamedTuple):
    """How many records a file holds, and how many of them were replaced."""

    records: int
    changed: int


def segments_in(directory: Path) -> list[Path]:
    """The files of an archive that hold records, the newest first: what an interaction began with
    is found again as long as a crash has left its oldest record."""
    segments = sorted(directory.glob(f"*{SUFFIX}"), reverse=True)
    return [*(path for path in directory.iterdir() if ORPHANS.fullmatch(path.name)), *segments]


def rewrite_segment(path: Path, change: Callable[[bytes], bytes]) -> RewrittenFile:
    """Replace records of a file, in one step, or leave it as it is where none changes.

    The caller holds the lock of the directory. Raises :class:`ArchiveDamaged` and ``OSError``; then
    the file is as it was.
    """
    changed = _count(path, change)
    if not changed.changed:
        return changed
    with path.open("rb") as source, replacing(path) as target:
        header = read_header(source)
        target.write(encode_header(header.tenant, header.first, header.before))
        for _, data, _ in _blocks(path, source, header.before, change):
            target.write(data)
    return changed


def _count(path: Path, change: Callable[[bytes], bytes]) -> RewrittenFile:
    records = changed = 0
    with path.open("rb") as source:
        try:
            header = read_header(source)
        except (FrameTorn, FrameDamaged) as error:
            raise ArchiveDamaged(path, 0, str(error) or "it has no whole header", "") from error
        for count, _, replaced in _blocks(path, source, header.before, change):
            records, changed = records + count, changed + replaced
    return RewrittenFile(records, changed)


def _blocks(
    path: Path, source: BinaryIO, before: Mark, change: Callable[[bytes], bytes]
) -> Iterator[tuple[int, bytes, int]]:
    """Of each whole block: its records, its bytes from here on, and how many were replaced."""
    while True:
        at = source.tell()
        try:
            head = read_block_head(source).head
            entries = read_entries(source, head)
        except FrameTorn:
            return  # the end, or a block that a crash has torn off
        except (FrameDamaged, CorruptJournal) as error:
            raise ArchiveDamaged(path, at, str(error), before.record_id) from error
        left = [(record_id, change(data)) for record_id, data in entries]
        replaced = sum(1 for old, new in zip(entries, left, strict=True) if old != new)
        data, before = encode_block(before, left)
        if not replaced:
            end = source.tell()
            source.seek(at)
            data = source.read(end - at)
        yield len(entries), data, replaced
