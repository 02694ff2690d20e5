"""Metrics of an archiver, on a registry of their own; docs/archive.md is checked against them."""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    ProcessCollector,
    disable_created_metrics,
)

from adapters.archive.mark import Mark

__all__ = ("ArchiveMeters",)


class ArchiveMeters:
    """What an archiver counts."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the package has no type for it
        self.registry = CollectorRegistry()
        self._records = self._counter("records", "Records that were archived")
        self._bytes = self._counter("record_bytes", "Bytes of these records, uncompressed")
        self._archived_ms = self._gauge(
            "position_timestamp_seconds", "The time of the last record that is archived"
        )
        self._epoch = self._gauge("position_epoch", "Epoch of the last record that is archived")
        self._lsn = self._gauge("position_lsn", "Its number in its epoch")
        self.failures = self._counter("failures", "Writes to the disk that failed")
        self.orphaned = self._counter("orphaned_records", "Records that had to be set aside")
        self.snapshots = self._counter("snapshots", "Snapshots that were written and read back")
        self.snapshot_failures = self._counter("snapshot_failures", "Snapshots that were not")
        self.snapshot_seconds = self._gauge("snapshot_seconds", "How long the last one took")
        self.trimmed = self._counter("trimmed_records", "Records trimmed from the journal")
        self.working = self._gauge("working", "1 when this archiver works, 0 when another one does")
        self.redis_errors = self._counter("redis_errors", "Calls to Redis that failed")
        ProcessCollector(registry=self.registry)

    def archived(self, before: Mark, mark: Mark) -> None:
        """The records between these marks have been archived."""
        self._records.inc(mark.records - before.records)
        self._bytes.inc(mark.total_bytes - before.total_bytes)
        self.reached(mark)

    def reached(self, mark: Mark) -> None:
        """The archive ends with that mark."""
        place = mark.stream_id
        self._archived_ms.set(mark.now_ms / 1_000)
        self._epoch.set(place.major)
        self._lsn.set(place.minor)

    def _counter(self, name: str, text: str) -> Counter:
        return Counter(f"onequeue_archive_{name}", text, registry=self.registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"onequeue_archive_{name}", text, registry=self.registry)
