"""One connection of a visitor: its socket, and the protocol that says what to do with it."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import Final, Literal, Protocol

from adapters.chat.closing import CloseCode
from adapters.chat.frames import Had, Hello, Leave, Message, Standing, Told, Welcome
from adapters.chat.hall import Hall, NoRoom
from adapters.chat.line import PAGE_MESSAGES
from adapters.chat.protocol import Action, Carry, Close, Enter, Send
from adapters.chat.protocol import Protocol as ChatProtocol
from adapters.chat.visit import Visit
from adapters.client import ClientError
from adapters.client.message_models import DialogueMessage
from adapters.process.turns import first_of
from adapters.redis.stream_ids import StreamId

__all__ = ("Connection", "Socket")

TICK_S: Final = 1.0
AGAIN_S: Final = 1.0
WAITING_MAX: Final = 256
UNSEEN_MAX: Final = 1_000
LAST_WORD_S: Final = 1.0


class Socket(Protocol):
    """A WebSocket that was accepted."""

    async def receive(self) -> str | bytes | None:
        """The next frame; None: it is closed."""
        ...

    async def send(self, frame: str) -> None:
        """Send a frame, as soon as the peer has room for it."""
        ...

    async def close(self, code: int, reason: str) -> None:
        """Say that it is over."""
        ...


class Connection:
    """``run`` lasts as long as it does."""

    def __init__(self, socket: Socket, hall: Hall, address: str) -> None:
        self._socket = socket
        self._hall = hall
        self._address = address
        self._protocol = ChatProtocol(hall.settings.limits, time.monotonic())
        self._visit: Visit | None = None
        self._after = ""
        self._waiting: deque[str] = deque()
        self._wake = asyncio.Event()
        self._has_news = False
        self._unseen: deque[tuple[StreamId, str]] = deque(maxlen=UNSEEN_MAX)
        self._close: Close | None = None

    async def run(self) -> None:
        """Serve it until either side ends it."""
        try:
            await first_of(self._read(), self._write(), self._tick(), self._drain())
        finally:
            self._protocol.lost()
            if self._visit is not None:
                self._hall.leave(self._visit, self)
        if self._close is not None:
            with suppress(TimeoutError, OSError, RuntimeError):
                async with asyncio.timeout(LAST_WORD_S):
                    await self._socket.close(self._close.code, self._close.reason)

    def tell(self, told: Told) -> None:
        """Tell this, unless it is closed."""
        self._do(self._protocol.told(told))

    def news(self) -> None:
        """Something was said."""
        self._has_news = True
        self._wake.set()

    def _do(self, actions: Iterable[Action]) -> None:
        for action in actions:
            match action:
                case Send(frame):
                    self._put(frame)
                case Enter(hello):
                    self._enter(hello)
                case Carry(asked):
                    self._carry(asked)
                case Close():
                    self._close = action
                    self._wake.set()

    def _put(self, frame: str) -> None:
        if len(self._waiting) >= WAITING_MAX:
            self._do(self._protocol.end(CloseCode.TOO_SLOW, "too slow a reader: come back"))
            return
        self._waiting.append(frame)
        self._wake.set()

    def _enter(self, hello: Hello) -> None:
        try:
            visit, token, is_new = self._hall.enter(hello.token, hello.queue, self._address)
        except NoRoom as error:
            self._do(self._protocol.end(CloseCode.NOT_NOW, str(error)))
            return
        self._visit = visit
        self._after = "" if is_new else hello.after
        settings = self._hall.settings
        welcome = Welcome(
            token=token,
            is_new=is_new,
            can_call=settings.call is not None,
            text_characters_max=settings.limits.text_characters_max,
        )
        self._do(self._protocol.welcomed(welcome))
        if visit.interaction is not None:  # else nobody has looked yet
            self.tell(visit.standing)
        self._hall.sit(visit, self)
        if not is_new:
            self.news()

    def _carry(self, asked: object) -> None:
        visit = self._visit
        if visit is None:
            return
        match asked:
            case Had(order):
                self._had(order)
            case Leave():
                self._hall.end(visit)
            case _:
                visit.ask(asked, self)  # type: ignore[arg-type]  # what remains of them

    def _had(self, order: str) -> None:
        seen = StreamId.parse(order) if order else StreamId(0, 0)
        while self._unseen and self._unseen[0][0] <= seen:
            _, message_id = self._unseen.popleft()
            self._hall.report(message_id)

    async def _read(self) -> None:
        while self._close is None:
            frame = await self._socket.receive()
            if frame is None:
                return
            self._do(self._protocol.received(frame, time.monotonic()))

    async def _write(self) -> None:
        while self._close is None:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                await self._socket.send(self._waiting.popleft())
            if self._has_news and self._visit is not None:
                self._has_news = False
                await self._tell_news(self._visit)

    async def _tell_news(self, visit: Visit) -> None:
        """Send what was said behind what the widget has: the dialogue's order is the only one."""
        line = self._hall.terms.line
        try:
            page = await line.said(visit.name.conversation_id, self._after)
        except ClientError:
            await asyncio.sleep(AGAIN_S)
            self.news()
            return
        for message in page:
            await self._tell_message(visit, message)
        if len(page) == PAGE_MESSAGES:
            self.news()

    async def _tell_message(self, visit: Visit, message: DialogueMessage) -> None:
        self._after = message.order
        if message.account != self._hall.terms.desk.account:
            return  # said on another medium, to which the visitor has moved
        is_agent = message.direction == "out"
        delivery = message.delivery
        if is_agent and (delivery is None or delivery.state in {"queued", "sent"}):
            self._unseen.append((StreamId.parse(message.order), message.message_id))
        for frame in self._protocol.told(_shown(visit, message)):
            if isinstance(frame, Send):
                await self._socket.send(frame.frame)

    async def _tick(self) -> None:
        while self._close is None:
            await asyncio.sleep(TICK_S)
            self._do(self._protocol.ticked(time.monotonic()))

    async def _drain(self) -> None:
        await self._hall.is_closing.wait()
        self._do(self._protocol.end(CloseCode.RESTARTING, "this server stops: come back"))


def _shown(visit: Visit, message: DialogueMessage) -> Message:
    by: Literal["visitor", "agent"] = "agent" if message.direction == "out" else "visitor"
    own = message.message_id.removeprefix(f"{visit.name.name}:")
    standing: Standing = visit.standing
    return Message(
        order=message.order,
        id=own,
        by=by,
        text=message.text,
        at_ms=message.at_ms,
        name=standing.agent if by == "agent" else "",
        links=tuple((one.uri, one.name or one.uri) for one in message.attachments),
    )
