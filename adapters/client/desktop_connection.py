"""A desktop's connection: held, taken up again, and never told twice of the same."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from .desktop_messages import Message, Said, Welcome
from .desktop_session import DesktopSession
from .errors import BadAnswer, ClientError, DesktopClosed, Refused, Unreachable
from .transport import Transport

__all__ = ("DesktopConnection",)

SUBPROTOCOL: Final = Subprotocol("onequeue.v1.msgpack")
FOR_GOOD: Final = frozenset({1002, 4001, 4003})
"""Close codes after which coming back would not help: no such protocol here, another desktop of
the agent was opened, the credential opens none."""

COME_BACK: Final = frozenset({"starting", "no_router", "store_unavailable", "overloaded", "busy"})
"""Codes that refuse a hello for now."""

OPEN_S: Final = 5.0
ASK_S: Final = 10.0
FRAME_BYTES_MAX: Final = 16 * 1024 * 1024
WAITING_MAX: Final = 1_000
"""Messages that wait for whoever iterates; the connection is not read while there are more."""

_pack = msgspec.msgpack.Encoder().encode


class DesktopConnection:
    """The connections of one desktop, one after another, and what waits to be told."""

    def __init__(self, transport: Transport, session: DesktopSession) -> None:
        self._transport = transport
        self._session = session
        self._messages: asyncio.Queue[Message | None] = asyncio.Queue(WAITING_MAX)
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Said]] = {}
        self._socket: ClientConnection | None = None
        self._open = asyncio.Event()
        self._ended: ClientError | None = None
        self._running: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a connection now."""
        return self._open.is_set()

    async def open(self) -> None:
        """Hold a connection from now on. Raises what refuses the first."""
        self._running = asyncio.create_task(self._run())
        try:
            await self._until_open(self._transport.retries.most_s + OPEN_S)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Hold none any more."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def next(self) -> Message:
        """The next message. Raises what has ended the desktop, ``StopAsyncIteration`` once it is
        closed from here."""
        message = await self._messages.get()
        if message is None:
            self._messages.put_nowait(None)
            self._raise_end()
            raise StopAsyncIteration
        return message

    async def ask(self, kind: str, **fields: Any) -> bool:
        """Say something, and wait for the answer: True where it was so already."""
        await self._until_open(ASK_S)
        number = next(self._numbers)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(ASK_S):
                await self._send({"type": kind, "id": number, **fields})
                said: Said = await answer
        except TimeoutError:
            raise Unreachable(f"no answer to {kind!r}", may_have_happened=True) from None
        finally:
            del self._asked[number]
        return said.repeated

    async def _until_open(self, within_s: float) -> None:
        opened = asyncio.create_task(self._open.wait())
        waited_for = {opened} if self._running is None else {opened, self._running}
        done, _ = await asyncio.wait(
            waited_for, timeout=within_s, return_when=asyncio.FIRST_COMPLETED
        )
        opened.cancel()
        self._raise_end()
        if not done or not self._open.is_set():
            raise Unreachable("the desktop is not connected", may_have_happened=False)

    def _raise_end(self) -> None:
        """Raise what has ended the desktop, if anything has."""
        if self._ended is not None:
            raise self._ended
        if self._running is not None and self._running.done() and not self._running.cancelled():
            self._running.result()

    async def _run(self) -> None:
        """Hold a connection, until it is closed for good."""
        failed = 0
        try:
            while True:
                started = self._session.position
                await self._connection()
                failed = 1 if started != self._session.position else failed + 1
                await asyncio.sleep(self._transport.retries.pause_s(failed))
        except ClientError as error:
            self._ended = error
        finally:
            self._end_asked()
            if self._messages.full():
                self._messages.get_nowait()
            self._messages.put_nowait(None)

    async def _connection(self) -> None:
        """One connection, until it is over; raises what ends the desktop."""
        try:
            async with connect(**self._target()) as socket:
                self._socket = socket
                await self._greet()
                while True:
                    await self._hear()
        except ConnectionClosed as error:
            if error.rcvd is not None and error.rcvd.code in FOR_GOOD:
                raise DesktopClosed(error.rcvd.code, error.rcvd.reason) from None
        except InvalidHandshake as error:
            status = getattr(getattr(error, "response", None), "status_code", 0)
            if status and status < 500 and status != 429:
                raise BadAnswer(f"{self._transport.url} opens no desktop: {error}") from error
        except (OSError, TimeoutError):
            pass
        finally:
            self._open.clear()
            self._socket = None
            self._session.lost()
            self._end_asked()

    async def _greet(self) -> None:
        await self._send(self._session.hello)
        welcome = await self._received()
        if welcome.get("type") == "error":
            refused = msgspec.convert(welcome, Said)
            if refused.code in COME_BACK:
                raise OSError(refused.code)
            raise Refused(refused.code, refused.detail, refused.field)
        new = self._session.welcomed(_as(welcome, Welcome))
        presence = self._session.back(new)
        if presence:
            await self._send({"type": "presence", "id": next(self._numbers), **presence})
        await self._tell(new)
        self._open.set()

    async def _hear(self) -> None:
        message = await self._received()
        if message.get("type") == "welcome":
            await self._tell(self._session.welcomed(_as(message, Welcome)))
            return
        said = _as(message, Said)
        if said.type == "heartbeat":
            await self._send({"type": "heartbeat"})
        elif said.type in {"ok", "error"}:
            self._answered(said)
        await self._tell(self._session.said(said))

    def _answered(self, said: Said) -> None:
        answer = self._asked.get(said.id) if isinstance(said.id, int) else None
        if answer is None or answer.done():
            return
        if said.type == "ok":
            answer.set_result(said)
        else:
            answer.set_exception(Refused(said.code, said.detail, said.field, said.version))

    async def _tell(self, messages: list[Message]) -> None:
        for message in messages:
            await self._messages.put(message)

    async def _received(self) -> dict[str, Any]:
        if self._socket is None:
            raise Unreachable("the desktop is not connected", may_have_happened=False)
        async with asyncio.timeout(self._session.heartbeat_s + self._session.answer_s + OPEN_S):
            frame = await self._socket.recv(decode=False)
        try:
            return msgspec.msgpack.decode(frame, type=dict[str, Any])
        except msgspec.MsgspecError as error:
            raise BadAnswer(f"a desktop's frame cannot be read: {error}") from error

    async def _send(self, message: Mapping[str, object]) -> None:
        if self._socket is None:
            raise Unreachable("the desktop is not connected", may_have_happened=False)
        try:
            await self._socket.send(_pack(message))
        except ConnectionClosed as error:
            if message["type"] in {"hello", "heartbeat"}:
                raise
            raise Unreachable("the connection was lost", may_have_happened=True) from error

    def _end_asked(self) -> None:
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(Unreachable("the connection was lost", may_have_happened=True))

    def _target(self) -> dict[str, Any]:
        url, key = self._transport.url, self._transport.key
        target: dict[str, Any] = {
            "uri": f"ws{url.removeprefix('http')}/v1/desktop",
            "subprotocols": [SUBPROTOCOL],
            "additional_headers": {"Authorization": f"Bearer {key}"} if key else {},
            "open_timeout": OPEN_S,
            "close_timeout": 1.0,
            "ping_interval": None,
            "compression": None,
            "max_size": FRAME_BYTES_MAX,
        }
        if isinstance(self._transport.verify, ssl.SSLContext):
            target["ssl"] = self._transport.verify
        return target


def _as(message: Mapping[str, Any], kind: type[Any]) -> Any:
    try:
        return msgspec.convert(message, kind)
    except msgspec.ValidationError as error:
        raise BadAnswer(f"a desktop's message cannot be read: {error}") from error
