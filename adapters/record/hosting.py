"""Keeping records for one tenant or many: what each is told, and the process of many."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from adapters.configuration.reading import Sources, read_sources
from adapters.record.database import DEFAULT_URL
from adapters.record.meters import RecordMeters
from adapters.record.serving import RecordOrder, follow_tenant
from adapters.record.settings import RecordSettings
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from adapters.tenants.metrics import TenantMetrics
from adapters.tenants.standing import Standing, serving

__all__ = ("Keeping", "RecordRequest", "url_of")


def url_of(settings: RecordSettings) -> str:
    """The database that is meant."""
    return settings.url.get_secret_value() if settings.url else DEFAULT_URL


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRequest:
    """What the command line says; ``url`` finds the Redis server of tenants that name none."""

    config: Path | None
    tenants: Sequence[str] | None
    url: Callable[[Sources], str]
    options: Mapping[str, Any] = field(default_factory=dict)

    def settings(self, sources: Sources) -> RecordSettings:
        """Those of the process."""
        return sources.section("record", RecordSettings, self.options)

    def orders(self, sources: Sources) -> dict[str, RecordOrder]:
        """An order for each tenant; of several, each has its archive in a directory of its name.

        Raises ``TenantError`` or ``UrlError``.
        """
        settings, tenants = self.settings(sources), sources.tenants(self.tenants)
        several, url = sources.are_several(tenants), self.url(sources)
        archive = settings.archive
        return {
            name: RecordOrder(
                endpoint=Endpoint(tenant.url_or(url)),
                keys=Keys(name),
                url=url_of(settings),
                archive=archive / name if several and archive is not None else archive,
            )
            for name, tenant in tenants.items()
        }

    def anew(self) -> dict[str, RecordOrder]:
        """The orders, read again."""
        return self.orders(read_sources(self.config))


class Keeping:
    """What the tenants of one process share: their log and their page of metrics."""

    def __init__(self, logger: structlog.stdlib.BoundLogger, metrics: TenantMetrics) -> None:
        self._log = logger
        self._metrics = metrics

    async def keep(self, order: RecordOrder, standing: Standing, stopped: asyncio.Event) -> None:
        """Keep one tenant's record until the event is set. Raises as :func:`follow_tenant`."""

        meters = RecordMeters(standing)
        self._metrics.count(standing.tenant, meters.registry)
        with serving(standing):
            await follow_tenant(order, meters, self._log.bind(tenant=standing.tenant), stopped)
