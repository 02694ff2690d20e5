"""Metrics of deliveries, on a registry of their own; docs/webhooks.md is checked against them."""

from __future__ import annotations

from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

from adapters.webhooks.posting import Outcome, Result

__all__ = ("WebhookMeters",)

ATTEMPT_S: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
DEAD_LETTER: Final = "dead_letter"


class WebhookMeters:
    """What is counted. The ids of subscriptions are a label; a tenant has at most 100."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the package has no type for it
        self.registry = CollectorRegistry()
        self._deliveries = self._counter(
            "deliveries", "Posts by what became of them, and those given up",
            "webhook", "outcome",
        )  # fmt: skip
        self._seconds = Histogram(
            "onequeue_webhook_attempt_seconds",
            "From the wish to post to the end of the answer",
            registry=self.registry,
            buckets=ATTEMPT_S,
        )
        self._lag = self._gauge(
            "lag_seconds", "How old the oldest event is that is not delivered yet", "webhook"
        )
        self._stopped = self._gauge("stopped", "1 when deliveries stand still", "webhook")
        self.dead_letters = self._gauge("dead_letters", "Dead letters that are kept")
        self.working = self._gauge("working", "1 when this process delivers, 0 when another does")
        self.redis_errors = self._counter("redis_errors", "Calls to Redis that failed")
        ProcessCollector(registry=self.registry)

    def expect(self, webhook: str) -> None:
        """Show a subscription with zeros: a ratio of counters needs all of them from the start."""
        for outcome in (*(result.value for result in Result), DEAD_LETTER):
            self._deliveries.labels(webhook, outcome)

    def attempted(self, webhook: str, outcome: Outcome, took_s: float) -> None:
        """An attempt has come to its end."""
        self._deliveries.labels(webhook, outcome.result.value).inc()
        self._seconds.observe(took_s)

    def buried(self, webhook: str) -> None:
        """An event was given up."""
        self._deliveries.labels(webhook, DEAD_LETTER).inc()

    def shows(self, webhook: str, lag_s: float, *, stopped: bool) -> None:
        """Where a subscription stands."""
        self._lag.labels(webhook).set(lag_s)
        self._stopped.labels(webhook).set(stopped)

    def forget(self, webhook: str) -> None:
        """A subscription is gone."""
        for outcome in (*(result.value for result in Result), DEAD_LETTER):
            self._deliveries.remove(webhook, outcome)
        for gauge in (self._lag, self._stopped):
            gauge.remove(webhook)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"onequeue_webhook_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"onequeue_webhook_{name}", text, labels, registry=self.registry)
