"""The storm: what happens to processes, the server and the way between them, until it ceases."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from adapters.redis.keys import Keys
from adapters.redis.standbys import hand_over
from router.errors import StoreUnavailable
from tests.simulation.loop import Life
from tests.simulation.network import Network
from tests.simulation.odds import Odds
from tests.simulation.processes import Process

__all__ = ("Storm",)

STEPS_MAX: Final = 400
FREEZE_S: Final = 15.0
CUT_OFF_S: Final = 12.0
STALL_S: Final = 12.0
DOWN_S: Final = 2.0
AHEAD_S: Final = 60.0
BACK_S: Final = 2.0


class Storm:
    """Draws what happens and when. ``processes`` tells who runs, ``usurp`` starts one more
    router."""

    def __init__(
        self,
        network: Network,
        keys: Keys,
        odds: Odds,
        processes: Callable[[], list[Process]],
        usurp: Callable[[], None],
        forget: Callable[[], None],
        lose: Callable[[float], None],
    ) -> None:
        self.back_s = 0.0
        """How far the clock has jumped back altogether."""

        self._network = network
        self._keys = keys
        self._dice = network.dice
        self._odds = odds
        self._processes = processes
        self._usurp = usurp
        self._forget = forget
        self._lose = lose
        self._frozen: list[Process] = []
        self._mishaps: dict[str, Callable[[], Awaitable[None]]] = {
            "kill": self._kill,
            "step_kill": self._step_kill,
            "terminate": self._terminate,
            "freeze": self._freeze,
            "cut_off": self._cut_off,
            "handover": self._handover,
            "usurp": self._another,
            "stall": self._stall,
            "restart": self._restart,
            "power_cut": self._power_cut,
            "clock_ahead": self._ahead,
            "clock_back": self._back,
            "forget": self._gateway,
        }

    async def rage(self) -> None:
        """Go on until cancelled."""
        rates = {name: getattr(self._odds, name) for name in self._mishaps}
        if not any(rates.values()):
            return
        async with asyncio.TaskGroup() as group:
            while True:
                await asyncio.sleep(self._dice.expovariate(sum(rates.values())))
                (name,) = self._dice.choices(list(rates), list(rates.values()))
                group.create_task(self._mishap(name))

    async def _mishap(self, name: str) -> None:
        self._network.trace.note("storm", name)
        await self._mishaps[name]()

    def cease(self) -> None:
        """Let everything go on that stands still."""
        network = self._network
        network.cut_off.clear()
        for process in self._frozen:
            process.life.thaw(network.loop)
        for process in self._processes():
            process.life.steps_left = -1
        network.server.start()
        network.server.go_on()

    def _any(self) -> Process | None:
        processes = self._processes()
        return self._dice.choice(processes) if processes else None

    async def _kill(self) -> None:
        process = self._any()
        if process is not None:
            process.life.kill()

    async def _step_kill(self) -> None:
        process = self._any()
        if process is not None:
            process.life.steps_left = self._dice.randrange(STEPS_MAX)

    async def _terminate(self) -> None:
        process = self._any()
        if process is not None:
            process.terminate()

    async def _freeze(self) -> None:
        process = self._any()
        if process is None or process.life.is_frozen:
            return
        process.life.freeze()
        self._frozen.append(process)
        await self._some(FREEZE_S)
        process.life.thaw(self._network.loop)

    async def _cut_off(self) -> None:
        process = self._any()
        if process is not None:
            self._network.cut_off.add(process.name)
            await self._some(CUT_OFF_S)
            self._network.cut_off.discard(process.name)

    async def _handover(self) -> None:
        """As ``onequeue handover`` would, from whoever has the lease to whoever else runs."""
        leader = self._network.server.model.text(self._keys.leader)
        others = [each.name for each in self._processes() if each.name != leader]
        if others:
            wire = self._network.endpoint(Life("handover"), 1.0).wire("handover")
            with suppress(StoreUnavailable):
                await hand_over(wire, self._keys, leader, self._dice.choice(others))

    async def _another(self) -> None:
        self._usurp()

    async def _stall(self) -> None:
        self._network.server.stall()
        await self._some(STALL_S)
        self._network.server.go_on()

    async def _restart(self) -> None:
        self._network.server.end()
        await self._some(DOWN_S)
        self._network.server.start()

    async def _power_cut(self) -> None:
        """The server forgets its last second; whoever had read of it is not there any more."""
        self._network.server.end()
        self._lose(self._network.loop.time() - self._dice.random())
        await self._some(DOWN_S)
        self._network.server.start()

    async def _ahead(self) -> None:
        self._network.server.jump(int(1_000_000 * AHEAD_S * self._dice.random() ** 4))

    async def _back(self) -> None:
        by_s = BACK_S * self._dice.random() ** 2
        self.back_s += by_s
        self._network.server.jump(-int(1_000_000 * by_s))

    async def _gateway(self) -> None:
        self._forget()

    async def _some(self, most_s: float) -> None:
        """Mostly a little while, sometimes a long one."""
        await asyncio.sleep(most_s * self._dice.random() ** 3)
