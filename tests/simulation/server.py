"""The server of the simulation: the model behind connections, with a clock, stalls and restarts."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import Context
from random import Random
from typing import Any, Final, Protocol, TypeAlias

from tests.simulation.loop import VirtualLoop
from tests.simulation.store.keyspace import Keyspace
from tests.simulation.store.model import Blocked, Model, Session
from tests.simulation.trace import Trace

__all__ = ("BEGIN_US", "Commands", "Peer", "Server")

BEGIN_US: Final = 1_700_000_000_000_000
Commands: TypeAlias = Sequence[Sequence[bytes]]


class _Client(Protocol):
    """The other end of a connection."""

    name: str

    def answer(self, replies: list[Any]) -> None: ...

    def hang_up(self) -> None: ...


class Peer:
    """A connection as the server has it."""

    def __init__(self, client: _Client) -> None:
        self.client = client
        self.session = Session()
        self.unread: deque[Sequence[bytes]] = deque()
        self.blocked: Blocked | None = None
        self.until_us: int | None = None
        self.timer: asyncio.TimerHandle | None = None


class Server:
    """Carries out what arrives, one command at a time. ``looked`` is called after each of them."""

    def __init__(
        self, loop: VirtualLoop, dice: Random, trace: Trace, looked: Callable[[Keyspace], None]
    ) -> None:
        self.model = Model(self.now_us)
        self.is_up = True
        self.is_stalled = False
        self._loop = loop
        self._dice = dice
        self._trace = trace
        self._looked = looked
        self._offset_us = BEGIN_US
        self._written_s: list[float] = []
        """When each of the model's commands was written."""

        self._peers: list[Peer] = []
        self._context = Context()

    def now_us(self) -> int:
        """The server's wall clock."""
        return self._offset_us + int(self._loop.time() * 1_000_000)

    # --- connections ---

    def accept(self, client: _Client) -> Peer:
        """A new connection."""
        peer = Peer(client)
        self._peers.append(peer)
        return peer

    def arrived(self, peer: Peer, commands: Commands) -> None:
        """Commands have come in over a connection."""
        if peer in self._peers:
            peer.unread.extend(commands)
            self._serve(peer)

    def forget(self, peer: Peer) -> None:
        """A connection was closed by its client."""
        if peer in self._peers:
            self._peers.remove(peer)
            self._unblock(peer)

    # --- faults ---

    def stall(self) -> None:
        """Stand still (SIGSTOP): what arrives waits."""
        self.is_stalled = True

    def go_on(self) -> None:
        """Take up what has arrived meanwhile, connection by connection."""
        self.is_stalled = False
        waiting = list(self._peers)
        self._dice.shuffle(waiting)
        for peer in waiting:
            self._time_out(peer)
            self._serve(peer)

    def end(self) -> None:
        """Be killed: connections break, what lives in memory alone is gone."""
        self.is_up = self.is_stalled = False
        peers, self._peers = self._peers, []
        for peer in peers:
            self._unblock(peer)
            peer.client.hang_up()
        self.model.restart()

    def start(self) -> None:
        """Be started again on the same data."""
        self.is_up = True

    def lose(self, since_s: float) -> None:
        """Forget what was written since then, as after a loss of power; all that is left is looked
        at anew."""
        kept = bisect_left(self._written_s, since_s)
        self._trace.note("server", "loses", len(self._written_s) - kept)
        self._written_s = self._written_s[:kept]
        for _ in self.model.lose_all_but(kept):
            self._looked(self.model.keys)
            self.model.keys.grown.clear()

    def jump(self, by_us: int) -> None:
        """Set the clock; who waits for a time waits until then by the new one."""
        self._offset_us += by_us
        for peer in self._peers:
            if peer.blocked is not None:
                self._set_timer(peer)

    # --- commands ---

    def _serve(self, peer: Peer) -> None:
        replies: list[Any] = []
        while peer.unread and peer.blocked is None and not self.is_stalled:
            command = peer.unread.popleft()
            reply = self.model.execute(peer.session, command)
            if isinstance(reply, Blocked):
                self._block(peer, reply)
                break
            self._trace.note(peer.client.name, "command", command, reply)
            replies.append(reply)
            self._looked(self.model.keys)
            new = len(self.model.written) - len(self._written_s)
            self._written_s += [self._loop.time()] * new
        if replies:
            peer.client.answer(replies)
        if self.model.keys.grown:
            self.model.keys.grown.clear()
            self._wake_readers()

    def _wake_readers(self) -> None:
        for peer in [each for each in self._peers if each.blocked is not None]:
            blocked = peer.blocked
            found = self.model.unblock(blocked) if blocked is not None else None
            if found is not None:
                self._released(peer, found)

    def _block(self, peer: Peer, blocked: Blocked) -> None:
        peer.blocked = blocked
        block_ms = blocked.wanted.block_ms
        peer.until_us = self.now_us() + block_ms * 1_000 if block_ms else None
        self._set_timer(peer)

    def _set_timer(self, peer: Peer) -> None:
        if peer.timer is not None:
            peer.timer.cancel()
        if peer.until_us is not None:
            left_s = max(0, peer.until_us - self.now_us()) / 1_000_000
            peer.timer = self._loop.call_later(left_s, self._time_out, peer, context=self._context)

    def _time_out(self, peer: Peer) -> None:
        """Nothing has come within the time that a read was to wait."""
        is_over = peer.until_us is not None and self.now_us() >= peer.until_us
        if peer.blocked is not None and is_over and not self.is_stalled:
            self._released(peer, None)

    def _released(self, peer: Peer, reply: Any) -> None:
        self._unblock(peer)
        self._trace.note(peer.client.name, "read", reply)
        peer.client.answer([reply])
        self._serve(peer)

    def _unblock(self, peer: Peer) -> None:
        if peer.timer is not None:
            peer.timer.cancel()
        peer.blocked = peer.until_us = peer.timer = None
