"""A visitor without a browser: what the widget says and hears, frame by frame."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.chat.house import LATER_S

__all__ = ("Visitor", "came", "fresh_id")


def fresh_id() -> str:
    return secrets.token_hex(16)


class Visitor:
    """A connection; ``heard`` is all that was told, in order."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.heard: list[dict[str, Any]] = []

    async def ask(self, kind: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def say(self, text: str, own_id: str = "") -> str:
        own_id = own_id or fresh_id()
        await self.ask("say", id=own_id, text=text)
        return own_id

    async def until(self, kind: str, fits: Callable[[Any], bool] = lambda _: True) -> Any:
        """The first frame that fits, of those that were heard already or come now."""
        place = 0
        async with asyncio.timeout(LATER_S):
            while True:
                for one in self.heard[place:]:
                    if one["type"] == kind and fits(one):
                        return one
                place = len(self.heard)
                self.heard.append(json.loads(await self.socket.recv()))

    async def taken(self, own_id: str) -> None:
        await self.until("taken", lambda one: one["id"] == own_id)

    async def stands(self, state: str) -> Any:
        return await self.until("standing", lambda one: one["state"] == state)

    def texts(self) -> list[tuple[str, str]]:
        return [(one["by"], one["text"]) for one in self.heard if one["type"] == "message"]


@asynccontextmanager
async def came(
    url: str, token: str = "", after: str = "", queue: str = "", **options: Any
) -> AsyncIterator[Visitor]:
    """A visitor whose hello is answered."""
    where = url.replace("http", "ws", 1) + "/chat"
    async with connect(where, **options) as socket:
        visitor = Visitor(socket)
        await visitor.ask("hello", token=token, after=after, queue=queue)
        await visitor.until("welcome")
        yield visitor
