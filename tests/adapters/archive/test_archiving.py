"""The archiver on real servers: each record once, whatever happens to it, to them, to the disk."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog

from adapters.archive import Archive, ArchiveUnusable, Mark
from adapters.archive.archiving import Archiver
from adapters.archive.errors import ReadBackError
from adapters.archive.meters import ArchiveMeters
from adapters.archive.writing import ArchiveWriter
from adapters.redis.archived_journal import ArchivedJournal, Reached
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from router.errors import CorruptJournal, JournalGone, StoreUnavailable
from tests.adapters.archive.records import Entry, chain, write
from tests.servers import plain_client

pytestmark = [pytest.mark.servers, pytest.mark.any_server]
KEYS = Keys("t")
RECORDS = chain(300)


class Folded:
    """What an archiver hands on."""

    def __init__(self) -> None:
        self.records: list[Entry] = []
        self.forgotten = 0

    async def take(self, before: Mark, entries: Any, *, caught_up: bool) -> None:
        self.records += entries

    def forget(self) -> None:
        self.forgotten += 1


class Archiving:
    """An archiver of the server's journal in a directory."""

    def __init__(self, server: EmbeddedServer, directory: Path, *, new_archive: bool) -> None:
        directory.mkdir(exist_ok=True)
        self.directory = directory
        self.journal = ArchivedJournal(Endpoint(server.url), KEYS)
        self.writer = ArchiveWriter(directory, "t")
        self.fold = Folded()
        self.meters = ArchiveMeters()
        self.archiver = Archiver(
            self.journal,
            self.writer,
            self.fold,
            self.meters,
            structlog.get_logger(),
            time.monotonic,
            new_archive=new_archive,
        )

    def metric(self, name: str) -> float:
        return self.meters.registry.get_sample_value(f"onequeue_archive_{name}") or 0.0

    def held(self) -> list[Entry]:
        archive = Archive(self.directory, "t")
        return [(mark.record_id, data) for mark, data in archive.records()]


@asynccontextmanager
async def archiving(
    server: EmbeddedServer, directory: Path, *, new_archive: bool = False
) -> AsyncIterator[Archiving]:
    made = Archiving(server, directory, new_archive=new_archive)
    try:
        yield made
    finally:
        await made.journal.close()


def files(directory: Path) -> list[Path]:
    return sorted(directory.iterdir())


async def archived(server: EmbeddedServer, directory: Path) -> list[Entry]:
    async with archiving(server, directory) as made:
        await made.archiver.catch_up()
        return made.held()


@pytest.fixture
def client(server: EmbeddedServer) -> Any:
    with plain_client(server) as client:
        yield client


async def test_all_that_the_journal_holds_is_archived_and_told(
    server: EmbeddedServer, client: Any, tmp_path: Path
) -> None:
    write(client, KEYS.journal, RECORDS)
    async with archiving(server, tmp_path) as made:
        await made.archiver.catch_up()
        assert made.held() == made.fold.records == RECORDS
    told = client.get(KEYS.archived)
    total = sum(len(data) for _, data in RECORDS)
    assert told == f"1-299 {total}".encode()


async def test_it_follows_until_it_is_asked_to_end_and_then_writes_the_rest(
    server: EmbeddedServer, client: Any, tmp_path: Path
) -> None:
    ended = asyncio.Event()
    async with archiving(server, tmp_path) as made:
        running = asyncio.create_task(made.archiver.run(ended))
        for begin in range(0, 300, 50):
            write(client, KEYS.journal, RECORDS[begin : begin + 50])
            await asyncio.sleep(0.01)
        deadline = time.monotonic() + 20
        while made.writer.end.records < 300:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)
        write(client, KEYS.journal, late := chain(1, after=RECORDS[-1], first_lsn=300))
        while made.archiver._after() != "1-300":
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)
        ended.set()
        await running
        assert made.held() == RECORDS + late


async def test_an_archive_goes_on_after_the_journal_was_trimmed(
    server: EmbeddedServer, client: Any, tmp_path: Path
) -> None:
    write(client, KEYS.journal, RECORDS[:200])
    await archived(server, tmp_path)
    client.xtrim(KEYS.journal, minid="1-199", approximate=False)
    write(client, KEYS.journal, RECORDS[200:])
    assert await archived(server, tmp_path) == RECORDS


async def test_a_gap_is_never_passed_over(
    server: EmbeddedServer, client: Any, tmp_path: Path
) -> None:
    write(client, KEYS.journal, RECORDS[:100])
    await archived(server, tmp_path)
    write(client, KEYS.journal, RECORDS[100:])
    client.xtrim(KEYS.journal, minid="1-150", approximate=False)
    with pytest.raises(ArchiveUnusable, match="ends with 1-99, and the journal begins with 1-150"):
        await archived(server, tmp_path)


async def test_an_empty_directory_does_not_begin_in_the_middle_unless_it_is_told_to(
    server: EmbeddedServer, client: Any, tmp_path: Path
) -> None:
    write(client, KEYS.journal, RECORDS)
    client.xtrim(KEYS.journal, minid="1-150", approximate=False)
    client.set(KEYS.trimmed, "1-149 12345")
    with pytest.raises(ArchiveUnusable, match="--new-archive"):
        await archived(server, tmp_path)
    async with archiving(server, tmp_path, new_archive=True) as made:
        await made.archiver.catch_up()
        assert made.held() == RECORDS[150:]
        assert made.writer.end.records == 150
        assert made.writer.end.total_bytes == 12_345 + sum(len(d) for _, d in RECORDS[150:])
    archive = Archive(tmp_path, "t")
    assert not archive.is_whole
    assert next(archive.records())[0].records == 1


async def test_records_that_a_promoted_replica_never_had_are_set_aside(
    server: EmbeddedServer, client: Any, tmp_path: Path
) -> None:
    write(client, KEYS.journal, RECORDS)
    await archived(server, tmp_path)
    client.delete(KEYS.journal)
    others = chain(40, after=RECORDS[219], epoch=2)
    write(client, KEYS.journal, RECORDS[100:220] + others)
    async with archiving(server, tmp_path) as made:
        with structlog.testing.capture_logs() as logs:
            await made.archiver.catch_up()
        assert made.held() == RECORDS[:220] + others
        assert made.archiver.orphaned == 80
        assert made.fold.forgotten == 1
        assert (
            made.meters.registry.get_sample_value("onequeue_archive_orphaned_records_total") == 80
        )
    (told,) = [log for log in logs if log["log_level"] == "error"]
    assert (told["first"], told["last"], told["records"]) == ("1-220", "1-299", 80)
    assert (tmp_path / "orphaned-1-220-to-1-299.records").exists()
    assert client.get(KEYS.archived).startswith(b"2-39 ")


async def test_records_that_a_router_writes_again_are_not_set_aside(
    server: EmbeddedServer, client: Any, tmp_path: Path
) -> None:
    write(client, KEYS.journal, RECORDS)
    await archived(server, tmp_path)
    client.delete(KEYS.journal)
    write(client, KEYS.journal, RECORDS[:200])
    with pytest.raises(StoreUnavailable, match="ends with 1-199, and records up to 1-299 were"):
        await archived(server, tmp_path)
    more = chain(5, after=RECORDS[-1], first_lsn=300)
    write(client, KEYS.journal, RECORDS[200:] + more)
    assert await archived(server, tmp_path) == RECORDS + more
    assert {path.suffix for path in files(tmp_path)} == {".segment"}


async def test_records_that_come_back_after_they_were_set_aside_are_archived_again(
    server: EmbeddedServer, client: Any, tmp_path: Path
) -> None:
    write(client, KEYS.journal, RECORDS)
    await archived(server, tmp_path)
    client.delete(KEYS.journal)
    write(client, KEYS.journal, RECORDS[:200] + (others := chain(3, after=RECORDS[199], epoch=2)))
    assert await archived(server, tmp_path) == RECORDS[:200] + others
    client.delete(KEYS.journal)
    write(client, KEYS.journal, RECORDS + (more := chain(3, after=RECORDS[-1], epoch=3)))
    assert await archived(server, tmp_path) == RECORDS + more


async def test_the_histories_of_two_journals_are_not_mixed(
    server: EmbeddedServer, client: Any, tmp_path: Path
) -> None:
    write(client, KEYS.journal, RECORDS)
    await archived(server, tmp_path)
    client.delete(KEYS.journal)
    with pytest.raises(JournalGone):
        await archived(server, tmp_path)
    write(client, KEYS.journal, chain(10, epoch=2))
    with pytest.raises(ArchiveUnusable, match="which does not follow"):
        await archived(server, tmp_path)
    assert {path.suffix for path in files(tmp_path)} == {".segment"}


async def test_a_record_that_does_not_follow_stops_it(
    server: EmbeddedServer, client: Any, tmp_path: Path
) -> None:
    write(client, KEYS.journal, RECORDS[:100] + RECORDS[101:])
    with pytest.raises(CorruptJournal, match="record 1-101: its prev is not the hash"):
        await archived(server, tmp_path)


class Disk:
    """A disk on which writing fails while ``full``."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full = False
        self.rots = False
        self._fsync = os.fsync
        monkeypatch.setattr("adapters.archive.writing.os.fsync", self.fsync)

    def fsync(self, descriptor: int) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        if self.rots:
            end = os.fstat(descriptor).st_size
            os.pwrite(descriptor, b"!", end - 1)
        self._fsync(descriptor)


async def test_a_full_disk_is_told_and_what_gathers_meanwhile_is_written_later(
    server: EmbeddedServer, client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(client, KEYS.journal, RECORDS[:100])
    disk, ended = Disk(monkeypatch), asyncio.Event()
    async with archiving(server, tmp_path) as made:
        await made.archiver.catch_up()
        disk.full = True
        write(client, KEYS.journal, RECORDS[100:])
        with structlog.testing.capture_logs() as logs:
            running = asyncio.create_task(made.archiver.run(ended))
            deadline = time.monotonic() + 20
            while made.metric("failures_total") < 3:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.01)
        assert [log["event"] for log in logs] == ["cannot archive, trying again"]
        assert "No space left" in logs[0]["error"]
        assert client.get(KEYS.archived).startswith(b"1-99 ")
        disk.full = False
        while made.writer.end.records < 300:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)
        ended.set()
        await running
        assert made.held() == made.fold.records == RECORDS


async def test_what_does_not_read_back_does_not_count(
    server: EmbeddedServer, client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(client, KEYS.journal, RECORDS[:100])
    await archived(server, tmp_path)
    write(client, KEYS.journal, RECORDS[100:])
    disk = Disk(monkeypatch)
    disk.rots = True
    async with archiving(server, tmp_path) as made:
        with pytest.raises(ReadBackError):
            await made.archiver.catch_up()
        assert client.get(KEYS.archived).startswith(b"1-99 ")
        disk.rots = False
        await made.archiver.catch_up()
        await made.archiver.flush()
        assert made.held() == RECORDS


async def test_trimming_drops_what_was_archived_and_says_how_much(
    server: EmbeddedServer, client: Any, tmp_path: Path
) -> None:
    write(client, KEYS.journal, RECORDS)
    async with archiving(server, tmp_path) as made:
        await made.archiver.catch_up()
        place = Archive(tmp_path, "t").place_of("1-200")
        assert place is not None
        gone = Reached(place.before.record_id, place.before.total_bytes)
        client.config_set("maxmemory", 1)  # a server that is full is what trimming is for
        try:
            assert await made.journal.trim(gone, "1-200", place.data) == 200
            assert await made.journal.trim(gone, "1-200", place.data) == 0
        finally:
            client.config_set("maxmemory", 0)
        assert await made.journal.trimmed() == gone
    assert [found.decode() for found, _ in client.xrange(KEYS.journal, count=1)] == ["1-200"]
    assert gone.total_bytes == sum(len(data) for _, data in RECORDS[:200])


async def test_nothing_is_trimmed_from_a_journal_of_another_history(
    server: EmbeddedServer, client: Any, tmp_path: Path
) -> None:
    write(client, KEYS.journal, chain(300, size=220))
    async with archiving(server, tmp_path) as made:
        for kept_id in ("1-200", "1-300"):
            with pytest.raises(CorruptJournal, match="not the one that was archived"):
                await made.journal.trim(Reached("1-199", 5), kept_id, RECORDS[200][1])
    assert client.xlen(KEYS.journal) == 300
    assert not client.exists(KEYS.trimmed)


async def test_blocks_of_any_size_come_out_the_same(
    server: EmbeddedServer, client: Any, tmp_path: Path
) -> None:
    chance, at = random.Random(5), 0
    async with archiving(server, tmp_path) as made:
        while at < 300:
            count = chance.randrange(1, 40)
            write(client, KEYS.journal, RECORDS[at : at + count])
            at += count
            for _ in range(chance.randrange(3)):
                await made.archiver.step(0)
            if chance.random() < 0.5:
                await made.archiver.flush()
        await made.archiver.catch_up()
        await made.archiver.flush()
        assert made.held() == made.fold.records == RECORDS
