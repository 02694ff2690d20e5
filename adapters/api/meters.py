"""What the API process tells Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from prometheus_client import Metric

    from adapters.projection.freshness import Freshness

__all__ = ("ApiMeters",)

BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
ENRICHMENT_BUCKETS_S: Final = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
NO_ROUTE: Final = "none"


class ApiMeters:
    """Requests by route template, method and status; what is in flight; how fresh reads are."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "onequeue_api_requests_total",
            "Requests that were answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "onequeue_api_request_seconds",
            "How long they took, from the first byte to the begin of the answer.",
            ("method", "route"),
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self._in_flight = Gauge(
            "onequeue_api_in_flight", "Requests that are being answered.", registry=self.registry
        )
        self._denied = Counter(
            "onequeue_api_denied_changes_total",
            "Changes that were asked for by somebody who is known and may not make them.",
            registry=self.registry,
        )
        self._desktops = Gauge(
            "onequeue_api_desktops", "Connections of agents' desktops.", registry=self.registry
        )

        self._enriched = Counter(
            "onequeue_api_enrichments_total",
            "Questions to the customer record before an interaction was created.",
            ("result",),
            registry=self.registry,
        )
        self._enriched_seconds = Histogram(
            "onequeue_api_enrichment_seconds",
            "How long whoever created it was held up by that.",
            buckets=ENRICHMENT_BUCKETS_S,
            registry=self.registry,
        )

    def enriched(self, result: str, took_s: float) -> None:
        """The customer record was asked before an interaction was created."""
        self._enriched.labels(result).inc()
        self._enriched_seconds.observe(took_s)

    def answered(self, method: str, route: str | None, status: int, took_s: float) -> None:
        """A request was answered; ``route`` is its template, None where nothing fits."""
        told = route or NO_ROUTE
        method = method if route else NO_ROUTE
        self._requests.labels(method, told, str(status)).inc()
        self._seconds.labels(method, told).observe(took_s)

    def denied(self) -> None:
        """Somebody who is known has asked for a change that they may not make."""
        self._denied.inc()

    def watch_in_flight(self, in_flight: Callable[[], int]) -> None:
        """Tell of what is in flight whenever the metrics are asked for."""
        self._in_flight.set_function(in_flight)

    def watch_desktops(self, desktops: Callable[[], int]) -> None:
        """Tell how many desktops are open whenever the metrics are asked for."""
        self._desktops.set_function(desktops)

    def watch_freshness(self, fresh: Mapping[str, Callable[[], Freshness]]) -> None:
        """Tell how fresh reads are, by tenant, whenever the metrics are asked for."""
        self.registry.register(_Freshness(fresh))


class _Freshness(Collector):
    def __init__(self, fresh: Mapping[str, Callable[[], Freshness]]) -> None:
        self._fresh = fresh

    def collect(self) -> Iterator[Metric]:
        age = GaugeMetricFamily(
            "onequeue_api_projection_age_seconds",
            "How long ago the journal was last read to its end.",
            labels=("tenant",),
        )
        behind = GaugeMetricFamily(
            "onequeue_api_projection_behind_records",
            "Records that stand in the journal and are not folded.",
            labels=("tenant",),
        )
        for tenant, freshness in self._fresh.items():
            now = freshness()
            age.add_metric((tenant,), now.age_ms / 1_000)
            behind.add_metric((tenant,), now.behind)
        yield age
        yield behind
