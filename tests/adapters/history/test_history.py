"""Archive and journal as one history, wherever the one ends and the other begins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.archive import ArchiveDamaged
from adapters.archive.writing import ArchiveWriter
from adapters.history import (
    History,
    HistoryParted,
    HistoryTrimmed,
    JournalMissing,
    counted,
    open_history,
)
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.snapshots import RedisSnapshots
from adapters.redis.wire import Endpoint
from router.record import record_hash
from router.snapshot.store import save_state
from router.state import State
from router.tail import Tail
from tests.adapters.archive.records import Entry, chain, write
from tests.servers import plain_client

pytestmark = pytest.mark.servers
KEYS = Keys("t")
RECORDS = chain(120, size=60)


@pytest.fixture
def client(server: EmbeddedServer) -> Iterator[Any]:
    with plain_client(server) as client:
        yield client


def archive(directory: Path, records: list[Entry]) -> Path:
    directory.mkdir(exist_ok=True)
    writer = ArchiveWriter(directory, "t", segment_bytes=600)
    for begin in range(0, len(records), 7):
        writer.append(records[begin : begin + 7])
    return directory


def trim(client: Any, number: int) -> None:
    client.xtrim(KEYS.journal, minid=RECORDS[number][0], approximate=False)
    client.set(KEYS.trimmed, f"{RECORDS[number - 1][0]} 1")


@pytest.mark.parametrize(
    ("archived", "trimmed"), [(80, 40), (80, 79), (80, 80), (120, 119), (1, 1)]
)
def test_nothing_is_missing_and_nothing_comes_twice(
    client: Any, tmp_path: Path, archived: int, trimmed: int
) -> None:
    write(client, KEYS.journal, RECORDS)
    directory = archive(tmp_path / "a", RECORDS[:archived])
    trim(client, trimmed)
    history = open_history(client, "t", directory)
    assert (history.first, history.last, history.count) == ("1-0", "1-119", 120)
    history.require_whole()
    assert list(history.records()) == RECORDS
    assert list(history.backward()) == RECORDS[::-1]
    for number in (0, 39, 40, 79, 80, 119):
        record_id = RECORDS[number][0]
        assert list(history.records(after=record_id)) == RECORDS[number + 1 :]
        assert list(history.records(upto=record_id)) == RECORDS[: number + 1]
        assert list(history.backward(record_id)) == RECORDS[:number][::-1]


def test_an_archive_alone(tmp_path: Path) -> None:
    history = open_history(None, "t", archive(tmp_path / "a", RECORDS))
    assert list(history.records()) == RECORDS
    assert list(history.backward()) == RECORDS[::-1]
    assert history.now_ms() == 1_700_000_119_000
    assert history.follow("1-119", 10) == []
    assert history.client is None


def test_what_is_trimmed_and_archived_while_it_is_read_is_found_in_the_archive(
    client: Any, tmp_path: Path
) -> None:
    records = chain(1_500, size=60)
    write(client, KEYS.journal, records)
    directory = archive(tmp_path / "a", records[:100])
    history = open_history(client, "t", directory)
    read = []
    for number, entry in enumerate(history.records()):
        read.append(entry)
        if number in (50, 300, 700):
            ArchiveWriter(directory, "t").append(records[len(held(directory)) : number + 500])
            client.xtrim(KEYS.journal, minid=f"1-{number + 450}", approximate=False)
    assert read == records


def held(directory: Path) -> list[Entry]:
    return list(open_history(None, "t", directory).records())


def test_a_journal_that_is_trimmed_while_it_is_read_without_an_archive(client: Any) -> None:
    records = chain(1_500, size=60)
    write(client, KEYS.journal, records)
    reading = open_history(client, "t").records()
    first = next(reading)
    client.xtrim(KEYS.journal, minid="1-1000", approximate=False)
    client.set(KEYS.trimmed, "1-999 1")
    with pytest.raises(HistoryTrimmed, match="begins with record 1-1000"):
        list(reading)
    assert first == records[0]


def test_a_beginning_that_is_not_there_is_said(client: Any, tmp_path: Path) -> None:
    write(client, KEYS.journal, RECORDS)
    assert open_history(client, "t").is_whole()
    trim(client, 40)
    history = open_history(client, "t")
    assert not history.is_whole()
    with pytest.raises(HistoryTrimmed) as caught:
        history.require_whole()
    assert str(caught.value) == (
        "the journal begins with record 1-40 (2023-11-14 22:14:00 UTC); what came before has been "
        "trimmed from it: name the archive that has it: --archive DIR, or ONEQUEUE_ARCHIVE"
    )
    assert list(history.records()) == RECORDS[40:]


def test_records_that_neither_has_are_missed(client: Any, tmp_path: Path) -> None:
    write(client, KEYS.journal, RECORDS)
    directory = archive(tmp_path / "a", RECORDS[:80])
    trim(client, 90)
    history = open_history(client, "t", directory)
    with pytest.raises(HistoryParted, match="record 1-90: its prev is not the hash of record 1-79"):
        list(history.records())
    with pytest.raises(HistoryParted):
        list(history.backward())


def test_an_archive_of_records_that_the_journal_has_lost(client: Any, tmp_path: Path) -> None:
    directory = archive(tmp_path / "a", RECORDS[:80])
    write(client, KEYS.journal, RECORDS[:60])
    with pytest.raises(HistoryParted, match="record 1-59: the journal ends with it"):
        open_history(client, "t", directory)
    others = chain(40, after=RECORDS[59], epoch=2, size=60)
    write(client, KEYS.journal, others)
    with pytest.raises(HistoryParted, match="record 1-79: it is in the archive, and not in the"):
        open_history(client, "t", directory)
    client.delete(KEYS.journal)
    write(client, KEYS.journal, chain(120, size=64))
    with pytest.raises(HistoryParted, match="record 1-79: it is another one in the archive"):
        open_history(client, "t", directory)


def test_newest_segments_that_are_gone_are_missed(client: Any, tmp_path: Path) -> None:
    write(client, KEYS.journal, RECORDS)
    directory = archive(tmp_path / "a", RECORDS)
    client.set(KEYS.archived, "1-119 1")
    open_history(client, "t", directory).require_newest()
    max(directory.glob("*.segment")).unlink()
    history = open_history(client, "t", directory)
    assert list(history.records()) == RECORDS, "the journal has them still"
    with pytest.raises(ArchiveDamaged, match="record 1-119 was archived"):
        history.require_newest()


def test_a_tenant_without_anything(client: Any, tmp_path: Path) -> None:
    write(client, Keys("other").journal, RECORDS[:1])
    with pytest.raises(JournalMissing) as caught:
        open_history(client, "t")
    assert caught.value.tenants == ("other",)
    (tmp_path / "empty").mkdir()
    with pytest.raises(JournalMissing):
        open_history(client, "t", tmp_path / "empty")
    write(client, KEYS.journal, RECORDS)
    assert list(open_history(client, "t", tmp_path / "empty").records()) == RECORDS


def test_what_comes_later_can_be_followed(client: Any, tmp_path: Path) -> None:
    write(client, KEYS.journal, RECORDS[:100])
    history: History = open_history(client, "t", archive(tmp_path / "a", RECORDS[:100]))
    write(client, KEYS.journal, RECORDS[100:])
    assert history.follow(history.last, 10) == RECORDS[100:]


def test_entries_that_are_no_records_have_no_bytes(client: Any) -> None:
    write(client, KEYS.journal, RECORDS[:2])
    client.xadd(KEYS.journal, {"x": b"1"}, id="1-2")
    assert list(open_history(client, "t").records()) == [*RECORDS[:2], ("1-2", b"")]


def test_progress_is_told_now_and_then() -> None:
    told: list[int] = []
    entries = [("1-0", b"")] * 600
    assert list(counted(iter(entries), told.append)) == entries
    assert told == [256, 512]


async def test_snapshots_of_the_server_tell_what_stood(server: EmbeddedServer, client: Any) -> None:
    write(client, KEYS.journal, RECORDS)
    snapshots = RedisSnapshots(Endpoint(server.url), KEYS)
    for number, hash_ in ((20, None), (50, None), (70, b"another.")):
        record_id, data = RECORDS[number]
        tail = Tail(hash=hash_ or record_hash(data), now_ms=number)
        state = State(offers_made=number)
        assert await save_state(snapshots, state, tail, record_id, "0")
        trim(client, 1 + number // 10)
    await snapshots.close()
    history = open_history(client, "t")
    stood = history.stood_before(100)
    assert stood is not None, "the newest is of another history, the one before is not"
    assert (stood.manifest.record_id, stood.state.offers_made) == (RECORDS[50][0], 50)
    assert history.stood_before(50) is None
