"""The projection: the leader's state in another process, whatever befalls the journal."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import structlog

from adapters.projection.feed import FellBehind
from adapters.projection.folded import Folded
from adapters.projection.projection import Projection
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.snapshots import RedisSnapshots
from adapters.redis.wire import Endpoint
from router.follower import Follower
from router.record import decode_record
from router.snapshot.store import save_state
from tests.random_journal import Journal
from tests.servers import LossyProxy, plain_client, start_server
from tests.tenant import Notes

NUMBERS = count()


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    with tempfile.TemporaryDirectory(prefix="oq-") as directory:
        found = start_server("valkey", Path(directory))
        yield found
        found.stop()


@pytest.fixture
def keys() -> Keys:
    return Keys(f"projected-{next(NUMBERS)}")


@asynccontextmanager
async def running(url: str, keys: Keys) -> AsyncIterator[Projection]:
    projection = Projection(Endpoint(url, timeout_s=3.0), keys, structlog.get_logger())
    task = asyncio.create_task(projection.run())
    try:
        async with asyncio.timeout(20):
            await projection.until_ready()
            yield projection
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await projection.close()


def write(server: EmbeddedServer, keys: Keys, records: list[tuple[str, bytes]]) -> None:
    with plain_client(server) as client:
        pipeline = client.pipeline(transaction=False)
        for record_id, data in records:
            pipeline.xadd(keys.journal, {"r": data}, id=record_id)
        pipeline.execute()


async def until(what: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 20
    while not what():
        assert time.monotonic() < deadline_s, "it did not come about"
        await asyncio.sleep(0.002)


async def until_at(projection: Projection, record_id: str) -> None:
    await until(lambda: projection.last_id == record_id)


class Heard:
    def __init__(self, journal: Journal, projection: Projection) -> None:
        self.journal, self.projection = journal, projection
        self.record_ids: list[str] = []
        self.wrong: list[str] = []
        self.anew = 0

    def folded(self, folded: Folded) -> None:
        record_id = folded.record_id
        self.record_ids.append(record_id)
        journal, projection = self.journal, self.projection
        is_right = (
            projection.last_id == record_id
            and list(folded.work_entries) == journal.work[record_id]
            and projection.state.to_bytes() == journal.states[record_id]
        )
        if not is_right:
            self.wrong.append(record_id)

    def began_anew(self) -> None:
        self.anew += 1


async def test_each_record_is_told_with_the_leaders_state_and_work_entries(
    server: EmbeddedServer, keys: Keys
) -> None:
    """Also those to agents whom the record itself has dropped."""
    journal = Journal(11)
    journal.play(10)
    before = len(journal.records)
    write(server, keys, journal.records)
    async with running(server.url, keys) as projection:
        heard = Heard(journal, projection)
        projection.listen(heard)
        assert projection.state.to_bytes() == journal.states[journal.records[-1][0]]
        journal.play(25)
        journal.begin_epoch()
        journal.play(10)
        write(server, keys, journal.records[before:])
        await until_at(projection, journal.records[-1][0])
    assert heard.record_ids == [record_id for record_id, _ in journal.records[before:]]
    told = [entry for record_id in heard.record_ids for entry in journal.work[record_id]]
    assert any(b"logged_out" in entry.payload for entry in told)
    assert (heard.wrong, heard.anew) == ([], 0)


async def test_it_begins_with_a_snapshot_where_the_journal_was_trimmed(
    server: EmbeddedServer, keys: Keys
) -> None:
    journal, earlier = Journal(12), Follower(Notes())
    journal.play(40)
    write(server, keys, journal.records)
    kept = len(journal.records) * 3 // 4
    for record_id, data in journal.records[:kept]:
        earlier.take(record_id, data)
    snapshots = RedisSnapshots(Endpoint(server.url), keys)
    await save_state(snapshots, earlier.engine.state, earlier.tail, earlier.last_id, "0")
    await snapshots.close()
    with plain_client(server) as client:
        client.xtrim(keys.journal, minid=journal.records[kept - 1][0], approximate=False)
    async with running(server.url, keys) as projection:
        assert projection.state.to_bytes() == journal.states[journal.records[-1][0]]
        ended = list(projection.ended.newest_first())
    outcomes = dict(projection.state.ended_interactions.in_order())
    assert {one.interaction_id: one.state for one in ended} == {
        name: past.outcome for name, past in outcomes.items()
    }
    assert {one.is_partial for one in ended} == {True, False}


async def test_a_feed_hands_out_every_record_and_a_slow_one_ends(
    server: EmbeddedServer, keys: Keys
) -> None:
    journal = Journal(13)
    write(server, keys, journal.records)
    begun = len(journal.records)
    async with running(server.url, keys) as projection:
        quick, slow, gone = projection.subscribe(work=True), projection.subscribe(), None
        slow._records_max = 5
        gone = projection.subscribe()
        projection.unsubscribe(gone)
        journal.play(30)
        write(server, keys, journal.records[begun:])
        read = []
        async for folded in quick:
            read.append(folded.record_id)
            assert list(folded.work_entries) == journal.work[folded.record_id]
            if folded.record_id == journal.records[-1][0]:
                break
        assert read == [record_id for record_id, _ in journal.records[begun:]]
        with pytest.raises(FellBehind, match=journal.records[begun - 1][0]):
            await anext(slow)
        assert not gone._waiting
        assert projection._feeds == {quick}


@pytest.mark.parametrize("what", ["lost", "gone back", "trimmed ahead", "another"])
async def test_a_journal_that_is_not_what_was_followed_is_read_anew(
    server: EmbeddedServer, keys: Keys, what: str
) -> None:
    journal, other = Journal(14), Journal(15)
    journal.play(20)
    other.play(5)
    write(server, keys, journal.records)
    async with running(server.url, keys) as projection:
        heard, feed = Heard(journal, projection), projection.subscribe()
        projection.listen(heard)
        now = await _befall(server, keys, what, journal, other)
        with pytest.raises(FellBehind):
            await anext(feed)
        assert heard.anew == 1
        assert projection.last_id == (now.records[-1][0] if now else "0-0")
        if now:
            assert projection.state.to_bytes() == now.states[projection.last_id]
        assert projection.freshness().is_ready


async def _befall(
    server: EmbeddedServer, keys: Keys, what: str, journal: Journal, other: Journal
) -> Journal | None:
    with plain_client(server) as client:
        if what == "trimmed ahead":
            seen = len(journal.records)
            journal.play(10)
            later = Follower(Notes())
            for record_id, data in journal.records:
                later.take(record_id, data)
            snapshots = RedisSnapshots(Endpoint(server.url), keys)
            await save_state(snapshots, later.engine.state, later.tail, later.last_id, "0")
            await snapshots.close()
            journal.play(10)
            # the projection sees neither the records in between nor a gap in the ids
            pipeline = client.pipeline()
            for record_id, data in journal.records[seen:]:
                pipeline.xadd(keys.journal, {"r": data}, id=record_id)
            pipeline.xtrim(keys.journal, minid=later.last_id, approximate=False)
            pipeline.execute()
            return journal
        client.delete(keys.journal)
        if what == "lost":
            return None
    if what == "gone back":
        del journal.records[-3:]
        write(server, keys, journal.records)
        return journal
    other.begin_epoch()
    write(server, keys, other.records)
    return other


async def test_an_outage_is_waited_out_and_told_as_age(
    server: EmbeddedServer, keys: Keys, short_path: Path
) -> None:
    journal = Journal(16)
    write(server, keys, journal.records)
    begun = len(journal.records)
    async with LossyProxy(server, short_path) as proxy, running(proxy.url, keys) as projection:
        fresh = projection.freshness()
        assert (fresh.position, fresh.behind) == (journal.records[-1][0], 0)
        assert 0 <= fresh.age_ms < 10_000
        proxy.losing = proxy.refusing = True
        await until(lambda: projection.freshness().age_ms >= 1_500)
        proxy.losing = proxy.refusing = False
        journal.play(5)
        write(server, keys, journal.records[begun:])
        await until_at(projection, journal.records[-1][0])
        await until(lambda: projection.freshness().age_ms <= 1_000)
        as_of_ms = decode_record(journal.records[-1][1]).now_ms
        assert projection.freshness().as_of_ms == as_of_ms == projection.now_ms


async def test_a_listener_that_fails_stops_neither_the_others_nor_the_projection(
    server: EmbeddedServer, keys: Keys
) -> None:
    class Failing:
        def folded(self, folded: Folded) -> None:
            raise KeyError("mine")

        def began_anew(self) -> None: ...

    journal = Journal(17)
    write(server, keys, journal.records)
    begun = len(journal.records)
    async with running(server.url, keys) as projection:
        heard: Any = Heard(journal, projection)
        projection.listen(Failing())
        projection.listen(heard)
        journal.play(3)
        write(server, keys, journal.records[begun:])
        await until_at(projection, journal.records[-1][0])
    assert len(heard.record_ids) == len(journal.records) - begun
