"""A router process of many tenants: starts, hears signals, reads its tenants anew, and stops."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from adapters.collecting import SharedCollecting
from adapters.observers import LogObserver, Observers
from adapters.redis.embedded import EmbeddedServer
from adapters.serving import Order, revived, route_tenant
from adapters.stop_signals import stop_signals
from adapters.tenants.health import RouterHealth
from adapters.tenants.hosting import Hosting
from adapters.tenants.shares import Shares
from adapters.tenants.standing import Standing, Watching
from router.errors import CallerError

if TYPE_CHECKING:
    from adapters.tenants.metrics import TenantMetrics  # who serves no metrics need not load it

__all__ = ("Orders", "RouterProcess", "beating")

Orders = Callable[[], Mapping[str, Order]]
"""Reads which tenants there are to be. Raises :class:`CallerError` where that cannot be told."""


@dataclass(slots=True)
class RouterProcess:
    """What all tenants of one process share, and nothing else: time, collector, page of metrics."""

    anew: Orders
    logger: structlog.stdlib.BoundLogger
    metrics: TenantMetrics | None
    health: RouterHealth
    server: EmbeddedServer | None = None
    _shares: Shares = field(default_factory=Shares)
    _collecting: SharedCollecting = field(default_factory=SharedCollecting)

    async def serve(self, orders: Mapping[str, Order]) -> None:
        """Host these tenants until SIGTERM or SIGINT; SIGHUP reads anew which there are.

        Raises what has ended the first tenant once none is left.
        """
        hosting = Hosting(self._route, self.logger)
        self.health.standings = lambda: hosting.standings
        stopped, hung_up = asyncio.Event(), asyncio.Event()
        with stop_signals(stopped.set), _on_hangup(hung_up.set):
            async with revived(self.server, self.logger), beating(self.health):
                await self._apply(hosting, orders)
                async with self._reloading(hosting, hung_up):
                    await hosting.run(stopped)
        self.logger.info("stopped")

    async def _route(self, order: Order, standing: Standing, stopped: asyncio.Event) -> None:
        tenant = standing.tenant
        logger = self.logger.bind(tenant=tenant)
        counting = () if self.metrics is None else (self.metrics.of(tenant),)
        observers = (LogObserver(logger), self._collecting, Watching(standing), *counting)
        share = self._shares.join()
        try:
            await route_tenant(order, Observers(observers), logger, stopped, share)
        finally:
            self._shares.leave(share)

    async def _apply(self, hosting: Hosting, orders: Mapping[str, Order]) -> None:
        await hosting.apply(orders)
        if self.metrics is not None:
            self.metrics.follow(hosting.standings)
        self.logger.info("tenants", tenants=sorted(orders))

    @asynccontextmanager
    async def _reloading(self, hosting: Hosting, hung_up: asyncio.Event) -> AsyncIterator[None]:
        task = asyncio.create_task(self._reload(hosting, hung_up))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _reload(self, hosting: Hosting, hung_up: asyncio.Event) -> None:
        while True:
            await hung_up.wait()
            hung_up.clear()
            try:
                await self._apply(hosting, await asyncio.to_thread(self.anew))
            except (CallerError, OSError) as error:
                self.logger.error("cannot be read anew; all goes on as before", error=str(error))  # noqa: TRY400  # the message says it all


@asynccontextmanager
async def beating(health: RouterHealth) -> AsyncIterator[None]:
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
