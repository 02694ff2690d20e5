"""The reader keeps ahead of the engine, but only as far as its buffer allows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.inbound import RedisInbound
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from router.clock import StoreClock
from router.outage import Outage
from router.reader import BUFFER_BYTES_MAX, BUFFER_ENTRIES_MAX, READ_ENTRIES_MAX, Reader
from tests.tenant import Notes, Tenant


@asynccontextmanager
async def running_reader(server: EmbeddedServer) -> AsyncIterator[Reader]:
    woken = asyncio.Event()
    inbound = RedisInbound(Endpoint(server.url), Keys("t"), Notes().inbound_moved)
    reader = Reader(
        inbound, StoreClock(time.monotonic), Outage(Notes()), woken, time.monotonic, lambda: None
    )
    running = asyncio.create_task(reader.run("0-0"))
    await woken.wait()
    yield reader
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await inbound.close()


async def test_takes_everything_in_order_within_bounds(server: EmbeddedServer) -> None:
    tenant = Tenant(server)
    ids = tenant.send(*({"n": n} for n in range(5_000)))
    seen: list[str] = []
    async with running_reader(server) as reader:
        while len(seen) < len(ids):
            await asyncio.sleep(0.01)
            assert len(reader.take(0).entries) == 0
            taken = reader.take(BUFFER_ENTRIES_MAX + READ_ENTRIES_MAX + 1)
            assert len(taken.entries) <= BUFFER_ENTRIES_MAX + READ_ENTRIES_MAX
            assert taken.read_at_s <= time.monotonic()
            seen += [entry.entry_id for entry in taken.entries]
        assert not reader.has_entries
    assert seen == ids


async def test_large_entries_are_bounded_by_bytes(server: EmbeddedServer) -> None:
    tenant = Tenant(server)
    blob = bytes(9 * 1024**2)
    tenant.client.xadd(tenant.keys.inbound, {"m": blob})
    async with running_reader(server) as reader:
        assert len(reader.take(10).entries) == 1
        for _ in range(12):
            tenant.client.xadd(tenant.keys.inbound, {"m": blob})
        seen, most = 0, 0
        while seen < 12:
            await asyncio.sleep(0.05)
            entries = reader.take(100).entries
            seen += len(entries)
            most = max(most, len(entries))
    # the buffer, and one small answer that was under way when it became full
    assert most <= BUFFER_BYTES_MAX // len(blob) + 3
