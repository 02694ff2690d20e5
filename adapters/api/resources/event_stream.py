"""Server-sent events: one answer that goes on, for as long as somebody reads it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final, NamedTuple

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from adapters.cloudevents.errors import PositionGone
from adapters.cloudevents.filters import EventFilter
from adapters.cloudevents.position import Position
from adapters.cloudevents.reading import Reading
from adapters.cloudevents.told import Told
from adapters.process.turns import first_of
from router.backoff import Backoff
from router.errors import CorruptJournal, StoreUnavailable

__all__ = ("EVENT_STREAM_TYPE", "EventStream", "Listener", "frame")

EVENT_STREAM_TYPE: Final = "text/event-stream"
HEARTBEAT_S: Final = 15.0
"""Proxies cut what is silent for half a minute or so."""

RETRY_MS: Final = 2_000
LOOK_S: Final = 5.0
"""How often it is looked whether the credential still holds."""

TAKE_S_MAX: Final = 30.0
"""How long a reader may take nothing; then it is cut, and goes on where it was once it is back."""

CHUNK_BYTES_TARGET: Final = 65_536


class Listener(NamedTuple):
    """Who listens, and to what. ``encode`` makes the envelope that they may see; ``holds`` is
    whether they still may hear anything."""

    reading: Reading
    filter: EventFilter
    encode: Callable[[Told], bytes]
    holds: Callable[[], Awaitable[bool]]
    ends: asyncio.Event


class EventStream(Response):
    """The answer; ``closed`` is called when it is over."""

    def __init__(self, listener: Listener, closed: Callable[[], None]) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(headers=headers, media_type=EVENT_STREAM_TYPE)
        del self.headers["content-length"]
        self._listener = listener
        self._closed = closed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell events until the reader has gone, or the process is to end."""
        try:
            start = {"status": self.status_code, "headers": self.raw_headers}
            await send({"type": "http.response.start", **start})
            await first_of(_gone(receive), self._tell(send), self._listener.ends.wait())
            await _send(send, b"", more=False)
        except TimeoutError:
            return  # whoever takes nothing is not waited for
        finally:
            self._closed()

    async def _tell(self, send: Send) -> None:
        reading = self._listener.reading
        now_s = time.monotonic()
        heard_s = looked_s = now_s
        await _send(send, b"retry: %d\n%b" % (RETRY_MS, _position(reading.position)))
        while True:
            if now_s - looked_s >= LOOK_S:
                looked_s = now_s
                if not await self._listener.holds():
                    await _send(send, b": the credential does not hold any more\n\n")
                    return
            try:
                frames = await self._next()
            except (PositionGone, CorruptJournal):
                await _send(send, b": what comes next is not to be had: ask anew\n\n")
                return
            for chunk in _chunks(frames):
                await _send(send, chunk)
            now_s = time.monotonic()
            if frames:
                heard_s = now_s
            elif now_s - heard_s >= HEARTBEAT_S:
                heard_s = now_s
                await _send(send, b": still here\n" + _position(reading.position))

    async def _next(self) -> Sequence[bytes]:
        listener, backoff = self._listener, Backoff()
        while True:
            try:
                page = await listener.reading.next(LOOK_S)
            except StoreUnavailable:
                await asyncio.sleep(backoff.next_s())
                continue
            return [
                frame(told.position, listener.encode(told))
                for told in page.told
                if listener.filter.matches(told)
            ]


def frame(position: Position, data: bytes) -> bytes:
    """One event, as it goes over the line; ``data`` is JSON without line ends."""
    return b"id: %b\ndata: %b\n\n" % (str(position).encode(), data)


def _position(position: Position) -> bytes:
    """An event without data: it moves what a reader will come back with, and nothing else."""
    return b"id: %b\n\n" % str(position).encode()


def _chunks(frames: Sequence[bytes]) -> Iterator[bytes]:
    chunk: list[bytes] = []
    size = 0
    for one in frames:
        chunk.append(one)
        size += len(one)
        if size >= CHUNK_BYTES_TARGET:
            yield b"".join(chunk)
            chunk, size = [], 0
    if chunk:
        yield b"".join(chunk)


async def _send(send: Send, data: bytes, *, more: bool = True) -> None:
    """Raises ``TimeoutError`` when nobody takes it."""
    async with asyncio.timeout(TAKE_S_MAX):
        await send({"type": "http.response.body", "body": data, "more_body": more})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
