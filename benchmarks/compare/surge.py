"""What has changed between two surges of one scenario.

Latencies are measured figures of a whole system on one machine. The bare relay of the same run went
through the same server by the same client, so what a latency has gained over the relay's is what
the router has gained: between different machines that gain decides.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final, NamedTuple

from benchmarks.charts.document import Document, mapping, number, numbers
from benchmarks.compare.changes import SIGMAS, Change, outcome_of
from benchmarks.compare.order_statistics import relative_error

__all__ = ("faults_of", "surge_changes")

RELAY: Final = "relay_latency_ms"

LATENCIES: Final = {"matching_latency_ms": "matching", "idle_gap_ms": "idle_gap", RELAY: "relay"}
"""And the names by which the series of a run have their percentiles."""

LEAST: Final = {"p50": 0.05, "p90": 0.08, "p99": 0.15, "p999": 0.40, "max": 1.0}
"""Changes of percentiles below these mean nothing: machines are not that steady."""

GUARDED: Final = frozenset({"p50", "p90", "p99"})

FAULTS: Final = ("lost", "duplicated", "passed_over", "violations")


class _Figure(NamedTuple):
    """A figure of both runs; ``error``: by how much their ratio may be off, as a share of it."""

    name: str
    old: float
    new: float
    least: float
    error: float = 0.0
    more_is_better: bool = False
    guarded: bool = True
    relay_gain: float | None = None


def surge_changes(row: str, old: Document, new: Document, *, normalise: bool) -> Iterator[Change]:
    """Each figure that both runs have. ``normalise``: take the outcome from the gain over the
    relay, for different machines."""
    for figure in _figures(old, new):
        gain = figure.new / figure.old if figure.more_is_better else figure.old / figure.new
        by_relay = None if figure.relay_gain is None else gain / figure.relay_gain
        decisive = by_relay if normalise and by_relay is not None else gain
        noise = max(figure.least, SIGMAS * figure.error)
        yield Change(
            row, figure.name, figure.old, figure.new, gain, None, None, noise,
            outcome_of(decisive, noise), decisive, figure.guarded, by_relay,
        )  # fmt: skip
    yield from _faults(row, old, new)


def faults_of(report: Document, key: str) -> float:
    """How many were lost, doubled or passed over, or how many promises were broken."""
    found = report.get(key)
    return float(len(found)) if isinstance(found, list) else number(report, key) or 0.0


def _figures(old: Document, new: Document) -> Iterator[_Figure]:
    for key in LATENCIES:
        for rank, least in LEAST.items():
            yield from _percentile(key, rank, least, old, new)
    yield from _plain("lives_per_second", old, new, least=0.03, more_is_better=True)
    yield from _plain("drain_s", old, new, least=0.03)
    yield from _plain("recovery_s", old, new, least=0.5, guarded=False)
    yield from _share("abandoned share", _abandoned(old), _abandoned(new), more_is_better=False)
    for channel in mapping(old, "service_level"):
        levels = (_service_level(report, channel) for report in (old, new))
        yield from _share(f"service level {channel}", *levels, more_is_better=True)
    for process in mapping(old, "processes"):
        yield from _of_process(process, old, new)


def _percentile(
    key: str, rank: str, least: float, old: Document, new: Document
) -> Iterator[_Figure]:
    before, after = number(old, key, rank), number(new, key, rank)
    if before and after:
        yield _Figure(
            f"{key.removesuffix('_ms')} {rank} ms", before, after, least,
            error=math.hypot(*(_error(report, key, rank) for report in (old, new))),
            guarded=key != RELAY and rank in GUARDED,
            relay_gain=None if key == RELAY else _relay_gain(old, new, rank),
        )  # fmt: skip


def _error(report: Document, key: str, rank: str) -> float:
    steps = numbers(mapping(report, "series"), f"{LATENCIES[key]}_{rank}_ms")
    return relative_error(mapping(report, key), rank, steps)


def _relay_gain(old: Document, new: Document, rank: str) -> float | None:
    """What the relay has gained at the same rank; its longest is one sample, and tells nothing."""
    before, after = number(old, RELAY, rank), number(new, RELAY, rank)
    return before / after if before and after and rank != "max" else None


def _plain(
    key: str,
    old: Document,
    new: Document,
    *,
    least: float,
    more_is_better: bool = False,
    guarded: bool = True,
) -> Iterator[_Figure]:
    before, after = number(old, key), number(new, key)
    if before and after:
        yield _Figure(key, before, after, least, more_is_better=more_is_better, guarded=guarded)


def _abandoned(report: Document) -> tuple[float | None, float]:
    """The share, and of how many."""
    abandoned, offered = number(report, "abandoned"), number(report, "offered")
    return (abandoned / offered if abandoned is not None and offered else None), offered or 0.0


def _service_level(report: Document, channel: str) -> tuple[float | None, float]:
    """The share, and of how many."""
    level = mapping(report, "service_level", channel)
    samples = number(level, "offered") or number(report, "waits_s", channel, "count")
    return number(level, "share"), samples or 0.0


def _share(
    name: str,
    old: tuple[float | None, float],
    new: tuple[float | None, float],
    *,
    more_is_better: bool,
) -> Iterator[_Figure]:
    """A share of so many, with the error of drawing them by chance."""
    (before, before_of), (after, after_of) = old, new
    if before and after:
        error = math.hypot(_drawn(before, before_of), _drawn(after, after_of))
        yield _Figure(name, before, after, 0.02, error, more_is_better)


def _drawn(share: float, samples: float) -> float:
    return math.sqrt(max(0.0, 1 - share) / (share * samples)) if samples else 0.0


def _of_process(process: str, old: Document, new: Document) -> Iterator[_Figure]:
    for key, least in (("cpu_s", 0.10), ("rss_peak_mib", 0.05)):
        before, after = (number(report, "processes", process, key) for report in (old, new))
        if before and after:
            yield _Figure(f"{process} {key}", before, after, least, guarded=False)


def _faults(row: str, old: Document, new: Document) -> Iterator[Change]:
    """What must be none at all: gains are of one more than there were, and no noise excuses one."""
    for key in FAULTS:
        before, after = faults_of(old, key), faults_of(new, key)
        if before or after:
            gain = (before + 1) / (after + 1)
            yield Change(
                row, key, before, after, gain, None, None, 0.0, outcome_of(gain, 0.0), gain,
                guarded=True,
            )  # fmt: skip
