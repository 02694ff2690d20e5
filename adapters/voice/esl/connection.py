"""A connection to FreeSWITCH's event socket that is made again when it breaks.

Answers come in the order of the commands, events between them. An answer that does not come in time
would be taken for that of a later command: so the connection is given up then.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

import structlog

from adapters.voice.call import FrontFault
from adapters.voice.esl import commands
from adapters.voice.esl.frames import (
    API,
    AUTH,
    EVENTS,
    REJECTED,
    REPLY,
    Frame,
    FrameReader,
    event_of,
)

__all__ = ("EventSocket", "Unreachable")

COMMAND_S: Final = 5.0
"""An answer takes so long at most; FreeSWITCH looks things up in memory."""

BACKOFF_S: Final = (0.1, 5.0)
"""How long until it is tried again: first, and at most."""

WAITING_MAX: Final = 4_096
"""So many commands may wait for their answers."""

READ_BYTES: Final = 65_536

_log = structlog.get_logger()


class Unreachable(FrontFault):
    """There is no connection to FreeSWITCH, or it has ended: ``why``."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        return f"FreeSWITCH cannot be reached: {self.why}"


class EventSocket:
    """Commands and events, from entering the block until it is left. ``told`` is called with each
    event, and may not wait."""

    def __init__(
        self,
        address: tuple[str, int],
        password: str,
        *,
        wanted: tuple[str, ...],
        only: tuple[str, str],
        told: Callable[[dict[str, str]], None],
        command_s: float = COMMAND_S,
    ) -> None:
        """``wanted``: the names of the events; ``only``: a header that they must have, and what it
        says."""
        self._address = address
        if not password.isprintable():
            raise Unreachable("its password cannot hold line ends or other control characters")
        self._auth = commands.line("auth", password)
        self._opening = (commands.line("filter", *only), commands.line("event json", *wanted))
        self._told = told
        self._command_s = command_s
        self._answers: deque[asyncio.Future[Frame]] = deque()
        self._writer: asyncio.StreamWriter | None = None
        self._ready = asyncio.Event()
        self._why = "not yet"

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._stay_connected())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def ask(self, *said: bytes) -> list[str]:
        """The answers to these commands, which are sent at once and done in this order. Raises
        :class:`Unreachable`; some of them may have been done then."""
        try:
            async with asyncio.timeout(self._command_s):
                await self._ready.wait()
                return [frame.text for frame in await self._send(*said)]
        except TimeoutError:
            if self._ready.is_set():
                self._give_up(f"no answer within {self._command_s:g} s")
            raise Unreachable(self._why) from None

    async def _send(self, *said: bytes) -> list[Frame]:
        if self._writer is None or len(self._answers) + len(said) > WAITING_MAX:
            raise Unreachable(self._why if self._writer is None else "too many commands wait")
        loop = asyncio.get_running_loop()
        answers: list[asyncio.Future[Frame]] = [loop.create_future() for _ in said]
        self._answers.extend(answers)
        self._writer.write(b"".join(said))
        return await asyncio.gather(*answers)

    async def _stay_connected(self) -> None:
        first_s, most_s = BACKOFF_S
        pause_s, told = first_s, ""
        while True:
            try:
                was_ready = await self._connect_once()
            except (OSError, TimeoutError) as error:
                was_ready = False
                self._why = str(error) or "no answer"
            pause_s = first_s if was_ready else min(pause_s * 2, most_s)
            if was_ready or told != self._why:  # once, however often it is tried
                told = self._why
                _log.warning("no connection to the event socket", why=told)
            await asyncio.sleep(pause_s)

    async def _connect_once(self) -> bool:
        """Connect, and read until it ends; was it ready?"""
        async with asyncio.timeout(self._command_s):
            reader, writer = await asyncio.open_connection(*self._address)
        self._writer = writer
        asked: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._answers.append(asked)  # before anything is read
        greeting = asyncio.create_task(self._greet(asked))
        why = "it has closed the connection"
        try:
            await self._read(reader)
        except (OSError, FrontFault) as error:
            why = error.why if isinstance(error, Unreachable) else str(error)
        finally:
            self._give_up(why)
            refusal = await greeting  # it waits for answers only, and those have failed
            with suppress(OSError):
                await writer.wait_closed()
        self._why = refusal or why
        return not refusal

    async def _read(self, reader: asyncio.StreamReader) -> None:
        frames = FrameReader()
        while data := await reader.read(READ_BYTES):
            for frame in frames.feed(data):
                self._take(frame)

    async def _greet(self, asked: asyncio.Future[Frame]) -> str:
        """Wait to be asked for the password, and say what is wanted; why it is not granted."""
        try:
            async with asyncio.timeout(self._command_s):
                await asked
                (answer,) = await self._send(self._auth)
                if not answer.text.startswith("+OK"):
                    raise Unreachable("it does not take the password")
                for frame in await self._send(*self._opening):
                    if not frame.text.startswith("+OK"):
                        raise Unreachable(f"it answers {frame.text!r}")
        except (Unreachable, TimeoutError) as error:
            why = error.why if isinstance(error, Unreachable) else "it does not greet"
            self._give_up(why)
            return why
        self._ready.set()
        _log.info("connected to the event socket")
        return ""

    def _take(self, frame: Frame) -> None:
        if frame.kind in EVENTS:
            self._told(event_of(frame))
        elif frame.kind in {AUTH, REPLY, API}:
            if not self._answers:
                raise Unreachable("an answer that nobody asked for")
            answer = self._answers.popleft()
            if not answer.done():  # who asked may have gone
                answer.set_result(frame)
        elif frame.kind == REJECTED:
            raise Unreachable("its access list (apply-inbound-acl) does not have us")
        # text/disconnect-notice: the end of the stream follows

    def _give_up(self, why: str) -> None:
        """End the connection, and whatever waits for it; the first reason counts."""
        self._ready.clear()
        writer, self._writer = self._writer, None
        if writer is not None:
            self._why = why
            writer.close()
        while self._answers:
            answer = self._answers.popleft()
            if not answer.done():
                answer.set_exception(Unreachable(why))
                answer.exception()  # who asked may have gone
