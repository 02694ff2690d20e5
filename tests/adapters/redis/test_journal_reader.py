"""The journal read along: from the first record, by pages, and as it grows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.journal_reader import RedisJournalReader
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from router.errors import CorruptJournal
from tests.servers import plain_client

KEYS = Keys("t")


@pytest.fixture
async def reader(endpoint: Endpoint) -> AsyncIterator[RedisJournalReader]:
    reader = RedisJournalReader(endpoint, KEYS)
    yield reader
    await reader.close()


async def test_pages_from_the_first_record_on(
    server: EmbeddedServer, reader: RedisJournalReader
) -> None:
    assert await reader.newest_id() == "0-0"
    assert list(await reader.read("0-0", 10, 0)) == []
    ids = [f"1-{lsn}" for lsn in range(100)] + ["2-0"]
    with plain_client(server) as client:
        for record_id in ids:
            client.xadd(KEYS.journal, {"r": record_id}, id=record_id)
    found: list[tuple[str, bytes]] = []
    while page := await reader.read(found[-1][0] if found else "0-0", 30, 0):
        assert len(page) <= 30
        found += page
    assert found == [(record_id, record_id.encode()) for record_id in ids]
    assert await reader.newest_id() == "2-0"


async def test_a_read_ends_with_the_record_that_it_waits_for(
    server: EmbeddedServer, reader: RedisJournalReader
) -> None:
    reading = asyncio.create_task(reader.read("0-0", 10, 4_000))
    # the answer to a question does not wait for the read
    assert await reader.newest_id() == "0-0"
    with plain_client(server) as client:
        client.xadd(KEYS.journal, {"r": "x"}, id="1-0")
        async with asyncio.timeout(20):
            assert await reading == [("1-0", b"x")]


async def test_a_foreign_entry_is_corrupt(
    server: EmbeddedServer, reader: RedisJournalReader
) -> None:
    with plain_client(server) as client:
        client.xadd(KEYS.journal, {"other": "field"}, id="1-0")
    with pytest.raises(CorruptJournal, match="1-0"):
        await reader.read("0-0", 10, 0)
