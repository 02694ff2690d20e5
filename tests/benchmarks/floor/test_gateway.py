"""The gateway against a real server, with the router's side of the protocol played by the test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from redis.asyncio import Redis

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from benchmarks.floor.agents import Agent, AgentProfile, Behaviour, Conduct
from benchmarks.floor.gateway import Gateway
from benchmarks.floor.randomness import Duration
from benchmarks.floor.shift import work_a_shift
from benchmarks.floor.wire import connect, pack, read_stream, unpack

pytestmark = pytest.mark.servers

KEYS = Keys("t")
NOW = Duration(1.0, 0.0)
PROMPT = Behaviour(other=Conduct(NOW, NOW, NOW), decline_share=0, no_answer_share=0)
SPEED = 1_000.0


class Inbound:
    """Reads what the gateway sends, one command at a time."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._position = "0-0"
        self._unread: list[dict[str, Any]] = []

    async def next(self) -> dict[str, Any]:
        while not self._unread:
            for entry_id, fields in await read_stream(
                self._client, KEYS.inbound, self._position, count=100, block_ms=1_000
            ):
                self._position = entry_id
                self._unread.append(unpack(fields[b"m"]))
        return self._unread.pop(0)


def people(*names: str) -> list[Agent]:
    return [Agent(AgentProfile(name), PROMPT, seed=1) for name in names]


@asynccontextmanager
async def running(server: EmbeddedServer, *names: str) -> AsyncIterator[tuple[Redis, Inbound]]:
    client = connect(server.url)
    gateway = Gateway(client, "t", "floor", people(*names), speed=SPEED)
    task = asyncio.create_task(gateway.run())
    try:
        async with asyncio.timeout(20):
            yield client, Inbound(client)
    finally:
        task.cancel()
        await asyncio.wait({task})
        await client.aclose()


async def tell(client: Redis, kind: str, **fields: Any) -> None:
    entry = {"type": kind, "agent_id": "ada", "offer_id": "o-1", "interaction_id": "i-1"}
    await client.xadd(KEYS.work("floor"), {"m": pack({**entry, **fields})})


async def test_agents_log_in_and_carry_an_offer_through(server: EmbeddedServer) -> None:
    async with running(server, "ada", "ben") as (client, inbound):
        logins = [await inbound.next(), await inbound.next()]
        assert [login["agent_id"] for login in logins] == ["ada", "ben"]
        await tell(client, "offer", channel="chat")
        assert (await inbound.next())["type"] == "accept"
        await tell(client, "assigned")
        completed = await inbound.next()
        assert (completed["type"], completed["agent_id"]) == ("complete", "ada")
        assert (await inbound.next())["type"] == "end_wrap_up"


async def test_an_offer_that_is_sent_again_is_answered_once(server: EmbeddedServer) -> None:
    async with running(server, "ada") as (client, inbound):
        await inbound.next()
        await tell(client, "offer", channel="chat")
        await tell(client, "offer", channel="chat")
        await tell(client, "offer", channel="chat", offer_id="o-2", interaction_id="i-2")
        answered = [(await inbound.next())["offer_id"] for _ in "12"]
        assert sorted(answered) == ["o-1", "o-2"]


async def test_entries_from_before_the_login_are_not_read(server: EmbeddedServer) -> None:
    async with connect(server.url) as client:
        await tell(client, "offer", channel="chat", offer_id="o-old")
    async with running(server, "ada") as (client, inbound):
        await inbound.next()
        await tell(client, "offer", channel="chat", offer_id="o-new")
        assert (await inbound.next())["offer_id"] == "o-new"


async def test_the_end_of_the_shift_logs_everyone_out(server: EmbeddedServer) -> None:
    async with connect(server.url) as client:
        inbound = Inbound(client)
        profiles = [AgentProfile("ada"), AgentProfile("ben")]
        shift = work_a_shift(server.url, "t", "floor", profiles, PROMPT, seed=1, speed=SPEED)
        task = asyncio.create_task(shift)
        async with asyncio.timeout(20):
            for _ in profiles:
                await inbound.next()
            task.cancel()
            left = [await inbound.next() for _ in profiles]
        await asyncio.wait({task})
        assert [(c["type"], c["agent_id"]) for c in left] == [
            ("agent_logout", "ada"),
            ("agent_logout", "ben"),
        ]
