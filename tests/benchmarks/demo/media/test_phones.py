"""Callers who call the agents' phones, with no front between them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

from benchmarks.demo.media import phones
from benchmarks.demo.media.caller import calling
from benchmarks.demo.media.phones import Phones, agents_phones
from benchmarks.demo.media.sip import SESSION, Message, branch, read, request

ANN = "+14155550103"
HOST = "127.0.0.1"


def port_of(ringing: Phones) -> int:
    return int(ringing.address.rpartition(":")[2])


class Line:
    """A socket by which one end of a call is played by hand."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect((HOST, port))
        self._socket.setblocking(False)
        self._via = f"SIP/2.0/UDP {HOST}:1;branch={branch()}"

    def say(self, method: str, call_id: str = "c-1") -> None:
        about = [("From", "<sip:a>;tag=a"), ("To", "<sip:b>"), ("Record-Route", "<sip:p;lr>")]
        about += [("Via", self._via), ("Call-ID", call_id), ("CSeq", f"7 {method}")]
        self._socket.send(request(method, "sip:b@x", about))

    async def hear(self) -> Message:
        loop = asyncio.get_running_loop()
        heard = read(await asyncio.wait_for(loop.sock_recv(self._socket, 65_536), 30))
        assert heard is not None
        return heard

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def lines() -> Iterator[list[Line]]:
    opened: list[Line] = []
    yield opened
    for line in opened:
        line.close()


def dialling(lines: list[Line], ringing: Phones) -> Line:
    lines.append(Line(port_of(ringing)))
    return lines[-1]


async def test_a_call_is_answered_and_hung_up() -> None:
    async with asyncio.timeout(30), agents_phones() as ringing:
        async with calling(ANN, port_of(ringing)) as caller:
            await caller.dial("sales")
            answer = await caller.answered()
            await caller.hang_up()
        assert answer.status == 200
        assert answer.header("Contact") == f"<sip:agent@{ringing.address}>"


async def test_what_is_refused_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phones, "CALLS_MAX", 0)
    async with agents_phones() as ringing, calling(ANN, port_of(ringing)) as caller:
        with pytest.raises(OSError, match="486 Busy Here"):
            await caller.dial("sales")


async def test_where_nobody_listens_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.demo.media.caller.PATIENCE_S", 0.05)
    async with agents_phones() as ringing:
        nowhere = port_of(ringing)
    async with calling(ANN, nowhere) as caller:
        with pytest.raises(TimeoutError):
            await caller.dial("sales")


async def test_a_repeated_invite_rings_once_and_an_answer_is_repeated(
    lines: list[Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phones, "AGAIN_S", 0.02)
    async with agents_phones() as ringing:
        line = dialling(lines, ringing)
        for _ in range(3):
            line.say("INVITE")
        heard = [(await line.hear()) for _ in range(3)]
        assert [one.status for one in heard] == [180, 200, 200]
        assert len({one.header("To") for one in heard}) == 1
        assert heard[1].all("Record-Route") == ["<sip:p;lr>"]
        line.say("ACK")
        line.say("BYE")
        while (last := await line.hear()).method != "BYE":
            assert last.status == 200
        line.say("BYE")
        assert (await line.hear()).method == "BYE"  # nothing is repeated any more


async def test_a_call_that_is_withdrawn_stops_ringing(lines: list[Line]) -> None:
    async with agents_phones() as ringing:
        line = dialling(lines, ringing)
        line.say("INVITE")
        assert (await line.hear()).status == 180
        line.say("CANCEL")
        heard = [await line.hear(), await line.hear()]
        assert [(one.status, one.header("CSeq")) for one in heard] == [
            (200, "7 CANCEL"),
            (487, "7 INVITE"),
        ]
        line.say("ACK")
        line.say("CANCEL", "another")
        assert (await line.hear()).header("Call-ID") == "another"


def test_what_is_no_message_is_none() -> None:
    for data in (b"", b"\r\n\r\n", b"\xff\xfe", b"INVITE sip:x SIP/2.0\r\n\r\n", b"one"):
        assert read(data) is None
    told = read(request("INVITE", "sip:x", [("Call-ID", "c"), ("CSeq", "1 INVITE")], SESSION))
    assert told is not None
    assert (told.method, told.status, told.header("call-id")) == ("INVITE", 0, "c")
    assert told.header("Content-Length") == str(len(SESSION))
