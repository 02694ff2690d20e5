"""Metrics of the process that keeps the record; docs/record.md is checked against them."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    ProcessCollector,
    disable_created_metrics,
)

from adapters.record.errors import RecordUnavailable
from adapters.record.position import Place
from adapters.tenants.standing import Standing
from router.record import Record

__all__ = ("RecordMeters",)


class RecordMeters:
    """What is counted of one tenant."""

    def __init__(self, standing: Standing | None = None) -> None:
        """``standing`` says whether Redis and the database answer."""
        self._standing = standing
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the package has no type for it
        self.registry = CollectorRegistry()
        self._records = self._counter("records", "Journal records that were folded")
        self._events = self._counter("events", "Events in these records")
        self._at_s = self._gauge(
            "position_timestamp_seconds", "The time of the last journal record that was folded"
        )
        self._caught_up = self._gauge(
            "caught_up", "1 when all of the journal was folded at the last look"
        )
        self.working = self._gauge("working", "1 when this process writes, 0 when another does")
        self.forgotten = self._counter("forgotten", "Interactions whose customers were forgotten")
        self.messages = self._counter("messages", "Entries of the feed of messages, taken in")
        self.redis_errors = self._counter("redis_errors", "Calls to Redis that failed")
        self.database_errors = self._counter("database_errors", "Transactions that failed")
        ProcessCollector(registry=self.registry)

    def folded(self, records: Sequence[Record], place: Place) -> None:
        """These have been folded, up to that place."""
        self._records.inc(len(records))
        self._events.inc(sum(len(record.events) for record in records))
        self.reached(place)

    def reached(self, place: Place) -> None:
        """The record stands there; there may be more in the journal."""
        self._tell(is_well=True)
        self._at_s.set(place.at_ms / 1_000)
        self._caught_up.set(0)

    def caught_up(self) -> None:
        """There was nothing more in the journal."""
        self._caught_up.set(1)
        self._tell(is_well=True)

    def failed(self, error: Exception) -> None:
        """Something did not answer."""
        self._tell(is_well=False)
        failures = (
            self.database_errors if isinstance(error, RecordUnavailable) else self.redis_errors
        )
        failures.inc()

    def _tell(self, *, is_well: bool) -> None:
        if self._standing is not None:
            self._standing.is_cut_off = not is_well

    def _counter(self, name: str, text: str) -> Counter:
        return Counter(f"onequeue_record_{name}", text, registry=self.registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"onequeue_record_{name}", text, registry=self.registry)
