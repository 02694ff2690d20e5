"""A session: one desktop's socket, and the protocol that says what to do with it."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Coroutine, Iterable
from typing import Any, Final, Protocol

from adapters.audit import Origin
from adapters.desktop.auditing import Caller
from adapters.desktop.carrying import carry_out
from adapters.desktop.closing import CloseCode
from adapters.desktop.codec import Codec, Frame
from adapters.desktop.hearing import Heard
from adapters.desktop.lobby import Lobby, Place, TurnedAway
from adapters.desktop.messages import Card, Hello, RequestId, Standing, Welcome
from adapters.desktop.outcome import Refused
from adapters.desktop.protocol import Action, Carry, Close, Enter, Phase, Send
from adapters.desktop.protocol import Protocol as DesktopProtocol
from adapters.desktop.recent import Kept

__all__ = ("Session", "Socket")

NOWHERE: Final = Origin()
LAST_WORD_S: Final = 1.0
"""How long a peer that does not read may keep us from saying why we close."""


class Socket(Protocol):
    """A WebSocket that was accepted."""

    async def receive(self) -> Frame | None:
        """The next frame; None: it is closed."""
        ...

    async def send(self, frame: Frame) -> None:
        """Send a frame, as soon as the peer has room for it."""
        ...

    async def close(self, code: int, reason: str) -> None:
        """Say that it is over."""
        ...


class Session:
    """One connection. ``run`` lasts as long as it does."""

    def __init__(
        self,
        socket: Socket,
        codec: Codec,
        lobby: Lobby,
        credential: str,
        origin: Origin = NOWHERE,
    ) -> None:
        self.codec = codec
        self._socket = socket
        self._lobby = lobby
        self._terms = lobby.terms
        self._credential = credential
        self._origin = origin
        self._checked_s = time.monotonic()
        self._protocol = DesktopProtocol(codec, lobby.terms, self._checked_s)
        self._place: Place | None = None
        self._waiting: deque[Frame] = deque()
        self._waiting_bytes = 0
        self._sending: asyncio.Task[None] | None = None
        self._works: set[asyncio.Task[None]] = set()
        self._close: Close | None = None
        self._runner: asyncio.Task[Any] | None = None

    @property
    def sees_personal(self) -> bool:
        """Whether it may be shown what the policy marks as personal."""
        return self._place is not None and self._place.sees_personal

    @property
    def sees_customers(self) -> bool:
        """Whether it may be shown customer cards."""
        return self._place is not None and self._place.sees_customers

    @property
    def sees_messages(self) -> bool:
        """Whether it may be told what is said in conversations."""
        return self._place is not None and self._place.sees_messages

    async def run(self) -> None:
        """Read until either side ends it."""
        self._runner = asyncio.current_task()
        self._lobby.came(self, self._origin.address)
        try:
            await self._read()
        except asyncio.CancelledError:
            if self._close is None or self._runner is None:
                raise
            self._runner.uncancel()
        finally:
            self._leave()
            self._lobby.went(self)
        await self._part()

    def told(self, kept: Kept) -> None:
        """A message of the agent's work stream."""
        actions = self._protocol.told(str(kept.position), kept.payload, is_json=kept.is_json)
        self._do(actions)

    def stands(self, position: str, standing: Standing) -> None:
        """How the agent stands, where no message of the work stream says it."""
        self._do(self._protocol.stands(position, standing))

    def carded(self, card: Card) -> None:
        """A customer card has been read."""
        self._do(self._protocol.shown(card))

    def heard(self, told: Heard) -> None:
        """Something was said in a conversation."""
        self._do(self._protocol.shown(told))

    def pictured(self, welcome: Welcome) -> None:
        """Everything anew."""
        self._do(self._protocol.pictured(welcome))

    def replaced(self) -> None:
        """The agent has another desktop now."""
        self.end(CloseCode.REPLACED, "this agent has opened another desktop")

    def ticked(self, now_s: float) -> None:
        """Time has passed."""
        place = self._place
        self._do(self._protocol.ticked(now_s, place.desks.projection.last_id if place else ""))
        if place is not None and now_s - self._checked_s >= self._terms.recheck_s:
            self._checked_s = now_s
            self._work(self._recheck(place))

    def end(self, code: CloseCode, reason: str) -> None:
        """It is to be closed."""
        self._do(self._protocol.end(code, reason))

    async def _read(self) -> None:
        while self._protocol.phase is not Phase.CLOSED:
            frame = await self._socket.receive()
            if frame is None:
                return
            self._do(self._protocol.received(frame, time.monotonic()))
            while len(self._works) >= self._terms.in_flight_max:
                await asyncio.wait(self._works, return_when=asyncio.FIRST_COMPLETED)

    def _do(self, actions: Iterable[Action]) -> None:
        for action in actions:
            match action:
                case Send(frame):
                    self._put(frame)
                case Enter(hello):
                    self._work(self._enter(hello))
                case Carry():
                    self._work(self._carry(action))
                case Close():
                    self._shut(action)

    def _put(self, frame: Frame) -> None:
        self._waiting.append(frame)
        self._waiting_bytes += len(frame)
        terms = self._terms
        too_many = len(self._waiting) > terms.waiting_messages_max
        # a picture may be larger than that, and is one message
        too_large = self._waiting_bytes > terms.waiting_bytes_max and len(self._waiting) > 1
        if too_many or too_large:
            self._waiting.clear()
            self.end(CloseCode.TOO_SLOW, "too slow a reader: come back, and resume")
        elif self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send())

    async def _send(self) -> None:
        while self._waiting:
            frame = self._waiting.popleft()
            self._waiting_bytes -= len(frame)
            await self._socket.send(frame)

    def _shut(self, close: Close) -> None:
        self._close = close
        self._leave()
        if self._runner is not None:
            self._runner.cancel()

    def _leave(self) -> None:
        self._protocol.lost()
        place, self._place = self._place, None
        if place is not None:
            place.desks.leave_seat(place.agent_id, self)

    async def _part(self) -> None:
        """End what is under way, and say why, to whoever listens."""
        works = [*self._works]
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)
        try:
            async with asyncio.timeout(LAST_WORD_S):
                if self._close is not None:
                    if self._sending is not None:
                        await self._sending
                    await self._socket.close(self._close.code, self._close.reason)
        except (TimeoutError, OSError, RuntimeError):
            pass  # nobody listens
        finally:
            if self._sending is not None:
                self._sending.cancel()
                await asyncio.gather(self._sending, return_exceptions=True)

    def _work(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._works.add(task)
        task.add_done_callback(self._works.discard)

    async def _enter(self, hello: Hello) -> None:
        try:
            credential = self._credential or hello.credential
            place = await self._lobby.admit(credential, hello.agent_id, self._origin.address)
            await self._lobby.log_in(place, hello, self.codec, self._origin)
        except TurnedAway as error:
            self._turn_away(hello.id, error.refused)
            if error.close is not None:
                self.end(error.close, error.refused.detail)
            return
        if self._protocol.phase is not Phase.ENTERING:
            return
        if not place.desks.is_here(place.agent_id):
            self.replaced()
            return
        self._credential, self._place = credential, place
        self._lobby.sat(self)
        welcome = place.desks.take_seat(place.agent_id, self, hello)
        self._do(self._protocol.welcomed(welcome, time.monotonic()))
        place.desks.show(place.agent_id, self, hello.dialogues)

    def _turn_away(self, request_id: RequestId, refused: Refused) -> None:
        self._do(self._protocol.turned_away(request_id, refused.code, refused.detail))

    async def _carry(self, asked: Carry) -> None:
        place = self._place
        if place is None:
            return
        caller = Caller(place.principal, self._origin)
        outcome = await carry_out(place.desks, place.agent_id, asked, caller)
        if outcome.refused is None:
            # its record, or one after it: positions that are told never go back
            at = place.desks.projection.last_id
            answer = self._protocol.answered(
                asked.request_id, at, repeated=outcome.repeated, message_id=outcome.message_id
            )
        else:
            answer = self._protocol.refused(asked.request_id, **outcome.refused._asdict())
        self._do(answer)

    async def _recheck(self, place: Place) -> None:
        """Whether the credential still opens this desktop."""
        try:
            await self._lobby.admit(self._credential, place.agent_id, self._origin.address)
        except TurnedAway as error:
            if error.close is CloseCode.UNAUTHENTICATED:
                self.end(error.close, error.refused.detail)
