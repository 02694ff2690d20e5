"""Segments whose records are replaced: everything else stays, and whoever reads them sees a whole
history."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from adapters.archive.directory import Archive
from adapters.archive.errors import ArchiveDamaged
from adapters.archive.rewriting import RewrittenFile, rewrite_segment, segments_in
from adapters.archive.writing import ArchiveWriter
from router.record import redacted_record, stands_for
from tests.adapters.archive.records import chain

RECORDS = chain(12)
WANTED = RECORDS[4][1]


def erase(data: bytes) -> bytes:
    if data != WANTED:
        return data
    return redacted_record(msgspec.msgpack.decode(data), data, msgspec.msgpack.encode)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    directory = tmp_path / "archive"
    directory.mkdir()
    writer = ArchiveWriter(directory, "t", segment_bytes=1)
    for begin in range(0, len(RECORDS), 3):
        writer.append(RECORDS[begin : begin + 3])
    return directory


def test_one_record_is_replaced_and_all_marks_stay(directory: Path) -> None:
    before = list(Archive(directory, "t").records())
    files = {path: path.read_bytes() for path in segments_in(directory)}
    done = {path: rewrite_segment(path, erase) for path in files}
    (changed,) = [path for path in files if path.read_bytes() != files[path]]
    assert done[changed] == RewrittenFile(3, 1)
    assert sum(one.changed for one in done.values()) == 1
    after = list(Archive(directory, "t").records())
    assert [mark for mark, _ in after] == [mark for mark, _ in before]
    replaced = [number for number, (_, data) in enumerate(after) if stands_for(data)]
    assert replaced == [4]
    assert rewrite_segment(changed, erase).changed == 0


def test_an_archive_goes_on_behind_what_was_replaced(directory: Path) -> None:
    last = RECORDS[-1][1]
    for path in segments_in(directory):
        rewrite_segment(
            path,
            lambda data: (
                redacted_record(msgspec.msgpack.decode(data), data, msgspec.msgpack.encode)
                if data == last
                else data
            ),
        )
    writer = ArchiveWriter(directory, "t")
    more = chain(14)[12:]
    writer.append(more)
    assert [mark.record_id for mark, _ in Archive(directory, "t").records()][-2:] == [
        record_id for record_id, _ in more
    ]


def test_what_was_set_aside_is_rewritten_too(directory: Path) -> None:
    fork = next(mark for mark, _ in Archive(directory, "t").records() if mark.records == 4)
    orphans = ArchiveWriter(directory, "t").set_aside(fork)
    assert orphans.path in segments_in(directory)
    assert rewrite_segment(orphans.path, erase) == RewrittenFile(8, 1)
    assert rewrite_segment(orphans.path, erase) == RewrittenFile(8, 0)


def test_a_torn_block_is_cut_away_and_damage_is_named(directory: Path) -> None:
    newest, *_, oldest = segments_in(directory)
    whole = newest.read_bytes()
    newest.write_bytes(whole + whole[-40:-5])
    with pytest.raises(ArchiveDamaged, match="restore the file from a copy"):
        rewrite_segment(newest, erase)
    newest.write_bytes(whole[:-1])
    assert rewrite_segment(newest, erase) == RewrittenFile(0, 0)
    oldest.write_bytes(b"ONEQUEUE")
    with pytest.raises(ArchiveDamaged, match="no whole header"):
        rewrite_segment(oldest, erase)
    assert oldest.read_bytes() == b"ONEQUEUE"
