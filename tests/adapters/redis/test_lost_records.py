"""Records that a server has lost: told from another router's, and written again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.journal import RedisJournal
from adapters.redis.wire import Endpoint
from router.errors import Fenced, StoreUnavailable, TailLost
from router.ports import DeadLetter, RecentRecord, WorkEntry
from tests.failover import Line
from tests.journal_records import KEYS, NO_DEAD, NO_WORK, entries, record
from tests.servers import FAST, plain_client


@pytest.fixture
async def journal(endpoint: Endpoint) -> AsyncIterator[RedisJournal]:
    journal = RedisJournal(endpoint, KEYS)
    yield journal
    await journal.close()


async def test_anothers_record_under_our_id_is_a_fence(
    server: EmbeddedServer, journal: RedisJournal
) -> None:
    """Another router counts the same epoch, on a replica that had not heard of ours."""
    await journal.take_lead("a", "1")
    await journal.append(record(), NO_WORK, NO_DEAD)
    with plain_client(server) as client:
        client.delete(KEYS.journal)
        client.xadd(KEYS.journal, {"r": record(9)}, id="1-1")
    await journal.reconnect()
    with pytest.raises(Fenced):
        await journal.append(record(), NO_WORK, NO_DEAD)
    assert len(entries(server, KEYS.journal)) == 1


async def test_who_looks_whether_we_lead_follows_the_address_to_another_server(
    server: EmbeddedServer, short_path: Path
) -> None:
    """Some proxies leave connections to the server that was replaced alone."""
    async with Line(server) as line:
        journal = RedisJournal(Endpoint(line.url), KEYS)
        await journal.take_lead("a", "1")
        await journal.check_lead()
        with EmbeddedServer(short_path / "data", extra=FAST) as other:
            with plain_client(server) as client, plain_client(other) as to:
                to.restore(KEYS.journal, 0, client.dump(KEYS.journal))
            line.lead_newcomers_to(other)
            await journal.reconnect()
            await journal.append(record(), NO_WORK, NO_DEAD)
            with pytest.raises(TailLost):
                await journal.check_lead()
            await journal.check_lead()
            await journal.close()


async def test_lost_record_is_restored_with_all_that_came_with_it(
    server: EmbeddedServer, journal: RedisJournal
) -> None:
    await journal.take_lead("a", "1")
    work = [WorkEntry("broken", "m", b"1"), WorkEntry("desk", "m", b"2")]
    dead = [DeadLetter("9-1", "malformed", "why", b"bytes")]
    with plain_client(server) as client:
        client.set(KEYS.work("broken"), "no stream")
    lost = RecentRecord("1-1", record(), work, dead)
    assert await journal.restore("1-0", lost) == ("broken",)
    assert await journal.newest() == ("1-1", lost.data)
    assert len(entries(server, KEYS.work("desk"))) == len(entries(server, KEYS.dead_letter)) == 1
    with pytest.raises(StoreUnavailable, match="FENCED 1-1"):
        await journal.restore("1-0", lost)
    assert len(entries(server, KEYS.work("desk"))) == 1
    first = entries(server, KEYS.journal)[0][1][b"r"]
    assert await journal.newest_upto("(1-1") == ("1-0", first)
    assert await journal.newest_upto("0-5") is None
