"""One segment, read: its blocks by their heads, and the records of a block with every check."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from adapters.archive.errors import ArchiveDamaged
from adapters.archive.mark import Mark
from adapters.archive.segment_format import (
    Block,
    Entry,
    FrameDamaged,
    FrameTorn,
    SegmentHeader,
    read_block_head,
    read_entries,
    read_header,
)
from adapters.redis.stream_ids import StreamId
from router.errors import CorruptJournal

__all__ = ("SUFFIX", "Segment", "segment_name")

SUFFIX = ".segment"


def segment_name(first: StreamId) -> str:
    """The name of the segment that begins with this record; names sort as records do."""
    return f"{first.major:010d}-{first.minor:012d}{SUFFIX}"


class Segment:
    """A file of an archive. The newest may end in a block that is not whole yet, or never will be;
    every other segment (``is_sealed``) is whole. All methods may raise :class:`ArchiveDamaged`."""

    def __init__(self, path: Path, *, is_sealed: bool) -> None:
        self.path = path
        self.is_sealed = is_sealed

    @property
    def first(self) -> StreamId:
        """The first record's id, by the name of the file. Raises ``ValueError``."""
        return StreamId.parse(self.path.name.removesuffix(SUFFIX))

    @cached_property
    def header(self) -> SegmentHeader:
        """What the segment says of itself."""
        return self._begin[0]

    @property
    def begin_at(self) -> int:
        """Where the first block begins."""
        return self._begin[1]

    def blocks(self) -> Iterator[tuple[Mark, Block]]:
        """Every whole block, with the mark before it; only heads are read."""
        mark, at = self.header.before, self.begin_at
        with self.path.open("rb") as file:
            end = file.seek(0, 2)
            while at < end:
                file.seek(at)
                try:
                    block = read_block_head(file)
                    _require(block.end <= end)
                except FrameTorn:
                    if self.is_sealed:
                        raise self._damaged(at, "it ends in the middle of a block", mark) from None
                    return
                except FrameDamaged as error:
                    raise self._damaged(at, str(error), mark) from error
                if block.head.prev != mark.hash:
                    raise self._damaged(at, "a block does not follow the one before it", mark)
                yield mark, block
                mark, at = block.mark_after(mark), block.end

    def records(self, before: Mark, block: Block) -> list[tuple[Mark, bytes]]:
        """The records of a block, each with its mark."""
        try:
            entries = self._entries(block)
            found = list(_marked(before, entries))
        except FrameTorn:
            raise self._damaged(block.at, "it ends in the middle of a block", before) from None
        except (FrameDamaged, CorruptJournal) as error:
            raise self._damaged(block.at, str(error), before) from error
        if not found or found[-1][0] != block.mark_after(before):
            raise self._damaged(block.at, "a block holds other records than its head says", before)
        return found

    @cached_property
    def _begin(self) -> tuple[SegmentHeader, int]:
        nowhere = Mark()
        with self.path.open("rb") as file:
            try:
                header = read_header(file)
            except FrameTorn:
                raise self._damaged(0, "it has no whole header", nowhere) from None
            except FrameDamaged as error:
                raise self._damaged(0, str(error), nowhere) from error
            if segment_name(StreamId.parse(header.first)) != self.path.name:
                detail = f"it begins with record {header.first}, and is named otherwise"
                raise self._damaged(0, detail, nowhere)
            return header, file.tell()

    def _entries(self, block: Block) -> list[Entry]:
        with self.path.open("rb") as file:
            file.seek(block.at)
            return read_entries(file, block.head)

    def _damaged(self, at: int, detail: str, mark: Mark) -> ArchiveDamaged:
        return ArchiveDamaged(self.path, at, detail, mark.record_id)


def _marked(before: Mark, entries: list[Entry]) -> Iterator[tuple[Mark, bytes]]:
    mark = before
    for record_id, data in entries:
        mark = mark.then(record_id, data)
        yield mark, data


def _require(whole: bool) -> None:  # noqa: FBT001  # one condition, at one place
    if not whole:
        raise FrameTorn
