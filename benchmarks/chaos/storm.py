"""The storm: every kind of fault at its moments, each as real as the system that it happens to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from random import Random
from typing import Final, TypeAlias

from benchmarks.chaos.child import Child
from benchmarks.chaos.faults import Fault, FaultKind, moments
from benchmarks.chaos.proxy import WAYS
from benchmarks.chaos.routers import Router, Routers
from benchmarks.chaos.server import Server, now_ms
from benchmarks.floor.randomness import random_stream

__all__ = ("Storm",)

Strike: TypeAlias = Callable[[Random], Awaitable[int | None]]
"""Does one fault to its end; when it began to take effect, or None if it found nothing to hit."""

LEADER_WITHIN_S: Final = 8.0
"""How long a fault that is meant for the leader waits for one."""

SETTLED_S: Final = (0.0, 2.0)
"""What had to wait for a leader comes so much later: or each would die as it takes the lead."""

ROUTER_PAUSE_S: Final = (0.2, 3.0)
SERVER_PAUSE_S: Final = (0.05, 1.0)
SERVER_AWAY_S: Final = (0.0, 0.3)
STALL_S: Final = (0.1, 2.0)
GATEWAY_AWAY_S: Final = (0.1, 1.0)
DROP_WITHIN_S: Final = 1.0


class Storm:
    """Faults of these ``kinds`` for ``length_s`` seconds; ``faults`` are those that took effect.

    What clients do wrong they do by themselves, and write it down.
    """

    def __init__(
        self,
        server: Server,
        routers: Routers,
        gateways: Sequence[Child],
        *,
        kinds: Collection[FaultKind],
        seed: int,
        factor: float,
        length_s: float,
    ) -> None:
        self._server = server
        self._routers = routers
        self._gateways = gateways
        self._kinds = kinds
        self._seed = seed
        self._factor = factor
        self._length_s = length_s
        self._server_lock = asyncio.Lock()
        self.faults: list[Fault] = []

    async def rage(self) -> None:
        """Do everything at its moment; returns when the last fault is over."""
        began_s = asyncio.get_running_loop().time()
        strikes: dict[FaultKind, Strike] = {
            FaultKind.SERVER_KILL: self._kill_server,
            FaultKind.ROUTER_KILL: self._kill_leader,
            FaultKind.SERVER_PAUSE: self._pause_server,
            FaultKind.ROUTER_PAUSE: self._pause_leader,
            FaultKind.LINK_STALLED: self._stall_link,
            FaultKind.GATEWAY_KILL: self._kill_gateway,
            FaultKind.STANDBY_KILL: self._kill_standby,
            FaultKind.CONNECTION_CUT: self._cut_connection,
            FaultKind.REPLY_DROPPED: self._drop_reply,
        }
        async with asyncio.TaskGroup() as tasks:
            for kind, strike in strikes.items():
                if kind in self._kinds:
                    tasks.create_task(self._repeat(kind, strike, began_s))

    async def _repeat(self, kind: FaultKind, strike: Strike, began_s: float) -> None:
        random = random_stream(self._seed, "strikes", kind)
        loop = asyncio.get_running_loop()
        for moment_s in moments(kind, self._factor, self._seed):
            wait_s = began_s + moment_s - loop.time()
            if moment_s >= self._length_s:
                return
            if wait_s < 0:
                # the one before has taken until now: two at once would be another fault
                continue
            await asyncio.sleep(wait_s)
            begin_ms = await strike(random)
            if begin_ms is not None:
                self.faults.append(Fault(kind, begin_ms, now_ms()))

    async def _kill_server(self, random: Random) -> int:
        async with self._server_lock:
            begin_ms = now_ms()
            self._routers.let_through(allowed=False)
            try:
                await self._server.kill()
                await asyncio.sleep(random.uniform(*SERVER_AWAY_S))
                await self._server.start_again()
            finally:
                self._routers.let_through(allowed=True)
        return begin_ms

    async def _pause_server(self, random: Random) -> int:
        async with self._server_lock:
            begin_ms = now_ms()
            with self._server.paused():
                await asyncio.sleep(random.uniform(*SERVER_PAUSE_S))
        return begin_ms

    async def _kill_leader(self, random: Random) -> int | None:
        leader = await self._leader(random)
        begin_ms = now_ms()
        return begin_ms if leader is not None and await leader.child.kill() else None

    async def _kill_standby(self, random: Random) -> int | None:
        leader = await self._leader(random)
        if leader is None:
            return None
        begin_ms = now_ms()
        return begin_ms if await self._routers.other_than(leader).child.kill() else None

    async def _pause_leader(self, random: Random) -> int | None:
        leader = await self._leader(random)
        if leader is None:
            return None
        begin_ms = now_ms()
        with leader.child.paused():
            await asyncio.sleep(random.uniform(*ROUTER_PAUSE_S))
        return begin_ms

    async def _stall_link(self, random: Random) -> int | None:
        leader = await self._leader(random)
        if leader is None:
            return None
        begin_ms = now_ms()
        ways = random.choice([WAYS, *((way,) for way in WAYS)])
        with leader.proxy.stalled(*ways):
            await asyncio.sleep(random.uniform(*STALL_S))
        return begin_ms

    async def _cut_connection(self, random: Random) -> int | None:
        leader = await self._routers.leading(LEADER_WITHIN_S)
        return now_ms() if leader is not None and leader.proxy.cut(random) else None

    async def _drop_reply(self, _random: Random) -> int | None:
        leader = await self._routers.leading(LEADER_WITHIN_S)
        if leader is None or not await leader.proxy.drop_reply(DROP_WITHIN_S):
            return None
        return now_ms()

    async def _kill_gateway(self, random: Random) -> int | None:
        gateway = random.choice(self._gateways)
        begin_ms = now_ms()
        if not await gateway.kill():
            return None
        await asyncio.sleep(random.uniform(*GATEWAY_AWAY_S))
        await gateway.start()
        return begin_ms

    async def _leader(self, random: Random) -> Router | None:
        if self._routers.leader is None:
            await self._routers.leading(LEADER_WITHIN_S)
            await asyncio.sleep(random.uniform(*SETTLED_S))
        return self._routers.leader
