"""A process of many tenants: starts, hears signals, reads its tenants anew, and stops."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import structlog

from adapters.process.stop_signals import stop_signals
from adapters.tenants.health import TenantsHealth
from adapters.tenants.hosting import Hosting, Run
from router.errors import CallerError

if TYPE_CHECKING:
    from adapters.tenants.metrics import TenantMetrics  # who serves no metrics need not load it

__all__ = ("TenantsProcess", "beating")

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class TenantsProcess(Generic[T]):
    """Works for many tenants by ``run``, until SIGTERM or SIGINT; at SIGHUP ``anew`` reads which
    there are to be, in a thread. It raises :class:`CallerError` where that cannot be told."""

    run: Run[T]
    anew: Callable[[], Mapping[str, T]]
    logger: structlog.stdlib.BoundLogger
    health: TenantsHealth
    metrics: TenantMetrics | None = None
    afterwards: Callable[[T], T] = lambda order: order

    async def serve(self, orders: Mapping[str, T]) -> None:
        """Begin with these. Raises what has ended the first tenant once none is left."""
        hosting = Hosting(self.run, self.logger, self.afterwards)
        self.health.standings = lambda: hosting.standings
        stopped, hung_up = asyncio.Event(), asyncio.Event()
        with stop_signals(stopped.set), _on_hangup(hung_up.set):
            async with beating(self.health):
                await self._apply(hosting, orders)
                async with self._reloading(hosting, hung_up):
                    await hosting.run(stopped)
        self.logger.info("stopped")

    async def _apply(self, hosting: Hosting[T], orders: Mapping[str, T]) -> None:
        await hosting.apply(orders)
        if self.metrics is not None:
            self.metrics.follow(hosting.standings)
        self.logger.info("tenants", tenants=sorted(orders))

    @asynccontextmanager
    async def _reloading(self, hosting: Hosting[T], hung_up: asyncio.Event) -> AsyncIterator[None]:
        task = asyncio.create_task(self._reload(hosting, hung_up))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _reload(self, hosting: Hosting[T], hung_up: asyncio.Event) -> None:
        while True:
            await hung_up.wait()
            hung_up.clear()
            try:
                await self._apply(hosting, await asyncio.to_thread(self.anew))
            except (CallerError, OSError) as error:
                self.logger.error("cannot be read anew; all goes on as before", error=str(error))  # noqa: TRY400  # the message says it all


@asynccontextmanager
async def beating(health: TenantsHealth) -> AsyncIterator[None]:
    """Show meanwhile that the loop comes round."""
    task = asyncio.create_task(health.beat())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@contextmanager
def _on_hangup(call: Callable[[], object]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, call)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
