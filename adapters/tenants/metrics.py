"""The metrics of many tenants as one page: each sample gets the label `tenant`.

Every tenant counts on a registry of its own, so that one which is started anew begins at 0, and one
that has left is gone from the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from adapters.metering.metrics import Metrics, add_process_metrics
from adapters.tenants.standing import Standing, State

__all__ = ("TenantMetrics",)

LABEL: Final = "tenant"
OF_THE_PROCESS: Final = ("process_", "python_")
"""What a registry has of these is there once, for all."""


class TenantMetrics(Collector):
    """All of them, on ``registry``, beside those of the process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._of: dict[str, CollectorRegistry] = {}
        self._standings: Mapping[str, Standing] = {}
        self.registry.register(self)
        add_process_metrics(self.registry)

    def count(self, tenant: str, registry: CollectorRegistry) -> None:
        """Show a tenant's registry, in place of the one that it had."""
        self._of[tenant] = registry

    def of_router(self, tenant: str) -> Metrics:
        """New metrics of a tenant's router, in place of those that it had."""
        metrics = Metrics(alone=False)
        self.count(tenant, metrics.registry)
        return metrics

    def follow(self, standings: Mapping[str, Standing]) -> None:
        """These tenants are hosted now: what others had is dropped."""
        self._standings = standings
        self._of = {name: registry for name, registry in self._of.items() if name in standings}

    def collect(self) -> list[Metric]:
        """Every family once, with the samples of all tenants. Called from another thread."""
        families: dict[str, Metric] = {}
        for tenant, registry in list(self._of.items()):
            for family in registry.collect():
                if not family.name.startswith(OF_THE_PROCESS):
                    _merge(families, family, tenant)
        return [*families.values(), *self._of_standings()]

    def _of_standings(self) -> Iterator[Metric]:
        ready = GaugeMetricFamily(
            "onequeue_tenant_ready", "1 when it is served, or could be at once", labels=[LABEL]
        )
        failed = GaugeMetricFamily(
            "onequeue_tenant_failed", "1 when it has failed, and waits for a person", labels=[LABEL]
        )
        for name, standing in list(self._standings.items()):
            ready.add_metric([name], standing.is_ready)
            failed.add_metric([name], standing.state is State.FAILED)
        yield from (ready, failed)


def _merge(families: dict[str, Metric], family: Metric, tenant: str) -> None:
    merged = families.get(family.name)
    if merged is None:
        merged = families[family.name] = Metric(
            family.name, family.documentation, family.type, family.unit
        )
    merged.samples += [
        sample._replace(labels={LABEL: tenant, **sample.labels}) for sample in family.samples
    ]
