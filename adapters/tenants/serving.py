"""Routers of many tenants in one process: what they share, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from adapters.leading.collecting import SharedCollecting
from adapters.leading.observers import LogObserver, Observers
from adapters.leading.serving import Order, revived, route_tenant
from adapters.redis.embedded import EmbeddedServer
from adapters.tenants.health import TenantsHealth
from adapters.tenants.process import TenantsProcess
from adapters.tenants.shares import Shares
from adapters.tenants.standing import Standing, Watching

if TYPE_CHECKING:
    from adapters.tenants.metrics import TenantMetrics  # who serves no metrics need not load it

__all__ = ("Routing", "serve_tenants")


class Routing:
    """The time and the collector of the process, and its page of metrics."""

    def __init__(self, logger: structlog.stdlib.BoundLogger, metrics: TenantMetrics | None) -> None:
        self._log = logger
        self._metrics = metrics
        self._shares = Shares()
        self._collecting = SharedCollecting()

    async def route(self, order: Order, standing: Standing, stopped: asyncio.Event) -> None:
        """Route one tenant until the event is set. Raises as :func:`route_tenant` does."""
        logger = self._log.bind(tenant=standing.tenant)
        counting = () if self._metrics is None else (self._metrics.of_router(standing.tenant),)
        observers = (LogObserver(logger), self._collecting, Watching(standing), *counting)
        share = self._shares.join()
        try:
            await route_tenant(order, Observers(observers), logger, stopped, share)
        finally:
            self._shares.leave(share)


async def serve_tenants(
    orders: Mapping[str, Order],
    anew: Callable[[], Mapping[str, Order]],
    logger: structlog.stdlib.BoundLogger,
    health: TenantsHealth,
    metrics: TenantMetrics | None = None,
    server: EmbeddedServer | None = None,
) -> None:
    """Route these tenants until SIGTERM or SIGINT; SIGHUP reads ``anew`` which there are to be.

    Raises what has ended the first of them once none is left.
    """
    process = TenantsProcess(
        run=Routing(logger, metrics).route,
        anew=anew,
        logger=logger,
        health=health,
        metrics=metrics,
        afterwards=_afterwards,
    )
    async with revived(server, logger):
        await process.serve(orders)


def _afterwards(order: Order) -> Order:
    """Who is started again takes nothing from anybody, and gives no journal up."""
    return replace(order, takeover=False, new_journal=False)
