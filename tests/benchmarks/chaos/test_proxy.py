"""The proxy before a real server, with an ordinary client behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from random import Random

import pytest
from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from benchmarks.chaos.proxy import Proxy
from benchmarks.floor.wire import DROPPED, connect
from tests.servers import plain_client

pytestmark = pytest.mark.servers

JOURNAL = Keys("t").journal
SCRIPT = "return redis.call('XADD', KEYS[1], '*', 'r', 'x')"


@pytest.fixture
async def proxy(server: EmbeddedServer) -> AsyncIterator[Proxy]:
    async with Proxy(server.url.removeprefix("unix://")) as proxy:
        yield proxy


@pytest.fixture
async def client(proxy: Proxy) -> AsyncIterator[Redis]:
    async with connect(proxy.url) as client, asyncio.timeout(20):
        yield client


async def append(client: Redis, sha: str) -> None:
    await client.evalsha(sha, 1, JOURNAL)


async def test_a_dropped_reply_leaves_the_append_standing(
    server: EmbeddedServer, proxy: Proxy, client: Redis
) -> None:
    sha = await client.script_load(SCRIPT)
    dropping = asyncio.create_task(proxy.drop_reply(10))
    await asyncio.sleep(0)
    await client.ping()  # no append: its reply comes
    with pytest.raises(DROPPED):
        await append(client, sha)
    assert await dropping
    with plain_client(server) as direct:
        assert direct.xlen(JOURNAL) == 1
    await append(client, sha)
    assert proxy.appended_at_s > 0


async def test_an_append_that_was_refused_keeps_its_reply(
    server: EmbeddedServer, proxy: Proxy, client: Redis
) -> None:
    dropping = asyncio.create_task(proxy.drop_reply(10))
    await asyncio.sleep(0)
    with pytest.raises(NoScriptError):
        await append(client, "0" * 40)
    with pytest.raises(DROPPED):
        await client.eval(SCRIPT, 1, JOURNAL)
    assert await dropping
    with plain_client(server) as direct:
        assert direct.xlen(JOURNAL) == 1


async def test_without_an_append_no_reply_is_dropped(proxy: Proxy, client: Redis) -> None:
    sha = await client.script_load(SCRIPT)
    assert not await proxy.drop_reply(0.01)
    await append(client, sha)


async def test_a_stall_holds_everything_back_and_loses_nothing(proxy: Proxy, client: Redis) -> None:
    await client.ping()
    for way in ("there", "back"):
        with proxy.stalled(way):
            asking = asyncio.ensure_future(client.incr("asked"))
            await asyncio.wait({asking}, timeout=0.1)
            assert not asking.done()
        await asking
    assert await client.get("asked") == b"2"


async def test_a_cut_ends_a_connection_and_the_next_gets_through(
    proxy: Proxy, client: Redis
) -> None:
    random = Random(1)
    assert not proxy.cut(random)
    await client.ping()
    assert proxy.cut(random)
    with pytest.raises(DROPPED):
        await client.ping()
    await client.ping()


async def test_nobody_gets_through_while_it_refuses(proxy: Proxy, client: Redis) -> None:
    proxy.refusing = True
    with pytest.raises(DROPPED):
        await client.ping()
    proxy.refusing = False
    await client.ping()
