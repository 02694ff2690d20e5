"""The agents' phones: one address of this machine at which they all ring, and are answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, cast

from benchmarks.demo.media.sip import Message, answer_to, read, tag

__all__ = ("Phones", "agents_phones")

HOST: Final = "127.0.0.1"
RING_S: Final = 0.15
"""How long an agent takes to answer: a quarter of a minute in an hour of forty seconds."""

AGAIN_S: Final = 0.5
AGAIN_MAX: Final = 10
"""How often an answer is repeated that nobody acknowledges."""

CALLS_MAX: Final = 1_000
TERMINATED: Final = (487, "Request Terminated")


class Phones(asyncio.DatagramProtocol):
    """Phones that ring, and are answered after ``ring_s``; whoever calls hangs up."""

    def __init__(self, ring_s: float = RING_S) -> None:
        self._ring_s = ring_s
        self._tag = tag()
        self._rings: dict[str, tuple[str, asyncio.Task[None]]] = {}
        """By Call-ID: the `Via` of its INVITE, and who answers that."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """They may be called from now on."""
        # uvloop's is none of asyncio's classes
        self._transport = cast("asyncio.DatagramTransport", transport)
        host, port = transport.get_extra_info("sockname")
        self.address = f"{host}:{port}"

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        """Answer a request."""
        asked = read(data)
        if asked is None or asked.status:
            return
        match asked.method:
            case "INVITE":
                self._ring(asked, address)
            case "CANCEL":
                self._stop_ringing(asked, address)
            case "ACK":
                self._end(asked)
            case _:
                self._send(asked, address, 200, "OK")

    def close(self) -> None:
        """Nobody answers any more."""
        for _, task in self._rings.values():
            task.cancel()
        self._transport.close()

    def _ring(self, asked: Message, address: tuple[str, int]) -> None:
        call_id, via = asked.header("Call-ID"), asked.header("Via")
        if call_id in self._rings and self._rings[call_id][0] == via:
            return  # it is only repeated
        if len(self._rings) >= CALLS_MAX:
            self._send(asked, address, 486, "Busy Here")
            return
        self._end(asked)
        self._rings[call_id] = via, asyncio.create_task(self._answer(asked, address))

    def _stop_ringing(self, asked: Message, address: tuple[str, int]) -> None:
        self._send(asked, address, 200, "OK")
        call_id = asked.header("Call-ID")
        if call_id not in self._rings:
            return
        self._end(asked)
        invite = Message("INVITE", tuple(_of_invite(asked)))
        terminating = asyncio.create_task(self._insist(invite, address, *TERMINATED))
        self._rings[call_id] = asked.header("Via"), terminating

    async def _answer(self, asked: Message, address: tuple[str, int]) -> None:
        self._send(asked, address, 180, "Ringing")
        await asyncio.sleep(self._ring_s)
        await self._insist(asked, address, 200, "OK")

    async def _insist(
        self, asked: Message, address: tuple[str, int], status: int, reason: str
    ) -> None:
        """Send a last answer until somebody acknowledges it."""
        for _ in range(AGAIN_MAX):
            self._send(asked, address, status, reason)
            await asyncio.sleep(AGAIN_S)
        self._rings.pop(asked.header("Call-ID"), None)

    def _end(self, asked: Message) -> None:
        _, task = self._rings.pop(asked.header("Call-ID"), ("", None))
        if task is not None:
            task.cancel()

    def _send(self, asked: Message, address: tuple[str, int], status: int, reason: str) -> None:
        contact = ("Contact", f"<sip:agent@{self.address}>")
        self._transport.sendto(answer_to(asked, status, reason, contact, to=self._tag), address)


def _of_invite(cancel: Message) -> list[tuple[str, str]]:
    """The headers of the INVITE that a CANCEL is about: they are the same."""
    return [
        (name, value.replace("CANCEL", "INVITE") if name == "CSeq" else value)
        for name, value in cancel.headers
    ]


@asynccontextmanager
async def agents_phones() -> AsyncIterator[Phones]:
    """Phones at a free port of this machine."""
    loop = asyncio.get_running_loop()
    _, phones = await loop.create_datagram_endpoint(Phones, local_addr=(HOST, 0))
    try:
        yield phones
    finally:
        phones.close()
