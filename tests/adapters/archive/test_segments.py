"""Segments on disk: what was written is read, and whatever happens to a file is noticed."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from adapters.archive import Archive, ArchiveDamaged, ArchiveUnusable, Mark
from adapters.archive.lock import locked
from adapters.archive.segment import Segment, segment_name
from adapters.archive.writing import ArchiveWriter
from adapters.redis.stream_ids import StreamId
from router.errors import CorruptJournal
from tests.adapters.archive.records import START_MS, Entry, chain

RECORDS = chain(90)


def filled(directory: Path, records: list[Entry] = RECORDS, seed: int = 7) -> ArchiveWriter:
    """An archive of several segments, each of some blocks of one to nine records."""
    directory.mkdir(exist_ok=True)
    chance, writer = random.Random(seed), ArchiveWriter(directory, "t", segment_bytes=1_500)
    at = 0
    while at < len(records):
        count = chance.randrange(1, 10)
        writer.append(records[at : at + count])
        at += count
    return writer


def held(directory: Path) -> list[Entry]:
    return [(mark.record_id, data) for mark, data in Archive(directory, "t").records()]


def files(directory: Path) -> list[Path]:
    return sorted(directory.glob("*.segment"))


def test_what_was_written_is_read_forwards_backwards_and_from_anywhere(tmp_path: Path) -> None:
    writer = filled(tmp_path)
    archive = Archive(tmp_path, "t")
    assert len(archive.segments) > 4
    assert archive.is_whole
    assert archive.first == "1-0"
    assert archive.last == writer.end
    assert writer.end[3:] == (90, sum(len(data) for _, data in RECORDS))
    assert held(tmp_path) == RECORDS
    backward = [(mark.record_id, data) for mark, data in archive.backward()]
    assert backward == RECORDS[::-1]
    for number, (record_id, _) in enumerate(RECORDS):
        after = [mark.record_id for mark, _ in archive.records(record_id)]
        before = [mark.record_id for mark, _ in archive.backward(record_id)]
        assert after == [found for found, _ in RECORDS[number + 1 :]]
        assert before == [found for found, _ in RECORDS[:number]][::-1]


def test_a_record_is_found_by_its_id_and_by_its_time(tmp_path: Path) -> None:
    filled(tmp_path)
    archive = Archive(tmp_path, "t")
    for number, (record_id, data) in enumerate(RECORDS):
        place = archive.place_of(record_id)
        assert place is not None
        assert (place.mark.record_id, place.data) == (record_id, data)
        assert place.mark.records == place.before.records + 1 == number + 1
        assert place.before == Mark() or place.before.record_id == RECORDS[number - 1][0]
        assert archive.place_since(START_MS + 1_000 * number) == place
        assert archive.place_since(START_MS + 1_000 * number - 999) == place
    assert archive.place_of("1-90") is None
    assert archive.place_of("0-7") is None
    assert archive.place_since(START_MS + 90_000) is None


def test_writing_goes_on_where_it_ended(tmp_path: Path) -> None:
    for at in range(0, 90, 15):
        writer = ArchiveWriter(tmp_path, "t", segment_bytes=700)
        writer.append(RECORDS[at : at + 15])
    assert held(tmp_path) == RECORDS
    with pytest.raises(CorruptJournal):
        writer.append(RECORDS[10:12])
    with pytest.raises(CorruptJournal):
        writer.append(chain(1, first_lsn=90))
    writer.append(chain(2, after=RECORDS[-1], first_lsn=90))
    assert len(held(tmp_path)) == 92


@pytest.mark.parametrize("left", [1, 11, 40, 120])
def test_a_torn_tail_is_passed_over_and_written_again(tmp_path: Path, left: int) -> None:
    filled(tmp_path, RECORDS[:40])
    newest = files(tmp_path)[-1]
    whole = newest.read_bytes()
    ArchiveWriter(tmp_path, "t", segment_bytes=10**6).append(RECORDS[40:50])
    torn = newest.read_bytes()[: len(whole) + left]
    newest.write_bytes(torn)
    assert held(tmp_path) == RECORDS[:40]
    writer = ArchiveWriter(tmp_path, "t", segment_bytes=10**6)
    assert (writer.end.record_id, writer.torn_bytes, writer.damage) == ("1-39", left, None)
    assert newest.read_bytes() == torn, "nothing is touched before there is something to write"
    writer.append(RECORDS[40:])
    assert held(tmp_path) == RECORDS
    assert ArchiveWriter(tmp_path, "t").torn_bytes == 0


def test_a_torn_tail_is_cut_off_before_the_next_segment_begins(tmp_path: Path) -> None:
    filled(tmp_path, RECORDS[:40])
    with files(tmp_path)[-1].open("ab") as file:
        file.write(b"\0\0")
    ArchiveWriter(tmp_path, "t", segment_bytes=1).append(RECORDS[40:])
    assert held(tmp_path) == RECORDS


def test_a_segment_that_was_not_finished_leaves_nothing(tmp_path: Path) -> None:
    filled(tmp_path, RECORDS[:40])
    (tmp_path / "0000000001-000000000040.segment.partial").write_bytes(b"half")
    writer = ArchiveWriter(tmp_path, "t", segment_bytes=1)
    writer.append(RECORDS[40:])
    assert held(tmp_path) == RECORDS
    assert not list(tmp_path.glob("*.partial"))


def test_every_flipped_bit_is_found(tmp_path: Path) -> None:
    filled(tmp_path, chain(20))
    chance = random.Random(3)
    for path in files(tmp_path):
        whole = path.read_bytes()
        for _ in range(120):
            at = chance.randrange(len(whole))
            flipped = bytearray(whole)
            flipped[at] ^= 1 << chance.randrange(8)
            path.write_bytes(flipped)
            with pytest.raises(ArchiveDamaged, match=path.name):
                held(tmp_path)
        path.write_bytes(whole)
    assert len(held(tmp_path)) == 20


def test_a_segment_that_is_missing_is_found(tmp_path: Path) -> None:
    filled(tmp_path)
    for path in files(tmp_path)[:-1]:
        moved = path.rename(tmp_path / "away")
        with pytest.raises(ArchiveDamaged, match="missing"):
            held(tmp_path)
        moved.rename(path)


def test_segments_that_changed_places_are_found(tmp_path: Path) -> None:
    filled(tmp_path)
    one, other = files(tmp_path)[1:3]
    bytes_of_one = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(bytes_of_one)
    with pytest.raises(ArchiveDamaged, match="is named otherwise"):
        held(tmp_path)


def test_a_segment_of_another_history_is_found(tmp_path: Path) -> None:
    filled(tmp_path / "ours")
    filled(tmp_path / "theirs", chain(90, size=204))
    ours, theirs = files(tmp_path / "ours"), files(tmp_path / "theirs")
    assert [path.name for path in ours] == [path.name for path in theirs]
    ours[2].write_bytes(theirs[2].read_bytes())
    with pytest.raises(ArchiveDamaged):
        held(tmp_path / "ours")


def test_a_sealed_segment_must_be_whole(tmp_path: Path) -> None:
    filled(tmp_path)
    sealed = files(tmp_path)[1]
    sealed.write_bytes(sealed.read_bytes()[:-3])
    with pytest.raises(ArchiveDamaged, match="in the middle of a block"):
        held(tmp_path)


def test_a_damaged_newest_segment_is_written_anew_from_there(tmp_path: Path) -> None:
    filled(tmp_path)
    newest = files(tmp_path)[-1]
    flipped = bytearray(newest.read_bytes())
    flipped[-1] ^= 1
    newest.write_bytes(flipped)
    writer = ArchiveWriter(tmp_path, "t")
    assert writer.damage is not None
    writer.append(RECORDS[writer.end.records :])
    assert held(tmp_path) == RECORDS


@pytest.mark.parametrize("number", range(0, 89, 8))
def test_what_the_journal_has_lost_is_set_aside(tmp_path: Path, number: int) -> None:
    writer = filled(tmp_path)
    place = Archive(tmp_path, "t").place_of(RECORDS[number][0])
    assert place is not None
    orphans = writer.set_aside(place.mark)
    assert (orphans.first, orphans.last) == (f"1-{number + 1}", "1-89")
    assert orphans.records == 89 - number
    assert writer.end == place.mark
    assert held(tmp_path) == RECORDS[: number + 1]
    others = chain(5, after=RECORDS[number], epoch=2)
    writer.append(others)
    assert held(tmp_path) == RECORDS[: number + 1] + others
    name = segment_name(StreamId(1, number + 1))
    apart = Segment(orphans.path.rename(tmp_path / name), is_sealed=True)
    blocks = [apart.records(*found) for found in apart.blocks()]
    assert [(m.record_id, data) for block in blocks for m, data in block] == RECORDS[number + 1 :]


def test_one_process_writes(tmp_path: Path) -> None:
    other = pytest.raises(ArchiveUnusable, match="another process writes to it")
    with locked(tmp_path / "new"), other, locked(tmp_path / "new"):
        pytest.fail("two hold the lock")
    with locked(tmp_path / "new"):
        pass


def test_directories_that_are_no_archive_of_the_tenant(tmp_path: Path) -> None:
    with pytest.raises(ArchiveUnusable, match="no such directory"):
        Archive(tmp_path / "nowhere", "t")
    filled(tmp_path)
    with pytest.raises(ArchiveUnusable, match="that of tenant 't'"):
        Archive(tmp_path, "other")
    (tmp_path / "notes.segment").touch()
    with pytest.raises(ArchiveUnusable, match=r"notes\.segment is not the name of a segment"):
        Archive(tmp_path, "t")
