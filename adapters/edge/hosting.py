"""The edge of one tenant or many: what each is told, and the process of many."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from adapters.configuration.reading import Sources, read_sources
from adapters.configuration.shared import TenantSettings
from adapters.edge.classifying import ready_rules
from adapters.edge.document import load_edge_rules
from adapters.edge.meters import EdgeMeters
from adapters.edge.rules import EdgeRules
from adapters.edge.serving import EdgeOrder, work_for_tenant
from adapters.edge.settings import EdgeSettings
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from adapters.tenants.metrics import TenantMetrics
from adapters.tenants.standing import Standing, serving
from router.errors import CallerError

__all__ = ("EdgeRequest", "Edges", "NoRules", "TenantEdge")


class NoRules(CallerError):
    """Nobody has said by which rules a tenant's edge works."""

    def __init__(self, tenant: str) -> None:
        super().__init__(tenant)
        self.tenant = tenant

    def __str__(self) -> str:
        return (
            f"tenant {self.tenant}: by which rules? Name a file of rules, or edge.rules or the "
            "tenant's edge_rules in the configuration"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantEdge:
    """Where the edge of a tenant works, and by which rules."""

    endpoint: Endpoint
    keys: Keys
    rules: EdgeRules

    def order(self) -> EdgeOrder:
        """The same with its rules ready to ask; who works by it closes them."""
        return EdgeOrder(endpoint=self.endpoint, keys=self.keys, rules=ready_rules(self.rules))


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeRequest:
    """What the command line says; ``url`` finds the server of tenants that name none."""

    config: Path | None
    tenants: Sequence[str] | None
    url: Callable[[Sources], str]
    options: Mapping[str, Any] = field(default_factory=dict)

    def settings(self, sources: Sources) -> EdgeSettings:
        """Those of the process."""
        return sources.section("edge", EdgeSettings, self.options)

    def edges(self, sources: Sources) -> dict[str, TenantEdge]:
        """The edge of each tenant; rules that are named by an option hold for all.

        Raises :class:`NoRules`, ``EdgeFileError``, ``DocumentUnreadableError``, ``TenantError`` or
        ``UrlError``.
        """
        settings, tenants = self.settings(sources), sources.tenants(self.tenants)
        rules = {name: self._rules(name, one, settings) for name, one in tenants.items()}
        url = self.url(sources)
        return {
            name: TenantEdge(
                endpoint=Endpoint(tenant.url_or(url)), keys=Keys(name), rules=rules[name]
            )
            for name, tenant in tenants.items()
        }

    def _rules(self, name: str, tenant: TenantSettings, settings: EdgeSettings) -> EdgeRules:
        file = self.options.get("rules") or tenant.edge_rules or settings.rules
        if file is None:
            raise NoRules(name)
        return load_edge_rules(file)

    def anew(self) -> dict[str, TenantEdge]:
        """The edges, read again."""
        return self.edges(read_sources(self.config))


class Edges:
    """What the edges of one process share: their log and their page of metrics."""

    def __init__(self, logger: structlog.stdlib.BoundLogger, metrics: TenantMetrics) -> None:
        self._log = logger
        self._metrics = metrics

    async def work(self, edge: TenantEdge, standing: Standing, stopped: asyncio.Event) -> None:
        """Work for one tenant until the event is set. Raises as :func:`work_for_tenant` does."""
        meters = EdgeMeters()
        self._metrics.count(standing.tenant, meters.registry)
        logger = self._log.bind(tenant=standing.tenant)
        with serving(standing):
            await work_for_tenant(edge.order(), meters, logger, stopped)
