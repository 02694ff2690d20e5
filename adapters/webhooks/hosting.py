"""Delivering for one tenant or many: what each is told, and the process of many."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from adapters.configuration.reading import Sources, read_sources
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from adapters.tenants.metrics import TenantMetrics
from adapters.tenants.standing import Standing, serving
from adapters.webhooks.meters import WebhookMeters
from adapters.webhooks.serving import WebhookOrder, deliver_for_tenant
from adapters.webhooks.settings import WebhookSettings

__all__ = ("Delivering", "WebhookRequest")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """What the command line says; ``url`` finds the server of tenants that name none."""

    config: Path | None
    tenants: Sequence[str] | None
    url: Callable[[Sources], str]
    options: Mapping[str, Any] = field(default_factory=dict)

    def settings(self, sources: Sources) -> WebhookSettings:
        """Those of the process."""
        return sources.section("webhooks", WebhookSettings, self.options)

    def orders(self, sources: Sources) -> dict[str, WebhookOrder]:
        """An order for each tenant; of several, each has its archive in a directory of its name.

        Raises ``TenantError`` or ``UrlError``.
        """
        settings, tenants = self.settings(sources), sources.tenants(self.tenants)
        several, url = sources.are_several(tenants), self.url(sources)
        archive = settings.archive
        return {
            name: WebhookOrder(
                endpoint=Endpoint(tenant.url_or(url)),
                keys=Keys(name),
                destinations=settings.destinations,
                terms=settings.terms,
                archive=archive / name if several and archive is not None else archive,
            )
            for name, tenant in tenants.items()
        }

    def anew(self) -> dict[str, WebhookOrder]:
        """The orders, read again."""
        return self.orders(read_sources(self.config))


class Delivering:
    """What the tenants of one process share: their log and their page of metrics."""

    def __init__(self, logger: structlog.stdlib.BoundLogger, metrics: TenantMetrics) -> None:
        self._log = logger
        self._metrics = metrics

    async def deliver(
        self, order: WebhookOrder, standing: Standing, stopped: asyncio.Event
    ) -> None:
        """Deliver for one tenant until the event is set. Raises as :func:`deliver_for_tenant`."""
        meters = WebhookMeters()
        self._metrics.count(standing.tenant, meters.registry)
        with serving(standing):
            await deliver_for_tenant(order, meters, self._log.bind(tenant=standing.tenant), stopped)
