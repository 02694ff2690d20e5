"""Metrics of a tracer, on a registry of their own; docs/tracing.md lists them."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, disable_created_metrics

__all__ = ("TraceMeters",)


class TraceMeters:
    """What a tracer of one tenant counts."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the package has no type for it
        self.registry = CollectorRegistry()
        self.spans = Counter(
            "onequeue_trace_spans", "Spans that were handed to the exporter", registry=self.registry
        )
        self.open = Gauge(
            "onequeue_trace_open_interactions",
            "Interactions whose acceptance is waited for",
            registry=self.registry,
        )
        self.forgotten = Gauge(
            "onequeue_trace_forgotten_interactions",
            "Interactions that were given up because too many wait",
            registry=self.registry,
        )
        self.redis_errors = Counter(
            "onequeue_trace_redis_errors", "Calls to Redis that failed", registry=self.registry
        )
