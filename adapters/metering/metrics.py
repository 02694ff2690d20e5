"""Prometheus metrics of a router, from the journal's events alone (docs/metrics.md lists them).

An observer of the service: it counts what is recorded, folds the floor's figures, and serves both.
A fault in here is counted and never reaches the service.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from adapters.metering.floor_figures import FloorFigures, Waiting
from adapters.metering.meters import CHANNELS_MAX, OTHER, QUEUES_MAX, Meters
from adapters.metering.service_levels import ServiceLevels
from adapters.often_declined import OftenDeclined
from adapters.redis.refusals import NO_ANSWER, refusal_code
from router import events as ev
from router.events import Event
from router.lifecycle import AgentStatus, InteractionState
from router.ports import Stretch
from router.record import GENESIS, Record
from router.snapshot.manifest import place_of
from router.state import State

__all__ = ("Metrics", "add_process_metrics")

WAITING_LABELS_MAX: Final = 500
"""Pairs of channel and queue that are told apart; a policy may have 640,000 of them."""

ACTIVITIES_MAX: Final = 50

QUIET_TEXTS: Final = {
    InteractionState.IDLE: "Conversations with an agent that hold no capacity for now",
    InteractionState.WAKING: "Conversations that wait for room at their agent",
}

STATUSES: Final = tuple(status for status in AgentStatus if status is not AgentStatus.OFFLINE)


class Metrics:
    """Counts what the service does, on ``registry``; ``alone``: with those of the process."""

    def __init__(
        self, monotonic: Callable[[], float] = time.monotonic, *, alone: bool = True
    ) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the package has no type for it
        self.registry = CollectorRegistry()
        self._meters = Meters(self.registry)
        self._service_levels = ServiceLevels(self.registry)
        self._figures = FloorFigures()
        self._often_declined = OftenDeclined()
        self._monotonic = monotonic
        self._lock = threading.Lock()  # a scrape comes from another thread
        self._now_ms = 0
        self._read_s = monotonic()
        self._epoch = self._lsn = self._journal_bytes = self._trimmed_bytes = 0
        self._labels: set[tuple[str, str]] = set()
        self._counts = self._event_counts()
        self.registry.register(_Floor(self._floor))
        if alone:
            add_process_metrics(self.registry)

    def recorded(self, record: Record, record_bytes: int, took_s: float) -> None:
        """A record was appended."""
        meters = self._meters
        meters.records.inc()
        meters.record_bytes.observe(record_bytes)
        meters.record_seconds.observe(took_s)
        meters.commands.inc(record.consumed)
        self._take_in(record, record_bytes, counting=True)

    def replayed(self, record: Record, record_bytes: int) -> None:
        """A record was folded at the start; with a journal's first record the floor is empty."""
        if record.prev == GENESIS:
            with self._lock:
                self._figures = FloorFigures()
                self._often_declined = OftenDeclined()
                self._journal_bytes = 0
        self._meters.replayed.inc()
        self._take_in(record, record_bytes, counting=False)

    def restored(self, record_id: str, state: State, journal_bytes: int) -> None:
        """The floor is what a snapshot says."""
        try:
            figures = FloorFigures.of(state)
        except Exception:  # noqa: BLE001  # an observer must never stop the service
            self._meters.metrics_faults.inc()
            figures = FloorFigures()
        with self._lock:
            self._figures = figures
            self._often_declined = OftenDeclined()
            self._journal_bytes = journal_bytes
            self._epoch, self._lsn = place_of(record_id)

    def snapshot_refused(self, record_id: str, reason: str) -> None:
        """A snapshot cannot be used."""
        self._meters.snapshots_refused.inc()

    def following(self, behind: int) -> None:
        """Another router leads, or nobody yet."""
        self._meters.leader.set(0)
        self._meters.standby_lag.set(behind)

    def state_dropped(self) -> None:
        """The journal is folded anew: the floor is empty until then."""
        with self._lock:
            self._figures = FloorFigures()
            self._journal_bytes = 0

    def store_error(self, error: Exception, attempt: int) -> None:
        """Redis failed us."""
        self._meters.redis_errors.inc()
        code = refusal_code(error)
        if code != NO_ANSWER:
            self._meters.redis_refusals[code].inc()
        self._meters.redis_failed_attempts.set(attempt)

    def store_recovered(self, attempts: int) -> None:
        """Redis answers again."""
        self._meters.redis_failed_attempts.set(0)

    def led(self, epoch: int) -> None:
        """This router leads from now on."""
        if epoch != self._epoch:
            self._epoch, self._lsn = epoch, 0
        self._meters.leader.set(1)
        self._meters.standby_lag.set(0)

    def undelivered(self, inboxes: Sequence[str]) -> None:
        """Work entries could not be written."""
        self._meters.undelivered.inc(len(inboxes))

    def journal_trimmed(self, trimmed_bytes: int) -> None:
        """So much of the journal is not there any more."""
        self._trimmed_bytes = trimmed_bytes

    def engine_failed(self, error: Exception, commands: int) -> None:
        """The engine failed on a batch."""
        self._meters.engine_failures.inc()

    def expressions_failed(self, count: int) -> None:
        """Expressions of requirements could not be evaluated."""
        self._meters.expression_faults.inc(count)

    def backlog(self, entries: int, age_ms: int) -> None:
        """So much waits to be decided."""
        self._meters.inbound_entries.set(entries)
        self._meters.inbound_age.set(age_ms / 1_000)

    def inbound_moved(self, found: str, position: str) -> None:
        """The inbound stream stood below the journal's position."""
        self._meters.inbound_moved.inc()

    def records_restored(self, restored: Stretch) -> None:
        """Records that the server had lost stand again."""
        self._meters.restored.inc(restored.records)

    def records_lost(self, lost: Stretch) -> None:
        """Records are lost."""
        self._meters.lost.inc(lost.records)

    def epochs_missing(self, last: str, epoch: int) -> None:
        """Records are lost, nobody knows how many: one at least."""
        self._meters.lost.inc()

    def _take_in(self, record: Record, record_bytes: int, *, counting: bool) -> None:
        try:
            with self._lock:
                self._now_ms, self._read_s = record.now_ms, self._monotonic()
                self._journal_bytes += record_bytes
                self._lsn += 1
                created: set[str] = set()
                for event in record.events:
                    if counting:
                        self._count(event, record.now_ms, created)
                    elif isinstance(event, ev.LeaderStarted):
                        self._epoch, self._lsn = event.epoch, 0
                    self._figures.fold(event)
                    self._often_declined.fold(event)
        except Exception:  # noqa: BLE001  # an observer must never stop the service
            self._meters.metrics_faults.inc()

    def _count(self, event: Event, now_ms: int, created: set[str]) -> None:
        if isinstance(event, ev.InteractionCreated):
            created.add(event.interaction_id)
            self._meters.interactions["created"][event.channel].inc()
        elif isinstance(event, ev.Rejected):
            self._meters.rejected[event.code].inc()
        elif isinstance(event, ev.Repeated):
            self._meters.repeated.inc()
        else:
            counter = self._counts.get(type(event))
            if counter is not None:
                counter(event, now_ms, created)

    def _event_counts(self) -> dict[type, Callable[[Any, int, set[str]], None]]:
        offers, interactions = self._meters.offers, self._meters.interactions
        return {
            ev.OfferIssued: self._issued,
            ev.OfferAccepted: self._accepted,
            ev.OfferDeclined: self._by_channel(offers["declined"]),
            ev.OfferExpired: self._by_channel(offers["expired"]),
            ev.OfferRescinded: self._by_channel(offers["rescinded"]),
            ev.InteractionCompleted: self._by_channel(interactions["completed"]),
            ev.InteractionCancelled: self._cancelled,
            ev.InteractionDiverted: self._by_channel(interactions["diverted"]),
            ev.InteractionMoved: self._by_channel(interactions["moved"]),
            ev.InteractionReclassified: self._by_channel(interactions["reclassified"]),
            ev.InteractionRequeued: self._by_channel(interactions["requeued"]),
            ev.AttemptFailed: self._by_channel(interactions["attempt_failed"]),
            ev.InteractionSuspended: self._by_channel(interactions["suspended"]),
            ev.InteractionResumed: self._by_channel(interactions["resumed"]),
            ev.InteractionIdled: self._by_channel(interactions["idled"]),
            ev.InteractionWaking: self._by_channel(interactions["waking"]),
            ev.InteractionWoken: self._by_channel(interactions["woken"]),
            ev.GroupsReviewed: self._reviewed,
        }

    def _by_channel(self, counters: Any) -> Callable[[Any, int, set[str]], None]:
        def count(event: Any, now_ms: int, created: set[str]) -> None:
            counters[self._channel(event.interaction_id)].inc()

        return count

    def _issued(self, event: ev.OfferIssued, now_ms: int, created: set[str]) -> None:
        self._meters.offers["issued"][self._channel(event.interaction_id)].inc()
        if event.interaction_id in created:
            created.discard(event.interaction_id)  # only its first offer answers its arrival
            waited_ms = now_ms - self._figures.known[event.interaction_id].created_ms
            self._meters.matching_seconds.observe(max(0, waited_ms) / 1_000)

    def _accepted(self, event: ev.OfferAccepted, now_ms: int, created: set[str]) -> None:
        known = self._figures.known.get(event.interaction_id)
        channel = self._channel(event.interaction_id)
        self._meters.offers["accepted"][channel].inc()
        if known is not None:
            waited_s = max(0, now_ms - known.created_ms) / 1_000
            self._meters.wait_seconds[channel].observe(waited_s)
            if not known.answered:
                target_ms = self._figures.target_ms(known)
                waited_ms = event.waited_ms
                self._service_levels.answered(known.channel, known.queue, waited_ms, target_ms)

    def _cancelled(self, event: ev.InteractionCancelled, now_ms: int, created: set[str]) -> None:
        self._meters.interactions["cancelled"][self._channel(event.interaction_id)].inc()
        known = self._figures.known.get(event.interaction_id)
        if known is not None and not (known.answered or known.suspended):
            short_ms = self._figures.short_abandon_ms(known)
            waited_ms = event.waited_ms
            self._service_levels.abandoned(known.channel, known.queue, waited_ms, short_ms)

    def _reviewed(self, event: ev.GroupsReviewed, now_ms: int, created: set[str]) -> None:
        changes = self._meters.group_changes
        changes["opened"][event.queue].inc(len(event.opened))
        changes["closed"][event.queue].inc(len(event.closed))

    def _channel(self, interaction_id: str) -> str:
        known = self._figures.known.get(interaction_id)
        return OTHER if known is None else known.channel

    def _floor(self) -> Iterator[Metric]:
        with self._lock:
            now_ms = self._now_ms + round((self._monotonic() - self._read_s) * 1_000)
            waiting = list(self._figures.waiting(now_ms))
            yield from self._waiting_gauges(waiting)
            yield from _quiet_gauges(self._figures)
            yield from _agent_gauges(self._figures)
            yield _group_gauge(self._figures)
            often = len(self._often_declined)
            yield _gauge("declined_often_interactions", "Waiting, and declined often", often)
            yield _gauge("journal_epoch", "Epoch of the last record", self._epoch)
            yield _gauge("journal_lsn", "Number of the last record in its epoch", self._lsn)
            held = self._journal_bytes - self._trimmed_bytes
            yield _gauge("journal_bytes", "Bytes of the records that the journal holds", held)
            yield _gauge("policy_version", "The policy in force", self._figures.policy_version)
            pending = self._figures.policy_pending
            yield _gauge("policy_pending", "1 while an announced policy is made ready for", pending)
            yield _gauge("intake_open", "1 when creates are taken", self._figures.intake_open)

    def _waiting_gauges(self, waiting: list[Waiting]) -> Iterator[Metric]:
        count = _family("waiting_interactions", "Interactions that no agent has accepted yet")
        longest = _family("longest_wait_seconds", "Age of the oldest waiting interaction")
        share = _family("longest_wait_target_ratio", "Longest wait as a share of its target")
        rows: dict[tuple[str, str], list[float]] = {labels: [0, 0, 0] for labels in self._labels}
        for group in waiting:
            row = rows.setdefault(self._label(group.channel, group.queue), [0, 0, 0])
            ratio = group.longest_ms / group.target_ms if group.target_ms else 0.0
            row[0] += group.interactions
            row[1] = max(row[1], group.longest_ms / 1_000)
            row[2] = max(row[2], ratio)
        for labels, row in sorted(rows.items()):
            for family, value in zip((count, longest, share), row, strict=True):
                family.add_metric(labels, value)
        yield from (count, longest, share)

    def _label(self, channel: str, queue: str) -> tuple[str, str]:
        """The labels of a group; once seen, they stay, so that a gauge goes back to 0."""
        labels = (channel, queue)
        if labels not in self._labels and len(self._labels) >= WAITING_LABELS_MAX:
            labels = (OTHER, OTHER)
        self._labels.add(labels)
        return labels


def add_process_metrics(registry: CollectorRegistry) -> None:
    """Add the usual `process_` and `python_` metrics."""
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)


class _Floor(Collector):
    """Gauges that are worked out when somebody asks."""

    def __init__(self, collect: Callable[[], Iterator[Metric]]) -> None:
        self._collect = collect

    def collect(self) -> list[Metric]:
        """All of them, of one moment."""
        return list(self._collect())


def _quiet_gauges(figures: FloorFigures) -> Iterator[Metric]:
    """Idle and waking, of the channels on which there has been any."""
    for state, text in QUIET_TEXTS.items():
        gauge = GaugeMetricFamily(f"onequeue_{state}_interactions", text, labels=["channel"])
        ranked = figures.quiet[state].most_common()
        for channel, count in ranked[:CHANNELS_MAX]:
            gauge.add_metric([channel], count)
        if len(ranked) > CHANNELS_MAX:
            gauge.add_metric([OTHER], sum(count for _, count in ranked[CHANNELS_MAX:]))
        yield gauge


def _group_gauge(figures: FloorFigures) -> Metric:
    """Open groups, of the queues that have had any."""
    gauge = GaugeMetricFamily(
        "onequeue_open_groups", "Groups that serve a queue for now", labels=["queue"]
    )
    ranked = sorted(figures.open_groups.items())
    for queue, groups in ranked[:QUEUES_MAX]:
        gauge.add_metric([queue], len(groups))
    if len(ranked) > QUEUES_MAX:
        gauge.add_metric([OTHER], sum(len(groups) for _, groups in ranked[QUEUES_MAX:]))
    return gauge


def _agent_gauges(figures: FloorFigures) -> Iterator[Metric]:
    agents = GaugeMetricFamily("onequeue_agents", "Logged-in agents by status", labels=["status"])
    by_status = figures.agents_by_status()
    for status in STATUSES:
        agents.add_metric([status.value], by_status[status])
    working, staffed = figures.working(), figures.staffed()
    yield agents
    yield _activity_gauge(figures)
    yield _gauge("agents_working", "Logged-in agents with work in hand", working)
    yield _gauge(
        "occupancy_ratio",
        "Agents with work in hand as a share of those available or working",
        working / staffed if staffed else 0.0,
    )


def _activity_gauge(figures: FloorFigures) -> Metric:
    gauge = GaugeMetricFamily(
        "onequeue_agents_by_activity",
        "Logged-in agents by what they say that they do",
        labels=["activity"],
    )
    ranked = figures.agents_by_activity().most_common()
    for activity, agents in ranked[:ACTIVITIES_MAX]:
        gauge.add_metric([activity], agents)
    rest = sum(agents for _, agents in ranked[ACTIVITIES_MAX:])
    if rest:
        gauge.add_metric([OTHER], rest)
    return gauge


def _family(name: str, text: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"onequeue_{name}", text, labels=["channel", "queue"])


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"onequeue_{name}", text, value=float(value))
