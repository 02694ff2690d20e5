"""API processes with desktops, in this process, and clients without a network."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import structlog

from adapters.desktop.cards import Cards
from adapters.desktop.codec import JSON, Codec, Frame
from adapters.desktop.desks import Desks
from adapters.desktop.lobby import Lobby
from adapters.desktop.session import Session
from adapters.desktop.terms import DesktopTerms
from adapters.identity.attempts import Attempts
from adapters.identity.errors import Unauthenticated
from adapters.identity.permissions import Permission, Role
from adapters.identity.principal import Principal
from adapters.projection.projection import Projection
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from adapters.submitting.submitter import Submitter

__all__ = ("PATIENT", "Door", "House", "Line", "open_house", "until")

PATIENT: Final = DesktopTerms(
    grace_s=600.0,
    alive_s=600.0,
    heartbeat_s=0.05,
    answer_s=600.0,
    messages_burst=100_000,
    waiting_messages_max=5,
)
"""Nobody is given up; who does not read is closed soon."""


class Door:
    """Lets everybody in as the agent whom their credential names; ``shut`` names those who are
    not let in any more."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.shut: set[str] = set()

    async def authenticate(self, credential: str) -> Principal:
        if not credential or credential in self.shut:
            raise Unauthenticated("no such key")
        role = Role.AUDITOR if credential == "auditor" else Role.AGENT
        name, _, scope = credential.partition(" ")
        scopes = frozenset(map(Permission, scope.split())) if scope else None
        return Principal(self.tenant, credential, frozenset({role}), name, scopes)


class House:
    """One API process with desktops."""

    def __init__(
        self, url: str, tenant: str, terms: DesktopTerms, cards: Cards | None = None
    ) -> None:
        endpoint = Endpoint(url)
        self.projection = Projection(endpoint, Keys(tenant), structlog.get_logger())
        self.submitter = Submitter(endpoint, self.projection)
        self.desks = Desks(self.projection, self.submitter, terms, cards=cards)
        self.door = Door(tenant)
        self.attempts = Attempts(self.door, 0.01, 10, time.monotonic)
        self.lobby = Lobby({tenant: self.desks}, self.attempts, terms, structlog.get_logger())


@asynccontextmanager
async def open_house(
    url: str, tenant: str, terms: DesktopTerms = PATIENT, cards: Cards | None = None
) -> AsyncIterator[House]:
    """A process that runs as long as this lasts, and then is gone without a word."""
    house = House(url, tenant, terms, cards)
    running = [asyncio.create_task(house.projection.run()), asyncio.create_task(house.lobby.run())]
    try:
        await house.projection.until_ready()
        yield house
    finally:
        house.lobby.empty()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await house.submitter.close()
        await house.lobby.close()
        await house.projection.close()


class Line:
    """A client's end of a connection, as a socket of a session: frames arrive at once, or, once it
    is cut, not at all. ``slow``: the client does not read."""

    def __init__(self, house: House, heard: Callable[[dict[str, Any]], None]) -> None:
        self.is_cut = False
        self.slow = False
        self.cut_after: int | None = None
        self.closed: tuple[int, str] | None = None
        self._heard = heard
        self._incoming: asyncio.Queue[Frame | None] = asyncio.Queue()
        self._codec: Codec = JSON
        self.session = Session(self, JSON, house.lobby, "")
        self.running = asyncio.create_task(self.session.run())

    def say(self, kind: str, **fields: Any) -> None:
        """What the client sends."""
        self._incoming.put_nowait(json.dumps({"type": kind, **fields}))

    def cut(self) -> None:
        """The connection breaks; either side learns of it."""
        self.is_cut = True
        self._incoming.put_nowait(None)

    async def receive(self) -> Frame | None:
        return await self._incoming.get()

    async def send(self, frame: Frame) -> None:
        if self.slow:
            await asyncio.Event().wait()
        if self.cut_after is not None:
            self.cut_after -= 1
            if self.cut_after < 0:
                self.cut()
        if not self.is_cut:
            self._heard(json.loads(frame))

    async def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)


async def until(what: Callable[[], object], timeout_s: float = 20.0) -> None:
    """Wait for something that nobody tells."""
    async with asyncio.timeout(timeout_s):
        while True:
            if what():
                return
            await asyncio.sleep(0.001)
