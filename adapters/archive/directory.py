"""A directory of segments, read as one history: in order, backwards, by record and by time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from adapters.archive.errors import ArchiveDamaged, ArchiveUnusable
from adapters.archive.mark import NOWHERE, Mark
from adapters.archive.segment import SUFFIX, Segment
from adapters.archive.segment_format import Block, BlockHead
from adapters.redis.stream_ids import StreamId
from router.record import GENESIS

__all__ = ("Archive", "Place")

BEFORE_ALL: Final = StreamId(-1, 0)


class Place(NamedTuple):
    """A record of an archive between its mark and that of the record before it."""

    before: Mark
    mark: Mark
    data: bytes


class Archive:
    """What an archive holds of a tenant, as of when it was opened or last refreshed.

    All that reads may raise :class:`ArchiveDamaged` or ``OSError``; opening raises
    :class:`ArchiveUnusable` for a directory that is none, or another tenant's.
    """

    def __init__(self, directory: Path, tenant: str) -> None:
        self.directory = directory
        self.tenant = tenant
        self.segments: list[Segment] = []
        self._end: Mark | None = None
        if not directory.is_dir():
            remedy = "name the directory that `onequeue archive` writes to"
            raise ArchiveUnusable(directory, "there is no such directory", remedy)
        self.refresh()

    def refresh(self) -> None:
        """Take in what has been written since."""
        self.segments = self._found()
        self._end = None

    @property
    def last(self) -> Mark:
        """The mark of the last record that was whole."""
        if self._end is None:
            self._end = self._last()
        return self._end

    @property
    def first(self) -> str:
        """The id of the first record; empty when there is none."""
        return self.segments[0].header.first if self.segments else ""

    @property
    def is_empty(self) -> bool:
        """Whether it holds no record."""
        return not self.segments

    @property
    def is_whole(self) -> bool:
        """Whether it begins with the first record that the tenant ever had."""
        return bool(self.segments) and self.segments[0].header.prev == GENESIS

    def records(self, after: str = "") -> Iterator[tuple[Mark, bytes]]:
        """Every record after that id ("": from the first on), with its mark, oldest first."""
        bound = StreamId.parse(after) if after else BEFORE_ALL
        for place in self._walk(self._index_of(bound), lambda head: _last_of(head) > bound):
            if place.mark.stream_id > bound:
                yield place.mark, place.data

    def backward(self, before: str = "") -> Iterator[tuple[Mark, bytes]]:
        """Every record before that id ("": from the last on), newest first."""
        bound = StreamId.parse(before) if before else None
        end = len(self.segments) if bound is None else self._index_of(bound) + 1
        for index in reversed(range(end)):
            segment = self.segments[index]
            for mark, block in reversed(self._linked_blocks(index)):
                for found in reversed(segment.records(mark, block)):
                    if bound is None or found[0].stream_id < bound:
                        yield found

    def place_of(self, record_id: str) -> Place | None:
        """A record, if it is here."""
        bound = StreamId.parse(record_id)
        for place in self._walk(self._index_of(bound), lambda head: _last_of(head) >= bound):
            if place.mark.stream_id >= bound:
                return place if place.mark.stream_id == bound else None
        return None

    def place_since(self, now_ms: int) -> Place | None:
        """The first record of that time or later."""
        # what stands in the segments before is older than that which this one begins after
        index = bisect_left(self.segments, now_ms, key=lambda segment: segment.header.prev_ms) - 1
        for place in self._walk(max(0, index), lambda head: head.to_ms >= now_ms):
            if place.mark.now_ms >= now_ms:
                return place
        return None

    def _walk(self, index: int, wanted: Callable[[BlockHead], bool]) -> Iterator[Place]:
        """The records of those blocks that are wanted, from a segment on."""
        for at in range(index, len(self.segments)):
            for before, block in self._linked_blocks(at):
                if not wanted(block.head):
                    continue
                last = before
                for mark, data in self.segments[at].records(before, block):
                    yield Place(last, mark, data)
                    last = mark

    def _linked_blocks(self, index: int) -> list[tuple[Mark, Block]]:
        """The blocks of a segment, which must begin where the segment before it ends."""
        segment = self.segments[index]
        blocks = list(segment.blocks())
        if index + 1 < len(self.segments):
            end = blocks[-1][1].mark_after(blocks[-1][0]) if blocks else segment.header.before
            self._require_link(self.segments[index + 1], end)
        return blocks

    def _require_link(self, segment: Segment, end: Mark) -> None:
        if segment.header.before != end:
            began = segment.header.after or "none"
            detail = f"it follows record {began}, the segment before it ends with {end.record_id}"
            raise ArchiveDamaged(segment.path, 0, f"{detail}: one is missing", end.record_id)

    def _index_of(self, bound: StreamId) -> int:
        """Of the segment in which a record would stand."""
        return max(0, bisect_right(self.segments, bound, key=lambda segment: segment.first) - 1)

    def _found(self) -> list[Segment]:
        paths = sorted(self.directory.glob(f"*{SUFFIX}"))
        segments = [Segment(path, is_sealed=path != paths[-1]) for path in paths]
        for segment in segments:
            _require_name(self.directory, segment)
        if segments:
            self._require_first(segments[0])
        return segments

    def _require_first(self, segment: Segment) -> None:
        header = segment.header
        if header.tenant != self.tenant:
            problem = f"it is that of tenant {header.tenant!r}"
            raise ArchiveUnusable(self.directory, problem, "each tenant has a directory of its own")
        if header.records:
            detail = f"{header.records:,} records before it are missing, with their segments"
            raise ArchiveDamaged(segment.path, 0, detail, "")

    def _last(self) -> Mark:
        if not self.segments:
            return NOWHERE
        mark = self.segments[-1].header.before
        for before, block in self.segments[-1].blocks():
            mark = block.mark_after(before)
        return mark


def _last_of(head: BlockHead) -> StreamId:
    return StreamId.parse(head.last)


def _require_name(directory: Path, segment: Segment) -> None:
    try:
        _ = segment.first
    except ValueError:
        problem = f"{segment.path.name} is not the name of a segment"
        raise ArchiveUnusable(directory, problem, "move the file away") from None
