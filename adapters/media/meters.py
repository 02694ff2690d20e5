"""Metrics of a media adapter, on a registry of their own; docs/media.md is checked against them."""

from __future__ import annotations

from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    ProcessCollector,
    disable_created_metrics,
)

__all__ = ("MediaMeters",)

STATES: Final = ("sent", "delivered", "read", "failed")


class MediaMeters:
    """What an adapter counts."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the package has no type for it
        self.registry = CollectorRegistry()
        self.heard = self._counter("heard", "Messages of customers that OneQueue has taken in")
        self.repeated = self._counter("repeated", "Of these, those that it had already")
        self.refused = self._counter("refused", "Messages that OneQueue does not take")
        self.outgoing = self._counter("outgoing", "Messages that were given out to be sent")
        self._reports = Counter(
            "onequeue_media_reports",
            "Reports of what became of messages",
            ("state",),
            registry=self.registry,
        )
        self.reports_refused = self._counter(
            "reports_refused", "Reports that OneQueue does not take"
        )
        for state in STATES:
            self._reports.labels(state)
        self.api_errors = self._counter("api_errors", "Calls of the API that failed")
        self.restarts = self._counter("restarts", "Starts anew after the medium has failed")
        self.connected = self._gauge("connected", "1 while the other side can be reached")
        self._own: dict[str, Gauge] = {}
        ProcessCollector(registry=self.registry)

    def show(self, name: str, value: float) -> None:
        """A figure of the medium's own."""
        if name not in self._own:
            self._own[name] = self._gauge(name, f"{name} (of the medium's own)")
        self._own[name].set(value)

    def reported(self, state: str) -> None:
        """A report has been taken in."""
        self._reports.labels(state).inc()

    def _counter(self, name: str, text: str) -> Counter:
        return Counter(f"onequeue_media_{name}", text, registry=self.registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"onequeue_media_{name}", text, registry=self.registry)
