"""What may go from the journal: nothing without two snapshots, nothing young, little at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from adapters.archive import Archive, ArchiveDamaged
from adapters.archive.meters import ArchiveMeters
from adapters.archive.trimming import Trimming
from adapters.archive.writing import ArchiveWriter
from adapters.redis.archived_journal import ArchivedJournal
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.snapshots import RedisSnapshots
from adapters.redis.wire import Endpoint
from router.record import record_hash
from router.snapshot.store import save_state
from router.state import State
from router.tail import Tail
from tests.adapters.archive.records import chain, write
from tests.servers import plain_client

pytestmark = pytest.mark.servers
KEYS = Keys("t")
RECORDS = chain(100, size=40)


@pytest.fixture
def client(server: EmbeddedServer) -> Iterator[Any]:
    with plain_client(server) as client:
        write(client, KEYS.journal, RECORDS)
        yield client


class Trimmer:
    """Snapshots of records of an archive that holds the first 90, and what is trimmed for them."""

    def __init__(self, server: EmbeddedServer, directory: Path) -> None:
        for begin in range(0, 90, 9):
            ArchiveWriter(directory, "t", 900).append(RECORDS[begin : begin + 9])
        self.directory = directory
        self.journal = ArchivedJournal(Endpoint(server.url), KEYS)
        self.snapshots = RedisSnapshots(Endpoint(server.url), KEYS)

    async def snapshot(self, number: int) -> None:
        record_id, data = RECORDS[number]
        tail = Tail(hash=record_hash(data))
        assert await save_state(self.snapshots, State(), tail, record_id, "0")

    async def trim(self, keep_ms: int = 0) -> int:
        where = (self.directory, "t")
        trimming = Trimming(
            where, self.journal, self.snapshots, keep_ms, ArchiveMeters(), structlog.get_logger()
        )
        return await trimming.trim(Archive(*where).last)

    async def close(self) -> None:
        await self.journal.close()
        await self.snapshots.close()


@pytest.fixture
async def trimmer(server: EmbeddedServer, client: Any, tmp_path: Path) -> Any:
    trimmer = Trimmer(server, tmp_path)
    yield trimmer
    await trimmer.close()


def first_left(client: Any) -> str:
    found: bytes = client.xrange(KEYS.journal, count=1)[0][0]
    return found.decode()


async def test_what_the_older_of_two_snapshots_needs_stays(client: Any, trimmer: Trimmer) -> None:
    assert await trimmer.trim() == 0
    await trimmer.snapshot(40)
    assert await trimmer.trim() == 0, "there is no second choice yet"
    await trimmer.snapshot(70)
    assert await trimmer.trim() == 40
    assert first_left(client) == "1-40"
    total = sum(len(data) for _, data in RECORDS[:40])
    assert client.get(KEYS.trimmed) == f"1-39 {total}".encode()
    assert await trimmer.trim() == 0


async def test_what_is_young_stays(client: Any, trimmer: Trimmer) -> None:
    for number in (60, 70):
        await trimmer.snapshot(number)
    assert await trimmer.trim(keep_ms=50_000) == 39, "records are a second apart, the last is 1-89"
    assert first_left(client) == "1-39"


async def test_a_snapshot_that_is_torn_is_none(client: Any, trimmer: Trimmer) -> None:
    for number in (40, 70):
        await trimmer.snapshot(number)
    client.setrange(KEYS.chunk("1-40", 0), 9, b"torn")
    assert await trimmer.trim() == 0
    await trimmer.snapshot(80)
    assert await trimmer.trim() == 70


async def test_what_is_not_archived_stays_whatever_snapshots_there_are(
    client: Any, trimmer: Trimmer
) -> None:
    for number in (92, 95):
        await trimmer.snapshot(number)
    assert await trimmer.trim() == 0


async def test_it_goes_in_small_steps(
    client: Any, trimmer: Trimmer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.archive.trimming.STEP_RECORDS", 7)
    for number in (40, 70):
        await trimmer.snapshot(number)
    client.config_resetstat()
    assert await trimmer.trim() == 40
    assert client.info("commandstats")["cmdstat_xtrim"]["calls"] == 6


async def test_nothing_goes_that_cannot_be_read_in_the_archive(
    client: Any, trimmer: Trimmer
) -> None:
    for number in (40, 70):
        await trimmer.snapshot(number)
    segment = min(trimmer.directory.glob("*.segment"))
    flipped = bytearray(segment.read_bytes())
    flipped[-5] ^= 1
    segment.write_bytes(flipped)
    with pytest.raises(ArchiveDamaged):
        await trimmer.trim()
    assert client.xlen(KEYS.journal) == 100
