"""The connection, against a socket that speaks as FreeSWITCH does: broken, silent, refusing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from adapters.voice.esl.commands import api
from adapters.voice.esl.connection import EventSocket, Unreachable
from tests.adapters.voice.event_socket import HOST, PASSWORD, EventSocketServer
from tests.adapters.voice.phones import free_port

EVENT = {"Event-Name": "CHANNEL_BRIDGE", "Unique-ID": "a", "variable_onequeue": "true"}


def answer(command: str) -> str | None:
    return {"status": "UP 0 years\n", "uuid_exists x": "false", "nothing": "", "hangs": None}[
        command
    ]


@pytest.fixture
def server() -> Iterator[EventSocketServer]:
    one = EventSocketServer(answer)
    yield one
    one.stop()


def events(
    port: int, told: Callable[[dict[str, str]], Any] = print, password: str = PASSWORD
) -> EventSocket:
    wanted = ("CHANNEL_BRIDGE", "CUSTOM", "onequeue::call")
    only = ("variable_onequeue", "true")
    return EventSocket((HOST, port), password, wanted=wanted, only=only, told=told, command_s=1.0)


async def until(what: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not what():  # noqa: ASYNC110  # the server is in a thread
            await asyncio.sleep(0.01)


async def test_answers_come_in_the_order_of_the_commands(server: EventSocketServer) -> None:
    async with events(server.port) as esl:
        assert await esl.ask(api("status"), api("nothing"), api("uuid_exists", "x")) == [
            "UP 0 years", "-ERR no reply", "false",
        ]  # fmt: skip
        both = await asyncio.gather(*(esl.ask(api("status")) for _ in range(50)))
        assert both == [["UP 0 years"]] * 50


async def test_only_events_that_are_wanted_come(server: EventSocketServer) -> None:
    found: list[dict[str, str]] = []
    custom = {**EVENT, "Event-Name": "CUSTOM", "Event-Subclass": "onequeue::call"}
    async with events(server.port, found.append) as esl:
        await esl.ask(api("status"))
        for event in (EVENT, {**EVENT, "variable_onequeue": ""}, {**EVENT, "Event-Name": "DTMF"}):
            server.fire(event)
        server.fire(custom)
        await until(lambda: len(found) == 2)
    assert found == [EVENT, custom]


async def test_it_connects_again(server: EventSocketServer) -> None:
    found: list[dict[str, str]] = []
    async with events(server.port, found.append) as esl:
        assert await esl.ask(api("status"))
        asked = asyncio.create_task(esl.ask(api("hangs")))
        await until(lambda: "hangs" in server.said)
        server.break_connections()
        with pytest.raises(Unreachable, match="it has closed the connection"):
            await asked
        assert await esl.ask(api("status")) == ["UP 0 years"]
        server.fire(EVENT)
        await until(lambda: found == [EVENT])


async def test_an_answer_that_is_late_is_not_taken_for_another(server: EventSocketServer) -> None:
    async with events(server.port) as esl:
        with pytest.raises(Unreachable, match="no answer within 1 s"):
            await esl.ask(api("hangs"))
        assert await esl.ask(api("status")) == ["UP 0 years"]


async def test_who_asked_may_have_gone(server: EventSocketServer) -> None:
    async with events(server.port) as esl:
        await esl.ask(api("status"))
        gone = asyncio.create_task(esl.ask(api("nothing")))
        await asyncio.sleep(0)
        gone.cancel()
        assert await esl.ask(api("status")) == ["UP 0 years"]


async def test_a_wrong_password(server: EventSocketServer) -> None:
    async with events(server.port, password="guessed") as esl:
        with pytest.raises(Unreachable, match="it does not take the password"):
            await esl.ask(api("status"))
    assert server.said == []


async def test_a_password_is_one_line(server: EventSocketServer) -> None:
    with pytest.raises(Unreachable, match="control characters") as refused:
        events(server.port, password="secret\n\napi fsctl shutdown")
    assert "secret" not in str(refused.value)


async def test_the_access_list_does_not_have_us(server: EventSocketServer) -> None:
    server.rejects = True
    async with events(server.port) as esl:
        with pytest.raises(Unreachable, match="apply-inbound-acl"):
            await esl.ask(api("status"))


async def test_nobody_listens() -> None:
    port = free_port(socket.SOCK_STREAM)
    async with events(port) as esl:
        with pytest.raises(Unreachable, match="Connect call failed"):
            await esl.ask(api("status"))


async def test_something_else_listens() -> None:
    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.org ESMTP\r\n\r\n\n\n")
        await writer.drain()
        writer.close()

    other = await asyncio.start_server(greet, HOST, 0)
    async with other, events(other.sockets[0].getsockname()[1]) as esl:
        with pytest.raises(Unreachable, match="what cannot be read"):
            await esl.ask(api("status"))
