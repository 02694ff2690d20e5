from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from benchmarks.floor.sender import CommandSender
from benchmarks.floor.wire import connect, read_stream, unpack
from tests.servers import LossyProxy

pytestmark = pytest.mark.servers

INBOUND = Keys("t").inbound


async def sent_to(server: EmbeddedServer, at_least: int) -> list[int]:
    """What has arrived, once it is that many."""
    arrived: list[int] = []
    position = "0-0"
    async with connect(server.url) as client, asyncio.timeout(60):
        while len(arrived) < at_least:
            for entry_id, fields in await read_stream(
                client, INBOUND, position, count=1_000, block_ms=1_000
            ):
                position = entry_id
                arrived.append(unpack(fields[b"m"])["n"])
    return arrived


async def test_commands_arrive_in_order(server: EmbeddedServer) -> None:
    async with connect(server.url) as client:
        sender = CommandSender(client, "t")
        task = asyncio.create_task(sender.run())
        sender.send({"n": n} for n in range(3))
        sender.send([{"n": 3}])
        assert await sent_to(server, at_least=4) == [0, 1, 2, 3]
        task.cancel()
        await asyncio.wait({task})


async def test_nothing_is_lost_when_a_reply_is(server: EmbeddedServer, short_path: Path) -> None:
    async with LossyProxy(server, short_path) as proxy, connect(proxy.url) as client:
        await client.ping()  # so that the reply that is lost is that of the commands
        sender = CommandSender(client, "t")
        proxy.losing = True
        sender.send([{"n": 1}, {"n": 2}])
        flushing = asyncio.create_task(sender.flush())
        async with asyncio.timeout(60):
            await proxy.lost_one.wait()
            proxy.losing = False
            await flushing
    # the router takes a repeated command for what it is
    assert await sent_to(server, at_least=4) == [1, 2, 1, 2]


async def test_each_command_is_told_of_once_with_the_id_of_its_entry(
    server: EmbeddedServer, short_path: Path
) -> None:
    added: list[tuple[str, Mapping[str, Any]]] = []
    async with LossyProxy(server, short_path) as proxy, connect(proxy.url) as client:
        await client.ping()
        sender = CommandSender(client, "t", added.extend)
        proxy.losing = True
        sender.send([{"n": 1}, {"n": 2}])
        flushing = asyncio.create_task(sender.flush())
        async with asyncio.timeout(60):
            await proxy.lost_one.wait()
            proxy.losing = False
            await flushing
    assert [command["n"] for _, command in added] == [1, 2]
    async with connect(server.url) as client:
        stand = [entry_id for entry_id, _ in await read_stream(client, INBOUND, "0-0", count=9)]
    # the first two were not acknowledged
    assert [entry_id for entry_id, _ in added] == stand[2:]


async def test_an_idle_flush_does_nothing(server: EmbeddedServer) -> None:
    async with connect(server.url) as client:
        sender = CommandSender(client, "t")
        sender.send([])
        await sender.flush()
        assert sender.sent == 0
        assert not await client.exists(INBOUND)
