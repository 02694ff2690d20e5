"""Reading inbound: time with entries, safe to cancel, whatever size, and ids that stay in front."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.inbound import RedisInbound
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from tests.servers import plain_client

KEYS = Keys("t")


class Fixture:
    def __init__(self, endpoint: Endpoint, client: Any) -> None:
        self.moved: list[tuple[str, str]] = []
        self.stream = RedisInbound(endpoint, KEYS, lambda *ids: self.moved.append(ids))
        self.client = client

    def add(self, value: bytes = b"x", entry_id: str = "*") -> str:
        added: bytes = self.client.xadd(KEYS.inbound, {"m": value}, id=entry_id)
        return added.decode()


@pytest.fixture
async def inbound(endpoint: Endpoint, server: EmbeddedServer) -> AsyncIterator[Fixture]:
    with plain_client(server) as client:
        fixture = Fixture(endpoint, client)
        yield fixture
        await fixture.stream.close()


async def test_entries_and_time_in_one_read(inbound: Fixture) -> None:
    first, second = inbound.add(b"1"), inbound.add(b"2")
    batch = await inbound.stream.read("0-0", 10, 0)
    assert [(e.entry_id, e.fields) for e in batch.entries] == [
        (first, {b"m": b"1"}),
        (second, {b"m": b"2"}),
    ]
    assert batch.entries[0].at_ms == int(first.split("-")[0])
    assert batch.now_ms >= batch.entries[1].at_ms


async def test_reads_after_a_position_and_no_more_than_asked(inbound: Fixture) -> None:
    ids = [inbound.add() for _ in range(5)]
    batch = await inbound.stream.read(ids[0], 3, 0)
    assert [e.entry_id for e in batch.entries] == ids[1:4]


async def test_nothing_there(inbound: Fixture) -> None:
    batch = await inbound.stream.read("0-0", 10, 1)
    assert batch.entries == []
    assert batch.now_ms > 1_600_000_000_000


async def test_blocked_read_wakes_for_an_entry(inbound: Fixture) -> None:
    reading = asyncio.create_task(inbound.stream.read("0-0", 10, 4_000))
    while inbound.client.info("clients")["blocked_clients"] == 0:  # noqa: ASYNC110  (only the server knows)
        await asyncio.sleep(0.001)
    added = inbound.add()
    batch = await reading
    assert [e.entry_id for e in batch.entries] == [added]
    assert batch.now_ms >= batch.entries[0].at_ms


async def test_cancelled_read_loses_nothing(inbound: Fixture) -> None:
    seen: list[str] = []
    added: list[str] = []
    position = "0-0"
    for number in range(40):
        reading = asyncio.create_task(inbound.stream.read(position, 10, 1_000))
        for _ in range(number % 8):
            await asyncio.sleep(0)
        added.append(inbound.add())
        if number % 2:
            await asyncio.sleep(0.001)
        reading.cancel()
        outcome = (await asyncio.gather(reading, return_exceptions=True))[0]
        if isinstance(outcome, asyncio.CancelledError):
            continue
        assert not isinstance(outcome, BaseException)
        seen += [e.entry_id for e in outcome.entries]
        position = seen[-1] if seen else position
    seen += [e.entry_id for e in (await inbound.stream.read(position, 100, 0)).entries]
    assert seen == added


async def test_huge_entries_come_in_small_numbers(inbound: Fixture) -> None:
    blob = bytes(5 * 1024**2)
    ids = [inbound.add(blob) for _ in range(12)]
    sizes: list[int] = []
    position, seen = "0-0", list[str]()
    while batch := (await inbound.stream.read(position, 256, 0)).entries:
        sizes.append(len(batch))
        seen += [e.entry_id for e in batch]
        position = seen[-1]
        inbound.client.xtrim(KEYS.inbound, minid=position, approximate=False)
        if len(seen) == 12:
            ids += [inbound.add(blob) for _ in range(4)]
    assert seen == ids
    assert max(sizes[1:]) <= 2


async def test_trim_drops_what_was_consumed(inbound: Fixture) -> None:
    ids = [inbound.add(b"x" * 500) for _ in range(1_000)]
    await inbound.stream.trim(ids[899])
    left = inbound.client.xrange(KEYS.inbound)
    assert len(left) < 250
    assert [raw_id.decode() for raw_id, _ in left][-100:] == ids[900:]


class TestAlignment:
    FAR = "99999999999999-3"

    async def test_stream_behind_the_position_is_moved_up(self, inbound: Fixture) -> None:
        before = inbound.add()
        batch = await inbound.stream.read(self.FAR, 10, 0)
        assert batch.entries == []
        assert inbound.moved == [(before, self.FAR)]
        added = inbound.add()
        assert added == "99999999999999-4"
        assert len((await inbound.stream.read(self.FAR, 10, 0)).entries) == 1
        assert len(inbound.moved) == 1

    async def test_vanished_stream_is_made_at_the_position(self, inbound: Fixture) -> None:
        await inbound.stream.read(self.FAR, 10, 0)
        assert inbound.moved == [("0-0", self.FAR)]
        assert inbound.client.xinfo_groups(KEYS.inbound) == []
        assert inbound.add() == "99999999999999-4"

    async def test_stream_at_the_position_stays(self, inbound: Fixture) -> None:
        at = inbound.add()
        await inbound.stream.read(at, 10, 0)
        assert inbound.moved == []

    async def test_fresh_tenant_needs_no_stream(self, inbound: Fixture) -> None:
        await inbound.stream.read("0-0", 10, 0)
        assert inbound.moved == []
        assert inbound.client.exists(KEYS.inbound) == 0

    async def test_every_new_connection_looks_again(self, inbound: Fixture) -> None:
        await inbound.stream.read(inbound.add(), 10, 0)
        inbound.client.delete(KEYS.inbound)
        await inbound.stream.close()
        await inbound.stream.read(self.FAR, 10, 0)
        assert inbound.moved == [("0-0", self.FAR)]
