"""Somebody who calls by SIP: dials, waits, talks, hangs up."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, cast

from benchmarks.demo.media.sip import SESSION, Headers, Message, branch, read, request, tag

__all__ = ("Caller", "calling")

HOST: Final = "127.0.0.1"
PATIENCE_S: Final = 30.0
"""For a first sign of life; for an agent they wait as long as it takes."""

AGAIN_S: Final = 0.5
QUEUED: Final = 182


class Caller(asyncio.DatagramProtocol):
    """One call by a proxy on this machine. What is refused raises ``OSError``."""

    def __init__(self, number: str, proxy: int) -> None:
        self.call_id = f"{secrets.token_hex(10)}@{HOST}"
        self._number = number
        self._proxy = proxy
        self._branch = branch()
        self._tag = tag()
        self._heard: asyncio.Queue[Message] = asyncio.Queue()
        self._answer: Message | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It may be dialled from now on."""
        # uvloop's is none of asyncio's classes
        self._transport = cast("asyncio.DatagramTransport", transport)
        self._port: int = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, _: tuple[str, int]) -> None:
        """Hear an answer; that to the INVITE is acknowledged as often as it comes."""
        answer = read(data)
        if answer is None or not answer.status:
            return
        if answer.method == "INVITE" and answer.status >= 200:
            self._acknowledge(answer)
        self._heard.put_nowait(answer)

    async def dial(self, called: str) -> None:
        """Call a number; returns as soon as the call is queued."""
        self._dialled = f"sip:{called}@{HOST}:{self._proxy}"
        await self._insist(self._invite, lambda heard: heard.status >= QUEUED)

    async def answered(self) -> Message:
        """Wait for an agent, as long as it takes; what came."""
        while self._answer is None:
            self._hear(await self._heard.get())
        return self._answer

    async def hang_up(self) -> None:
        """End the call once it is answered; returns when the other end has heard it."""
        answer = await self.answered()
        await self._insist(lambda: self._bye(answer), lambda heard: heard.method == "BYE")

    async def _insist(self, say: Callable[[], None], enough: Callable[[Message], bool]) -> None:
        """Say it until it is answered. Raises ``TimeoutError``."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                say()
                try:
                    async with asyncio.timeout(AGAIN_S):
                        while not enough(heard := await self._heard.get()):
                            self._hear(heard)
                except TimeoutError:
                    continue
                self._hear(heard)
                return

    def _hear(self, answer: Message) -> None:
        if answer.status >= 300:
            raise OSError(f"the call was answered by {answer.start}")
        if answer.method == "INVITE" and answer.status >= 200:
            self._answer = answer

    def _invite(self) -> None:
        self._say("INVITE", self._dialled, (), via=self._branch, body=SESSION)

    def _acknowledge(self, answer: Message) -> None:
        to = answer.header("To")
        if answer.status >= 300:  # within the transaction, to the proxy alone
            self._say("ACK", self._dialled, (), via=self._branch, to=to)
        else:
            self._say("ACK", _contact(answer), _way(answer), via=branch(), to=to)

    def _bye(self, answer: Message) -> None:
        to = answer.header("To")
        self._say("BYE", _contact(answer), _way(answer), via=branch(), to=to, number=2)

    def _say(
        self,
        method: str,
        uri: str,
        way: Headers,
        *,
        via: str,
        to: str = "",
        number: int = 1,
        body: str = "",
    ) -> None:
        here = f"{HOST}:{self._port}"
        headers = [
            ("Via", f"SIP/2.0/UDP {here};branch={via}"),
            *way,
            ("From", f"<sip:{self._number}@{here}>;tag={self._tag}"),
            ("To", to or f"<{self._dialled}>"),
            ("Call-ID", self.call_id),
            ("CSeq", f"{number} {method}"),
            ("Contact", f"<sip:caller@{here}>"),
        ]
        self._transport.sendto(request(method, uri, headers, body), (HOST, self._proxy))


def _way(answer: Message) -> Headers:
    """By whom what follows an answer goes: as the call went, from here."""
    return [("Route", each) for each in reversed(answer.all("Record-Route"))]


def _contact(answer: Message) -> str:
    return answer.header("Contact").strip("<>")


@asynccontextmanager
async def calling(number: str, proxy: int) -> AsyncIterator[Caller]:
    """A caller with a number, who calls by the proxy at a port of this machine."""
    loop = asyncio.get_running_loop()
    transport, caller = await loop.create_datagram_endpoint(
        lambda: Caller(number, proxy), local_addr=(HOST, 0)
    )
    try:
        yield caller
    finally:
        transport.close()
