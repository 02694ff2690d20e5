"""The way between processes and the server: delays, losses, and connections as ``Wire`` uses them.

What was sent arrives whatever becomes of the sender, unless the way itself loses it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextvars import Context
from dataclasses import dataclass
from random import Random
from typing import Any, Final, cast

import hiredis
from redis._parsers.base import BaseParser
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as BrokenConnection

from adapters.redis.wire import Endpoint, Wire
from tests.simulation.loop import Life, VirtualLoop
from tests.simulation.odds import Odds
from tests.simulation.server import Commands, Server
from tests.simulation.store.replies import ErrorReply
from tests.simulation.trace import Trace

__all__ = ("Network", "SimulatedEndpoint")

LATENCY_S: Final = 0.000_3
SLOW_S: Final = 3.0
GHOST_S: Final = 4.0


class Network:
    """What happens to messages. ``odds`` None: nothing goes wrong."""

    def __init__(self, loop: VirtualLoop, dice: Random, server: Server, trace: Trace) -> None:
        self.loop = loop
        self.dice = dice
        self.server = server
        self.trace = trace
        self.odds: Odds | None = None
        self.cut_off: set[str] = set()
        """Names of processes that reach nobody."""

        self.context = Context()
        self.carried = 0
        """Exchanges that are on their way to the server."""

        self._links = 0

    def endpoint(self, life: Life, timeout_s: float) -> SimulatedEndpoint:
        """The way to the server for one process."""
        return SimulatedEndpoint(url="simulated://", timeout_s=timeout_s, network=self, life=life)

    def latency_s(self) -> float:
        """How long the next message takes."""
        dice, odds = self.dice, self.odds
        if odds is not None and dice.random() < odds.slow:
            return SLOW_S * dice.random() ** 3
        return LATENCY_S * (0.5 + dice.random())

    def happens(self, chance: str) -> bool:
        """Whether what is that probable happens now."""
        if self.odds is None:
            return False
        odds: float = getattr(self.odds, chance)
        return odds > 0 and self.dice.random() < odds

    def later(self, delay_s: float, callback: Any, *arguments: Any) -> None:
        """Let something happen on the way, which belongs to no process."""
        self.loop.call_later(delay_s, callback, *arguments, context=self.context)

    def link_name(self, life: Life, purpose: str) -> str:
        """A name for a new connection."""
        self._links += 1
        return f"{life.name}/{purpose}#{self._links}"


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class SimulatedEndpoint(Endpoint):
    """The way to the model, for one process."""

    network: Network
    life: Life

    def wire(self, purpose: str) -> Wire:
        """A connection that is opened at its first use, in a real ``Wire``."""
        connection = _Connection(self.network, self.life, purpose)
        return Wire(self.timeout_s, self.route, lambda _: cast("AbstractConnection", connection))


class _Link:
    """One connection while it lasts: both ways first in, first out."""

    def __init__(self, network: Network, life: Life, purpose: str) -> None:
        self.name = network.link_name(life, purpose)
        self._network = network
        self._life = life
        self._peer = network.server.accept(self)
        self._requests: deque[Commands] = deque()
        self._requested_s = self._answered_s = 0.0
        self._on_way: deque[list[Any]] = deque()
        self._replies: deque[Any] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._loses_answer = self._dies_at_answer = self._is_deaf = False
        self.is_broken = False
        life.on_kill[self] = self.close

    # --- the client's end ---

    def send(self, commands: Commands) -> None:
        """Put commands on their way; what becomes of them is drawn."""
        network = self._network
        if self._life.name in network.cut_off or network.happens("silent"):
            network.trace.note(self.name, "silence")
            self._is_deaf = True
        elif network.happens("crash"):
            self._crash(commands)
        elif network.happens("lost"):
            network.trace.note(self.name, "lost")
            self._break_soon()
        elif network.happens("ghost"):
            network.trace.note(self.name, "ghost")
            self._carry(commands, GHOST_S * network.dice.random())
            self._break_soon()
        elif len(commands) > 1 and network.happens("cut_short"):
            network.trace.note(self.name, "cut short")
            self._loses_answer = True
            self._carry(commands[: network.dice.randrange(1, len(commands))])
        else:
            self._loses_answer = network.happens("unanswered")
            self._carry(commands)

    async def read(self) -> Any:
        """The next reply."""
        while not self._replies:
            if self.is_broken:
                raise BrokenConnection("Connection closed by server.")
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return self._replies.popleft()

    def close(self) -> None:
        """Close the client's end; the server hears of it behind all that was sent."""
        self._life.on_kill.pop(self, None)
        self.is_broken = self._is_deaf = True
        self._network.later(self._behind(), self._network.server.forget, self._peer)

    def _crash(self, commands: Commands) -> None:
        moment = self._network.dice.randrange(3)
        self._network.trace.note(self.name, "crash", ("before", "after", "at answer")[moment])
        if moment == 2:
            self._dies_at_answer = True
        if moment:
            self._carry(commands)
        if moment < 2:
            self._life.kill()

    def _carry(self, commands: Commands, delay_s: float | None = None) -> None:
        network = self._network
        self._requests.append(commands)
        network.carried += 1
        self._requested_s = max(
            self._requested_s,
            network.loop.time() + (network.latency_s() if delay_s is None else delay_s),
        )
        network.later(self._requested_s - network.loop.time(), self._arrive)

    def _behind(self) -> float:
        now_s = self._network.loop.time()
        return max(0.0, self._requested_s - now_s) + LATENCY_S

    def _arrive(self) -> None:
        self._network.carried -= 1
        self._network.server.arrived(self._peer, self._requests.popleft())

    def _break_soon(self) -> None:
        self._network.later(self._network.latency_s(), self._break)

    def _break(self) -> None:
        self.is_broken = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # --- the server's end ---

    def answer(self, replies: list[Any]) -> None:
        """Put replies on their way."""
        network = self._network
        if self._dies_at_answer:
            self._life.kill()
        if self._is_deaf:
            return
        if self._loses_answer:
            network.trace.note(self.name, "unanswered")
            self._break_soon()
            return
        self._on_way.append(replies)
        self._answered_s = max(self._answered_s, network.loop.time() + network.latency_s())
        network.later(self._answered_s - network.loop.time(), self._deliver)

    def hang_up(self) -> None:
        """The server is gone."""
        self._break_soon()

    def _deliver(self) -> None:
        self._replies.extend(self._on_way.popleft())
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class _Connection:
    """What a ``Wire`` takes for a connection of redis-py."""

    def __init__(self, network: Network, life: Life, purpose: str) -> None:
        self._network = network
        self._life = life
        self._purpose = purpose
        self._link: _Link | None = None

    @property
    def is_connected(self) -> bool:
        return self._link is not None

    async def connect(self) -> None:
        network = self._network
        await asyncio.sleep(network.latency_s())
        if self._life.name in network.cut_off:
            await asyncio.get_running_loop().create_future()
        if not (self._life.is_alive and network.server.is_up) or network.happens("refused"):
            raise BrokenConnection("Connection refused.")
        self._link = _Link(network, self._life, self._purpose)

    async def send_packed_command(self, packed: Sequence[bytes], check_health: bool) -> None:
        link = self._link
        if link is None or link.is_broken or not self._life.is_alive:
            raise BrokenConnection("Connection closed by server.")
        reader = hiredis.Reader()
        for part in packed:
            reader.feed(part)
        link.send([cast("Sequence[bytes]", reader.gets()) for _ in packed])

    async def read_response(self) -> Any:
        if self._link is None:
            raise BrokenConnection("Connection closed by server.")
        reply = await self._link.read()
        if isinstance(reply, ErrorReply):
            raise BaseParser.parse_error(reply.text)  # type: ignore[no-untyped-call]  # not annotated
        return _as_parsed(reply)

    async def disconnect(self, nowait: bool = False) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()


def _as_parsed(reply: Any) -> Any:
    """Errors within an answer are objects there."""
    if isinstance(reply, list):
        return [_as_parsed(part) for part in reply]
    return BaseParser.parse_error(reply.text) if isinstance(reply, ErrorReply) else reply  # type: ignore[no-untyped-call]  # not annotated
