"""A wire never retries, never mixes replies up, and never shows a password."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.wire import Endpoint, ReplyError, UrlError, display_url
from router.errors import StoreUnavailable
from tests.servers import LossyProxy, plain_client


async def test_replies_come_in_order(endpoint: Endpoint) -> None:
    wire = endpoint.wire("test")
    assert await wire.exchange(("SET", "a", "1"), ("GET", "a"), ("INCR", "a")) == [b"OK", b"1", 2]
    await wire.close()


async def test_error_reply_stands_in_its_place(endpoint: Endpoint) -> None:
    wire = endpoint.wire("test")
    replies = await wire.exchange(("SET", "a", "x"), ("INCR", "a"), ("GET", "a"))
    assert replies[0] == b"OK"
    assert isinstance(replies[1], ReplyError)
    assert (replies[1].code, replies[2]) == ("ERR", b"x")
    with pytest.raises(ReplyError, match="ERR value is not an integer"):
        await wire.call("INCR", "a")
    await wire.close()


async def test_lost_reply_is_not_asked_again(server: EmbeddedServer, short_path: Path) -> None:
    async with LossyProxy(server, short_path) as proxy:
        wire = Endpoint(proxy.url).wire("test")
        await wire.call("PING")
        proxy.losing = True
        with pytest.raises(StoreUnavailable):
            await wire.call("INCR", "counter")
        proxy.losing = False
        assert await wire.call("GET", "counter") == b"1"
        assert wire.generation == 2
        await wire.close()


async def test_silence_ends_in_a_timeout(server: EmbeddedServer) -> None:
    wire = Endpoint(server.url, timeout_s=0.05).wire("test")
    await wire.call("PING")
    with pytest.raises(StoreUnavailable, match=r"within 0\.05 s"):
        await wire.call("BLPOP", "nothing", 1)
    await wire.close()


async def test_cancelled_exchange_leaves_no_reply_behind(endpoint: Endpoint) -> None:
    wire = endpoint.wire("test")
    for number in range(50):
        asking = asyncio.create_task(wire.call("ECHO", f"old {number}"))
        for _ in range(number % 7):
            await asyncio.sleep(0)
        if asking.cancel():
            with pytest.raises(asyncio.CancelledError):
                await asking
        assert await wire.call("ECHO", f"new {number}") == f"new {number}".encode()
    await wire.close()


async def test_no_server_is_unavailable(short_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        await Endpoint(f"unix://{short_path}/none.sock").wire("test").call("PING")


async def test_wrong_password_is_told_apart(server: EmbeddedServer) -> None:
    with plain_client(server) as client:
        client.acl_setuser("guarded", enabled=True, passwords=["+right"], categories=["+@all"])
    url = server.url.replace("unix://", "unix://guarded:wrong@")
    with pytest.raises(ReplyError) as caught:
        await Endpoint(url).wire("test").call("PING")
    assert (caught.value.code, caught.value.is_final) == ("WRONGPASS", True)
    assert "wrong@" not in str(caught.value)


def test_password_is_not_shown() -> None:
    url = "rediss://user:secret@example.org:6380/2?password=secret"
    assert display_url(url) == "rediss://example.org:6380/2"
    for bare in ("redis://:12/34secret@host:6379/0", "redis://:12#34secret@host", "redis://:1?2@h"):
        assert display_url(bare) == "redis://…"
    assert display_url("unix://u:secret@/run/redis.sock?db=1") == "unix:///run/redis.sock"
    assert "secret" not in repr(Endpoint(url))


@pytest.mark.parametrize(
    "url",
    [
        "http://user:secret@example.org",
        "redis://user:secret@example.org:port",
        "redis://user:secret@example.org/?bogus=1",
        "secret",
        "",
    ],
)
def test_urls_that_cannot_be_read(url: str) -> None:
    with pytest.raises(UrlError, match="redis://") as caught:
        Endpoint(url).wire("test")
    assert "secret" not in str(caught.value)
