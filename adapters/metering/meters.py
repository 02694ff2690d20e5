"""Every counter and histogram of a router, declared once; docs/metrics.md is checked against it.

Labels are bounded: past a limit a label becomes `other`. Children are looked up in a plain dict.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

__all__ = ("CHANNELS_MAX", "OTHER", "QUEUES_MAX", "Bounded", "Meters")

OTHER: Final = "other"
CHANNELS_MAX: Final = 64
CODES_MAX: Final = 50
QUEUES_MAX: Final = 500

LATENCY_S: Final = (
    0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0,
)  # fmt: skip
WAIT_S: Final = (
    0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0,
    14_400.0, 28_800.0, 86_400.0, 259_200.0,
)  # fmt: skip
SIZE_BYTES: Final = (256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304)

OFFER_OUTCOMES: Final = ("issued", "accepted", "declined", "expired", "rescinded")
INTERACTION_EVENTS: Final = (
    "created",
    "completed",
    "cancelled",
    "diverted",
    "moved",
    "reclassified",
    "requeued",
    "attempt_failed",
    "suspended",
    "resumed",
    "idled",
    "waking",
    "woken",
)

M = TypeVar("M", Counter, Histogram)


class Bounded(Generic[M]):
    """The children of a metric by the value of one label, at most so many."""

    def __init__(self, child: Callable[[str], M], most: int) -> None:
        self._child: Callable[[str], M] = child
        self._most = most
        self._children: dict[str, M] = {}

    def __getitem__(self, label: str) -> M:
        """The child of a label, or that of `other` when there are too many."""
        found = self._children.get(label)
        if found is not None:
            return found
        if len(self._children) >= self._most and label != OTHER:
            return self[OTHER]
        return self._children.setdefault(label, self._child(label))


class Meters:
    """The metrics themselves, on a registry of their own."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._declare_traffic()
        self._declare_journal()
        self._declare_faults()

    def _declare_traffic(self) -> None:
        interactions = self._counter(
            "interactions", "What became of interactions", "channel", "event"
        )
        self.interactions = {
            event: Bounded(_labelled(interactions, "channel", event=event), CHANNELS_MAX)
            for event in INTERACTION_EVENTS
        }
        offers = self._counter("offers", "Offers by outcome", "channel", "outcome")
        self.offers = {
            outcome: Bounded(_labelled(offers, "channel", outcome=outcome), CHANNELS_MAX)
            for outcome in OFFER_OUTCOMES
        }
        wait = Histogram(
            "onequeue_wait_seconds",
            "From the creation of an interaction to an agent's acceptance",
            ("channel",),
            registry=self._registry,
            buckets=WAIT_S,
        )
        self.wait_seconds = Bounded(_labelled(wait, "channel"), CHANNELS_MAX)
        self.matching_seconds = self._histogram(
            "matching_seconds",
            "From the arrival of an interaction to its offer, when an agent was free",
            LATENCY_S,
        )
        changes = self._counter("group_changes", "Groups that opened or closed", "queue", "change")
        self.group_changes = {
            change: Bounded(_labelled(changes, "queue", change=change), QUEUES_MAX)
            for change in ("opened", "closed")
        }
        self.commands = self._counter("commands", "Commands that were consumed")
        rejected = self._counter("rejected_commands", "Commands that were refused", "code")
        self.rejected = Bounded(_labelled(rejected, "code"), CODES_MAX)
        self.repeated = self._counter("repeated_commands", "Commands that changed nothing")

    def _declare_journal(self) -> None:
        self.records = self._counter("records", "Records that were appended to the journal")
        self.record_bytes = self._histogram("record_bytes", "Size of a record", SIZE_BYTES)
        self.record_seconds = self._histogram(
            "record_seconds", "From reading a batch to the answer to its append", LATENCY_S
        )
        self.replayed = self._counter("replayed_records", "Records folded at a start or restart")
        self.leader = self._gauge("leader", "1 when this router leads")
        self.standby_lag = self._gauge(
            "standby_lag_records", "Records that a router which does not lead has still to fold"
        )
        self.inbound_entries = self._gauge(
            "inbound_entries", "Commands that wait to be decided, about"
        )
        self.inbound_age = self._gauge(
            "inbound_age_seconds", "How long the oldest command that was read has been waiting"
        )

    def _declare_faults(self) -> None:
        self.redis_errors = self._counter("redis_errors", "Calls to Redis that failed")
        refusals = self._counter("redis_refusals", "Error replies of Redis", "code")
        self.redis_refusals = Bounded(_labelled(refusals, "code"), CODES_MAX)
        self.redis_failed_attempts = self._gauge(
            "redis_failed_attempts", "Failures since Redis last did all it was asked to"
        )
        self.undelivered = self._counter(
            "undelivered_inboxes", "Inboxes whose work entries could not be written"
        )
        self.engine_failures = self._counter(
            "engine_failures", "Batches on which the engine broke one of its own rules"
        )
        self.expression_faults = self._counter(
            "expression_faults", "Evaluations of requirements' expressions that failed"
        )
        self.inbound_moved = self._counter(
            "inbound_moved", "Times that the inbound stream stood below the journal's position"
        )
        self.snapshots_refused = self._counter(
            "snapshots_refused", "Snapshots that could not be used for a recovery"
        )
        self.restored = self._counter(
            "restored_records", "Records that Redis had lost and that were written again"
        )
        self.lost = self._counter(
            "lost_records", "Records that Redis has lost and that could not be written again"
        )
        self.metrics_faults = self._counter(
            "metrics_faults", "Records that these metrics could not take in"
        )

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"onequeue_{name}", text, labels, registry=self._registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"onequeue_{name}", text, registry=self._registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"onequeue_{name}", text, registry=self._registry, buckets=buckets)


def _labelled(metric: M, varying: str, **fixed: str) -> Callable[[str], M]:
    return lambda value: metric.labels(**{varying: value}, **fixed)
