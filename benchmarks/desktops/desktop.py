"""A desktop as a load: it answers heartbeats, takes what is offered, completes it, and resumes."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final

import msgspec
from msgspec import Struct, field
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

__all__ = ("Desktop", "Heard")

SUBPROTOCOL: Final = "onequeue.v1.json"


class Heard(Struct):
    """What all desktops together have heard: offers and how long each was on its way (ns)."""

    offer_ttl_ms: int
    took_ns: list[int] = field(default_factory=list)
    offers: dict[str, int] = field(default_factory=dict)
    """How often each offer came."""

    pictures: int = 0
    resumes: int = 0
    closed: dict[int, int] = field(default_factory=dict)
    """Codes by which the server closed, and how often."""

    errors: dict[str, int] = field(default_factory=dict)


class Told(Struct):
    """What is read of a message."""

    type: str
    position: str = ""
    resumed: bool = False
    code: str = ""
    message: dict[str, Any] = field(default_factory=dict)
    missed: list[dict[str, Any]] = field(default_factory=list)


_told = msgspec.json.Decoder(Told)


class Desktop:
    """One agent's."""

    def __init__(self, url: str, credential: str, heard: Heard) -> None:
        self._url = url
        self._credential = credential
        self._heard = heard
        self._at = ""
        self._line: ClientConnection | None = None
        self._reading: asyncio.Task[None] | None = None
        self._requests = 0

    async def open(self) -> None:
        """Connect, say hello, and wait for the welcome."""
        self._line = await connect(
            self._url,
            subprotocols=[SUBPROTOCOL],  # type: ignore[list-item]  # a NewType of str
            additional_headers={"Authorization": f"Bearer {self._credential}"},
            compression=None,
            ping_interval=None,
            open_timeout=60,
            max_queue=None,
        )
        await self._say("hello", **({"resume": self._at} if self._at else {}))
        frame = await self._line.recv(decode=False)
        await self._take(frame)
        if _told.decode(frame).type != "welcome":
            raise ConnectionError(f"not let in: {frame!r}")
        self._reading = asyncio.create_task(self._read(self._line))

    async def cut(self) -> None:
        """Break the connection without a word."""
        line, reading = self._line, self._reading
        if line is not None and reading is not None:
            reading.cancel()
            line.transport.abort()
            await asyncio.gather(reading, return_exceptions=True)

    async def _read(self, line: ClientConnection) -> None:
        try:
            while True:
                await self._take(await line.recv(decode=False))
        except ConnectionClosed as error:
            code = 1006 if error.rcvd is None else error.rcvd.code
            self._heard.closed[code] = self._heard.closed.get(code, 0) + 1

    async def _take(self, frame: bytes | str) -> None:
        now_ns = time.time_ns()
        told = _told.decode(frame)
        if told.position:
            self._at = told.position
        match told.type:
            case "heartbeat":
                await self._say("heartbeat")
            case "work":
                await self._work(told.message, now_ns)
            case "error":
                self._heard.errors[told.code] = self._heard.errors.get(told.code, 0) + 1
            case "welcome" if told.resumed:
                self._heard.resumes += 1
                for missed in told.missed:
                    await self._work(missed["message"], 0)
            case "welcome":
                self._heard.pictures += 1

    async def _work(self, message: dict[str, Any], now_ns: int) -> None:
        """``now_ns``: when it came; 0: it was missed, and is late by that."""
        self._requests += 1
        if message["type"] == "offer":
            heard = self._heard
            offer_id = message["offer_id"]
            heard.offers[offer_id] = heard.offers.get(offer_id, 0) + 1
            if now_ns:
                record_ms = message["expires_ms"] - heard.offer_ttl_ms
                heard.took_ns.append(max(0, now_ns - record_ms * 1_000_000))
            await self._say("accept", id=self._requests, offer_id=offer_id)
        elif message["type"] == "assigned":
            interaction_id = message["interaction_id"]
            await self._say("complete", id=self._requests, interaction_id=interaction_id)

    async def _say(self, kind: str, **fields: Any) -> None:
        if self._line is not None:
            text = msgspec.json.encode({"type": kind, **fields}).decode()
            try:
                await self._line.send(text)
            except ConnectionClosed:
                return  # the reader tells why
