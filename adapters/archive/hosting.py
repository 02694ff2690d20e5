"""Archiving for one tenant or many: what each is told, and the process of many."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from adapters.archive.meters import ArchiveMeters
from adapters.archive.serving import ArchiveOrder, archive_tenant
from adapters.archive.settings import ArchiveSettings
from adapters.configuration.reading import Sources, read_sources
from adapters.configuration.shared import duration_ms
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from adapters.tenants.metrics import TenantMetrics
from adapters.tenants.standing import Standing, serving
from router.errors import CallerError

__all__ = ("ArchiveRequest", "Archiving", "NoDirectory")


class NoDirectory(CallerError):
    """Nobody has said where the archive is to be."""

    def __str__(self) -> str:
        return "which directory? Give --dir, set ONEQUEUE_ARCHIVE, or archive.dir in the file"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveRequest:
    """What the command line says; ``url`` is the server of tenants that name none elsewhere."""

    config: Path | None
    tenants: Sequence[str] | None
    url: str
    new_archive: bool = False
    once: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    def settings(self, sources: Sources) -> ArchiveSettings:
        """Those of the process."""
        return sources.section("archive", ArchiveSettings, self.options)

    def orders(self, sources: Sources) -> dict[str, ArchiveOrder]:
        """An order for each tenant; several have a directory each, in that which is named.

        Raises :class:`NoDirectory`, ``TenantError`` or ``UrlError``.
        """
        settings, tenants = self.settings(sources), sources.tenants(self.tenants)
        if settings.dir is None:
            raise NoDirectory
        several = sources.are_several(tenants)
        return {
            name: ArchiveOrder(
                endpoint=Endpoint(
                    url.get_secret_value() if (url := tenant.redis_url) else self.url
                ),
                keys=Keys(name),
                directory=settings.dir / name if several else settings.dir,
                segment_bytes=settings.segment_bytes,
                snapshot_every_ms=duration_ms(settings.snapshot_every),
                keep_journal_ms=duration_ms(settings.keep_journal),
                new_archive=self.new_archive,
                once=self.once,
            )
            for name, tenant in tenants.items()
        }

    def anew(self) -> dict[str, ArchiveOrder]:
        """The orders, read again."""
        return self.orders(read_sources(self.config))


class Archiving:
    """What the archivers of one process share: their log and their page of metrics."""

    def __init__(self, logger: structlog.stdlib.BoundLogger, metrics: TenantMetrics) -> None:
        self._log = logger
        self._metrics = metrics

    async def archive(
        self, order: ArchiveOrder, standing: Standing, stopped: asyncio.Event
    ) -> None:
        """Archive one tenant until the event is set. Raises as :func:`archive_tenant` does."""
        meters = ArchiveMeters()
        self._metrics.count(standing.tenant, meters.registry)
        with serving(standing):
            await archive_tenant(order, meters, self._log.bind(tenant=standing.tenant), stopped)
