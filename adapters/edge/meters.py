"""Metrics of an edge, on a registry of their own; docs/edge.md is checked against them."""

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

from adapters.edge.asking import Outcome

__all__ = ("EdgeMeters",)

QUESTION_S: Final = (
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0,
)  # fmt: skip


class EdgeMeters:
    """What an edge counts. Rules are the only label that is
    named by people, and a document has at most 100 of them."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the package has no type for it
        self.registry = CollectorRegistry()
        self.commands = self._counter("commands", "Commands that were moved to inbound")
        self._questions = self._counter("questions", "What became of questions", "rule", "outcome")
        self._defaults = self._counter("defaults", "Interactions that got a default", "rule")
        self._seconds = Histogram(
            "onequeue_edge_question_seconds",
            "From the wish to ask to the answer, or to giving up",
            ("rule",),
            registry=self.registry,
            buckets=QUESTION_S,
        )
        self._paused = Gauge(
            "onequeue_edge_paused",
            "1 when a rule does not ask because it has failed too often",
            ("rule",),
            registry=self.registry,
        )
        self.held = self._gauge("held_commands", "Commands that were read and not moved yet")
        self.working = self._gauge("working", "1 when this edge works, 0 when another one does")
        self.faults = self._counter("faults", "Commands that were moved as they came by a fault")
        self.redis_errors = self._counter("redis_errors", "Calls to Redis that failed")
        ProcessCollector(registry=self.registry)

    def expect(self, rule: str) -> None:
        """Show a rule with zeros: a ratio of counters needs all of them from the start."""
        for outcome in Outcome:
            self._questions.labels(rule, outcome.value)
        self._defaults.labels(rule)
        self._seconds.labels(rule)
        self._paused.labels(rule)

    def asked(self, rule: str, outcome: Outcome, took_s: float, *, paused: bool) -> None:
        """A question has come to its end."""
        self._questions.labels(rule, outcome.value).inc()
        if outcome is not Outcome.PAUSED:
            self._seconds.labels(rule).observe(took_s)
        self._paused.labels(rule).set(paused)

    def defaulted(self, rule: str) -> None:
        """An interaction got the default of a rule."""
        self._defaults.labels(rule).inc()

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"onequeue_edge_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"onequeue_edge_{name}", text, registry=self.registry)
