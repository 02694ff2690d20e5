"""Runs the chaos: starts everything, lets the storm rage, waits until all is quiet."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from benchmarks.chaos.child import Child
from benchmarks.chaos.evidence import Evidence, gather
from benchmarks.chaos.faults import Fault, FaultKind
from benchmarks.chaos.progress import Progress
from benchmarks.chaos.routers import Routers, routers_of
from benchmarks.chaos.scenario import INBOXES, TENANT
from benchmarks.chaos.server import Server, now_ms
from benchmarks.chaos.settings import Settings
from benchmarks.chaos.storm import Storm
from benchmarks.chaos.watch import Watch
from benchmarks.demo.processes import NotReady

__all__ = ("run",)

READY_S_MAX: Final = 60.0
DRAIN_S_MAX: Final = 120.0
POLL_S: Final = 0.1
OPENS_AFTER_MS: Final = 3_000
"""Time for the clients' processes to start before the first customer is due."""


async def run(settings: Settings, directory: Path, progress: Progress) -> Evidence:
    """Run it with all files in ``directory``, and gather the evidence once all is quiet.

    Raises ``ServerStartError``, ``ChildDied`` or :class:`NotReady`.
    """
    for name in ("logs", "ledgers"):
        (directory / name).mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        server = Server(settings.server, directory / "data", settings.appendfsync, TENANT)
        stack.push_async_callback(server.stop)
        await server.start()
        socket = unquote(urlsplit(server.url).path)
        routers = await stack.enter_async_context(routers_of(socket, directory / "logs"))
        chaos = _Chaos(settings, server, routers, directory, progress)
        stack.push_async_callback(chaos.end_clients)
        faults = await chaos.play()
        progress.say("All is quiet; reading the journal and the ledgers ...")
        return await gather(server, routers, directory / "ledgers", faults, chaos.left_open)


class _Chaos:
    """One run, step by step."""

    def __init__(
        self,
        settings: Settings,
        server: Server,
        routers: Routers,
        directory: Path,
        progress: Progress,
    ) -> None:
        self._settings = settings
        self._server = server
        self._routers = routers
        self._directory = directory
        self._logs = directory / "logs"
        self._progress = progress
        self._watch = Watch(server.client)
        self._clients: list[Child] = []
        self.left_open = 0
        """Interactions that had not ended when the patience was over."""

    async def play(self) -> list[Fault]:
        """Start everything, let the storm pass, wait for what it has left; the faults."""
        try:
            async with asyncio.TaskGroup() as tasks:
                following = tasks.create_task(self._watch.follow())
                keeping = tasks.create_task(self._keep())
                faults = await self._play()
                following.cancel()
                keeping.cancel()
        except ExceptionGroup as group:
            raise _first(group) from None
        await self._routers.stop()
        return faults

    async def end_clients(self) -> None:
        """End what is left of them, at once."""
        for client in self._clients:
            await client.kill()

    async def _play(self) -> list[Fault]:
        await self._routers.start()
        await self._until("a router to lead", "policy_replaced", 1)
        opens_ms = now_ms() + OPENS_AFTER_MS
        gateways = [await self._start_gateway(inbox, opens_ms) for inbox in INBOXES]
        customers = await self._start(
            "customers", "customers_process", opens_ms, f"--load={self._settings.load}"
        )
        await self._until("the agents to log in", "agent_logged_in", self._settings.agents)
        await asyncio.sleep(max(0, opens_ms - now_ms()) / 1_000)
        faults = await self._weather(gateways)
        await self._drain(gateways, customers)
        return faults

    async def _weather(self, gateways: list[Child]) -> list[Fault]:
        asked = self._settings
        storm = Storm(
            self._server,
            self._routers,
            gateways,
            kinds=asked.kinds,
            seed=asked.seed,
            factor=asked.rate,
            length_s=asked.length_s,
        )
        showing = asyncio.create_task(self._progress.show(self._watch, storm.faults))
        try:
            await asyncio.gather(storm.rage(), asyncio.sleep(asked.length_s))
        finally:
            showing.cancel()
        return storm.faults

    async def _drain(self, gateways: list[Child], customers: Child) -> None:
        """Wait until everything has ended and every command has its outcome, but not for ever."""
        self._progress.say("The storm is over; waiting until everything has ended ...")

        async def have_arrived() -> bool:
            return customers.status is not None

        async def is_over() -> bool:
            return not self._watch.open and await self._watch.has_caught_up()

        if not await _reached(have_arrived, DRAIN_S_MAX):
            raise NotReady("the last customer to arrive", DRAIN_S_MAX, self._logs)
        if not await _reached(is_over, DRAIN_S_MAX):
            self.left_open = self._watch.open
        for gateway in gateways:
            await gateway.stop()
        # what then has no outcome is found by the verdict
        await _reached(self._watch.has_caught_up, DRAIN_S_MAX)

    async def _keep(self) -> None:
        """Start routers again that have ended, as a service manager does; nobody else may end."""
        while True:
            await self._routers.revive()
            for client in self._clients:
                client.require_alive(may_end=client.name == "customers")
            await asyncio.sleep(POLL_S)

    async def _start_gateway(self, inbox: str, opens_ms: int) -> Child:
        asked = self._settings
        duplicates = asked.rate / len(INBOXES) if FaultKind.CLIENT_DUPLICATE in asked.kinds else 0
        options = (f"--inbox={inbox}", f"--agents={asked.agents}", f"--duplicates={duplicates}")
        return await self._start(inbox, "gateway_process", opens_ms, *options)

    async def _start(self, name: str, module: str, opens_ms: int, *options: str) -> Child:
        asked = self._settings
        shared = (
            f"--redis={self._server.url}",
            f"--ledger={self._directory / 'ledgers' / name}",
            f"--seed={asked.seed}",
            f"--opens-ms={opens_ms}",
            f"--length-s={asked.length_s}",
        )
        child = Child(name, f"benchmarks.chaos.{module}", [*shared, *options], self._logs)
        self._clients.append(child)
        await child.start()
        return child

    async def _until(self, what: str, kind: str, count: int) -> None:
        async def is_so() -> bool:
            return self._watch.counts[kind] >= count

        if not await _reached(is_so, READY_S_MAX):
            raise NotReady(what, READY_S_MAX, self._logs)


def _first(error: Exception) -> Exception:
    """Of several errors at once, the first says why."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


async def _reached(is_so: Callable[[], Awaitable[bool]], within_s: float) -> bool:
    """Wait until something is so; whether it was in time."""
    try:
        async with asyncio.timeout(within_s):
            while not await is_so():  # noqa: ASYNC110  (processes, not tasks)
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        return False
    return True
