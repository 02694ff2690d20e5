"""Two routers, each behind a proxy of its own: one leads, the other follows.

Whichever ends is started again.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from adapters.cli.output import Exit
from benchmarks.chaos.child import Child
from benchmarks.chaos.proxy import Proxy
from benchmarks.chaos.scenario import POLICY_FILE, TENANT
from benchmarks.demo.log_lines import last_words

__all__ = ("Router", "Routers", "routers_of")

COUNT: Final = 2
POLL_S: Final = 0.02


class Router:
    """One router and its link to the server."""

    def __init__(self, name: str, proxy: Proxy, logs: Path) -> None:
        self.name = name
        self.proxy = proxy
        where = ["--redis", proxy.url, "--tenant", TENANT, "--policy", str(POLICY_FILE)]
        options = [*where, "--log-format", "json"]
        self.child = Child(name, "adapters.cli.main", ["serve", *options], logs)

    @property
    def appended_at_s(self) -> float | None:
        """When this life of it last wrote to the journal; None if it has not."""
        at_s = self.proxy.appended_at_s
        return at_s if self.child.status is None and at_s > self.child.started_at_s else None


class Routers:
    """Those that are there, and how some of them ended by themselves."""

    def __init__(self, routers: Sequence[Router]) -> None:
        self._routers = routers
        self.fenced = 0
        """How often one found that another had taken the lead."""

        self.failures: list[str] = []
        """Ends that nobody has asked for, but for being fenced."""

    @property
    def proxies(self) -> list[Proxy]:
        """The links of all."""
        return [router.proxy for router in self._routers]

    @property
    def leader(self) -> Router | None:
        """Who wrote last; None before the next one has."""
        writing = [router for router in self._routers if router.appended_at_s is not None]
        return max(writing, key=lambda router: router.appended_at_s or 0.0, default=None)

    async def leading(self, within_s: float) -> Router | None:
        """The leader, once there is one; None if there is none in time."""
        try:
            async with asyncio.timeout(within_s):
                while (leader := self.leader) is None:  # noqa: ASYNC110  (processes, not tasks)
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            return None
        return leader

    def other_than(self, router: Router) -> Router:
        """The one that does not lead."""
        return next(other for other in self._routers if other is not router)

    async def start(self) -> None:
        """Start all of them."""
        for router in self._routers:
            await router.child.start()

    async def revive(self) -> None:
        """Start those again that have ended, and note why."""
        for router in self._routers:
            if router.child.status is not None:
                self._note(router)
                await router.child.start()

    def let_through(self, *, allowed: bool) -> None:
        """Open or close the way to the server."""
        for proxy in self.proxies:
            proxy.refusing = not allowed

    async def stop(self) -> None:
        """Stop all of them, and note those that do not end as they should."""
        for router in self._routers:
            await router.child.stop()
            # one that has just been started does not listen to signals yet
            if router.child.status not in {Exit.OK, -signal.SIGTERM}:
                self.failures.append(_told(router))

    def _note(self, router: Router) -> None:
        if not router.child.ended_by_itself:
            return
        if router.child.status == Exit.FENCED:
            self.fenced += 1
        else:
            self.failures.append(_told(router))


@asynccontextmanager
async def routers_of(server_socket: str, logs: Path) -> AsyncIterator[Routers]:
    """Routers that are yet to be started; none outlives the context."""
    async with AsyncExitStack() as stack:
        made = []
        for number in range(1, COUNT + 1):
            proxy = await stack.enter_async_context(Proxy(server_socket))
            made.append(Router(f"router-{number}", proxy, logs))
            stack.push_async_callback(made[-1].child.kill)
        yield Routers(made)


def _told(router: Router) -> str:
    child = router.child
    return f"{router.name} ended with status {child.status}: {last_words(child.log)}"
