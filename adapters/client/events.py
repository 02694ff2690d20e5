"""Events over server-sent events: followed for ever, from where one left off, none twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
import msgspec
from msgspec import Struct, field

from .errors import BadAnswer, RateLimited, Unavailable, Unreachable
from .sse import EventLines, ServerSent
from .transport import Transport, path_of, problem_in

__all__ = ("Event", "Wanted", "follow", "place_of")

SILENT_S: Final = 45.0
"""The server says something every 15 s; a connection that is silent for longer is dead."""


class Event(Struct, frozen=True, kw_only=True):
    """One fact in its CloudEvents envelope; ``id`` is its position, ``data`` as docs/protocol.md
    has it."""

    id: str
    type: str
    source: str = ""
    subject: str = ""
    time: str = ""
    channel: str = ""
    queue: str = ""
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Its name in docs/protocol.md, as ``offer_issued``."""
        return self.type.removeprefix("onequeue.").rpartition(".")[0]


class Wanted(Struct, frozen=True):
    """Which events: all parts are to fit, an empty part fits all."""

    types: Sequence[str] = ()
    queue: Sequence[str] = ()
    channel: Sequence[str] = ()
    agent: Sequence[str] = ()
    subject: str = ""

    @property
    def parameters(self) -> dict[str, Any]:
        """As parameters of a request."""
        given = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: value if isinstance(value, str) else list(value)
                for name, value in given.items() if value}  # fmt: skip


async def follow(transport: Transport, wanted: Wanted, from_: str | None) -> AsyncIterator[Event]:
    """Every event behind a position (None: from now on), through dropped connections.

    Raises :class:`Problem` for what no repeat would mend, as :class:`Gone` for a position whose
    events are no longer kept.
    """
    place = _Place(from_)
    failed = 0
    while True:
        try:
            async with _connected(transport, wanted, place) as lines:
                async for sent in lines:
                    failed = 0
                    event = place.fresh(sent)
                    if event is not None:
                        yield event
            retry_after_s = 0.0
        except Unavailable as error:
            retry_after_s = error.retry_after_s
        except RateLimited as error:
            if not place.has_begun:  # else it is our own last stream, which is not seen to be over
                raise
            retry_after_s = error.retry_after_s
        except Unreachable:
            retry_after_s = 0.0
        failed += 1
        await asyncio.sleep(transport.retries.pause_s(failed, retry_after_s))


class _Place:
    """What has been had."""

    def __init__(self, from_: str | None) -> None:
        self._from = from_
        self._had: str | None = None

    @property
    def has_begun(self) -> bool:
        """Whether there was a stream before."""
        return self._had is not None

    @property
    def parameters(self) -> dict[str, str]:
        return {"from": self._from} if self._from is not None and self._had is None else {}

    @property
    def headers(self) -> dict[str, str]:
        return {"Last-Event-ID": self._had} if self._had is not None else {}

    def fresh(self, sent: ServerSent) -> Event | None:
        """The event, unless it was had before, or there is none."""
        is_old = self._had is not None and place_of(sent.id) <= place_of(self._had)
        if not is_old:
            self._had = sent.id
        return None if is_old or not sent.data else self._read(sent.data)

    @staticmethod
    def _read(data: str) -> Event:
        try:
            return msgspec.json.decode(data, type=Event)
        except msgspec.MsgspecError as error:
            raise BadAnswer(f"an event cannot be read: {error}") from error


def place_of(position: str) -> tuple[int, int, float]:
    """What orders positions; one without the number of an event stands behind all of its record's.

    Raises :class:`BadAnswer`.
    """
    record, slash, number = position.partition("/")
    epoch, _, lsn = record.partition("-")
    try:
        return int(epoch), int(lsn), int(number) if slash else float("inf")
    except ValueError:
        raise BadAnswer(f"{position!r} is no position") from None


@asynccontextmanager
async def _connected(
    transport: Transport, wanted: Wanted, place: _Place
) -> AsyncIterator[AsyncIterator[ServerSent]]:
    timeout = httpx.Timeout(transport.http.timeout.connect, read=SILENT_S)
    headers = {"Accept": "text/event-stream", **place.headers}
    parameters = {**wanted.parameters, **place.parameters}
    try:
        async with transport.http.stream(
            "GET", path_of("events"), params=parameters, headers=headers, timeout=timeout
        ) as answer:
            if not answer.is_success:
                await answer.aread()
                raise problem_in(answer)
            yield _events(answer)
    except httpx.TransportError as error:
        reason = str(error) or type(error).__name__
        raise Unreachable(reason, may_have_happened=False) from error


async def _events(answer: httpx.Response) -> AsyncIterator[ServerSent]:
    lines = EventLines()
    async for line in answer.aiter_lines():
        event = lines.take(line)
        if event is not None:
            yield event
