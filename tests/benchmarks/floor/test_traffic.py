"""Traffic against a real server, with the router's journal written by the test."""

from __future__ import annotations

import asyncio
from typing import Any

import msgpack
import pytest
from redis.asyncio import Redis

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from benchmarks.floor.customers import Contact, Customer
from benchmarks.floor.history import CustomerHistory
from benchmarks.floor.journal_reader import policy_in_force, read_journal
from benchmarks.floor.traffic import Traffic
from benchmarks.floor.wire import connect, last_id, read_stream, server_ms, unpack

pytestmark = pytest.mark.servers

KEYS = Keys("t")
ANNA = Customer("c-1", "types", "english", premium=False, topic="billing")


def contact(number: int, at_s: float, patience_s: float | None = None) -> Contact:
    return Contact(at_s, f"i-{number}", "chat", "billing", ANNA, 0, (), patience_s)


async def journal(client: Redis, lsn: int, *events: dict[str, Any]) -> None:
    record = {
        "v": 1,
        "now_ms": lsn,
        "position": "0-0",
        "consumed": 0,
        "prev": b"",
        "events": events,
    }
    await client.xadd(KEYS.journal, {"r": msgpack.packb(record)}, id=f"1-{lsn}")


async def commands(client: Redis) -> list[tuple[int, dict[str, Any]]]:
    entries = await read_stream(client, KEYS.inbound, "0-0", count=1_000)
    return [(int(entry_id.split("-")[0]), unpack(fields[b"m"])) for entry_id, fields in entries]


async def play(client: Redis, *contacts: Contact, opens_in_ms: int = 50) -> int:
    opens_ms = await server_ms(client) + opens_in_ms
    traffic = Traffic(client, "t", contacts, CustomerHistory(), opens_ms=opens_ms, speed=10.0)
    async with asyncio.timeout(20):
        await traffic.run()
    return opens_ms


async def test_each_contact_leaves_at_its_time(server: EmbeddedServer) -> None:
    async with connect(server.url) as client:
        opens_ms = await play(client, contact(1, 1.0), contact(2, 4.0))
        (first_ms, first), (second_ms, second) = await commands(client)
    assert (first["interaction_id"], second["interaction_id"]) == ("i-1", "i-2")
    # never early; how late depends on the machine
    assert first_ms >= opens_ms + 100 - 1
    assert second_ms >= opens_ms + 400 - 1


async def test_patience_ends_in_a_cancel(server: EmbeddedServer) -> None:
    async with connect(server.url) as client:
        await play(client, contact(1, 0.0, patience_s=2.0))
        (created_ms, _), (cancelled_ms, cancelled) = await commands(client)
    assert cancelled["type"] == "cancel"
    assert cancelled_ms - created_ms >= 150


async def test_who_was_answered_does_not_give_up(server: EmbeddedServer) -> None:
    async with connect(server.url) as client:
        await journal(client, 1, {"type": "offer_accepted", "interaction_id": "i-1"})
        await play(client, contact(1, 0.0, patience_s=2.0), contact(2, 0.0, patience_s=2.0))
        given_up = [c["interaction_id"] for _, c in await commands(client) if c["type"] == "cancel"]
    assert given_up == ["i-2"]


async def test_history_comes_from_the_journal(server: EmbeddedServer) -> None:
    async with connect(server.url) as client:
        await journal(
            client,
            1,
            {"type": "interaction_created", "interaction_id": "i-0", "customer_id": "c-1"},
        )
        await journal(
            client, 2, {"type": "interaction_completed", "interaction_id": "i-0", "agent_id": "ada"}
        )
        await play(client, contact(1, 3.0))
        ((_, created),) = await commands(client)
    assert created["history"] == [{"agent_id": "ada", "at_ms": 2, "kind": "last_agent"}]


async def test_the_journal_is_read_record_by_record(server: EmbeddedServer) -> None:
    async with connect(server.url) as client:
        assert await policy_in_force(client, "t") is None
        assert await last_id(client, KEYS.journal) == "0-0"
        await journal(client, 0, {"type": "leader_started", "epoch": 1})
        for version in (1, 2):
            replaced = {"type": "policy_replaced", "version": version, "policy": {"name": version}}
            await journal(client, version, replaced)
        assert [record.record_id async for record in read_journal(client, "t")] == [
            "1-0",
            "1-1",
            "1-2",
        ]
        assert [record.now_ms async for record in read_journal(client, "t", after="1-1")] == [2]
        assert await policy_in_force(client, "t") == {"name": 2}
        assert await last_id(client, KEYS.journal) == "1-2"
