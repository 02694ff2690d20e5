"""What a chat refuses: strangers, floods, what is too large, what is dead."""

from __future__ import annotations

import asyncio
import contextlib
import json

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from adapters.chat.closing import CloseCode
from tests.chat.house import LATER_S, ChatHouse
from tests.chat.visitor import came, fresh_id

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def closed(socket: ClientConnection) -> int | None:
    """With which code it is closed."""
    async with asyncio.timeout(LATER_S):
        with contextlib.suppress(ConnectionClosed):
            while True:
                await socket.recv()
    return socket.close_code


async def test_only_pages_that_are_named_may_have_it(house: ChatHouse) -> None:
    async with house.chat(origins=["https://shop.example.com"]) as chat:
        where = chat.url.replace("http", "ws") + "/chat"
        for origin in ("https://evil.example.com", "https://shop.example.com.evil.org", None):
            with pytest.raises(InvalidStatus, match="403"):
                async with connect(where, origin=origin):  # type: ignore[arg-type]  # a NewType
                    pass
        async with came(chat.url, origin="https://shop.example.com") as visitor:
            assert visitor.heard[0]["type"] == "welcome"
        async with came(chat.url, origin=chat.url) as visitor:  # the page that it serves itself
            assert visitor.heard[0]["type"] == "welcome"


async def test_an_address_has_so_many_connections_and_new_chats(house: ChatHouse) -> None:
    limits = {"connections_each_max": 2, "sessions_per_minute": 1}
    async with house.chat(limits=limits) as chat:
        where = chat.url.replace("http", "ws") + "/chat"
        async with came(chat.url) as first:
            token = first.heard[0]["token"]
            async with connect(where) as second:
                async with connect(where) as third:
                    assert await closed(third) == CloseCode.NOT_NOW
                await second.send(json.dumps({"type": "hello"}))
                assert await closed(second) == CloseCode.NOT_NOW
            async with came(chat.url, token) as again:  # who has a chat comes in
                assert not again.heard[0]["is_new"]


async def test_behind_a_proxy_its_word_counts(house: ChatHouse) -> None:
    limits = {"connections_each_max": 1}
    async with (
        house.chat(limits=limits, is_behind_proxy=True) as chat,
        came(chat.url, additional_headers={"X-Forwarded-For": "9.9.9.9, 10.0.0.1"}),
        came(chat.url, additional_headers={"X-Forwarded-For": "9.9.9.9, 10.0.0.2"}) as visitor,
    ):
        assert visitor.heard[0]["type"] == "welcome"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("{", CloseCode.NOT_UNDERSTOOD),
        (b"{}", CloseCode.NOT_UNDERSTOOD),
        ('{"type": "hello"}', CloseCode.NOT_UNDERSTOOD),
        ('{"type": "say", "id": "1", "text": "x"}', CloseCode.NOT_UNDERSTOOD),
        ('{"type": "say", "id": "12345678", "text": "x", "as": "y"}', CloseCode.NOT_UNDERSTOOD),
        ("[" * 2_000, CloseCode.NOT_UNDERSTOOD),
        (" " * 60_000, CloseCode.TOO_LARGE),
    ],
    ids=["no-json", "binary", "second-hello", "bad-id", "unknown-field", "deep", "large"],
)
async def test_what_is_no_message_ends_it(
    house: ChatHouse, frame: str | bytes, code: CloseCode
) -> None:
    async with house.shared() as chat, came(chat.url) as visitor:
        await visitor.socket.send(frame)
        assert await closed(visitor.socket) == code


async def test_a_flood_ends_it(house: ChatHouse) -> None:
    async with house.shared() as chat, came(chat.url) as visitor:
        with contextlib.suppress(ConnectionClosed):  # before all are sent, perhaps
            for _ in range(100):
                await visitor.ask("alive")
        assert await closed(visitor.socket) == CloseCode.TOO_MANY


async def test_who_speaks_before_hello_is_not_heard(house: ChatHouse) -> None:
    async with (
        house.shared() as chat,
        connect(chat.url.replace("http", "ws") + "/chat") as socket,
    ):
        await socket.send('{"type": "leave"}')
        assert await closed(socket) == CloseCode.NO_HELLO


async def test_a_text_that_is_too_long_is_refused(house: ChatHouse) -> None:
    async with house.shared() as chat, came(chat.url) as visitor:
        await visitor.ask("say", id=(own_id := fresh_id()), text="x" * 4_001)
        assert (await visitor.until("refused"))["id"] == own_id
        await visitor.taken(await visitor.say("x" * 4_000))


async def test_visitors_are_sent_elsewhere_when_it_stops(house: ChatHouse) -> None:
    async with house.chat() as chat:
        socket = await connect(chat.url.replace("http", "ws") + "/chat")
    assert await closed(socket) == CloseCode.RESTARTING


async def test_the_widget_is_one_script(house: ChatHouse) -> None:
    async with house.shared() as chat, httpx.AsyncClient(base_url=chat.url) as http:
        first = await http.get("/widget.js")
        assert first.headers["content-type"].startswith("text/javascript")
        assert len(first.content) < 60_000
        again = await http.get("/widget.js", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert (await http.get("/")).headers["content-security-policy"].startswith("default-src")
        assert (await http.get("/healthz")).text == "ok\n"
        assert (await http.get("/secret")).status_code == 404
