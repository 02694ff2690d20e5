"""The pauses that customers saw, from when their interactions were to come to their first offer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from benchmarks.takeover.disturbances import Kind
from benchmarks.takeover.traffic import Arrival

__all__ = ("TARGETS_MS", "Figures", "Pause", "figures_of", "pause_of")

BEFORE_S: Final = 0.5
AFTER_S: Final = 10.0
"""The part of the traffic, around a disturbance, of which it may be the cause."""

TARGETS_MS: Final = {
    Kind.KILL: 1_000.0,
    Kind.STOP: 2_000.0,
    Kind.RESTART: 1_000.0,
    Kind.HANDOVER: 100.0,
}
"""What the longest wait must stay below."""


class Pause(NamedTuple):
    """One disturbance: the longest wait for a first offer of those who came around it, the longest
    time in which nobody got one, and how long it took until the new leader made its first; and how
    late the traffic itself was, at most, which is part of the wait."""

    wait_ms: float
    gap_ms: float
    first_ms: float
    late_ms: float


class Figures(NamedTuple):
    """The distribution of one figure."""

    p50: float
    p95: float
    longest: float


def pause_of(arrivals: Iterable[Arrival], began_s: float, upto_s: float) -> Pause:
    """What a disturbance at ``began_s`` has caused; the next one was at ``upto_s``."""
    # who came just before the next one may have waited for that
    end_s = min(began_s + AFTER_S, upto_s - BEFORE_S)
    near = [a for a in arrivals if began_s - BEFORE_S <= a.intended_s < end_s]
    offered = [(a.offered, a.intended_s) for a in near if a.offered is not None]
    times = sorted(offer.at_s for offer, _ in offered)
    epoch = min(offer.epoch for offer, _ in offered)
    by_the_next = [offer.at_s for offer, _ in offered if offer.epoch > epoch]
    return Pause(
        wait_ms=1_000 * max(offer.at_s - intended_s for offer, intended_s in offered),
        gap_ms=1_000 * max(later - earlier for earlier, later in pairwise(times)),
        first_ms=1_000 * (min(by_the_next) - began_s),
        late_ms=1_000 * max(arrival.sent_s - arrival.intended_s for arrival in near),
    )


def figures_of(values: Sequence[float]) -> Figures:
    """Median, 95th percentile and longest, each a value that was measured."""
    ranked = sorted(values)
    return Figures(_ranked(ranked, 0.5), _ranked(ranked, 0.95), ranked[-1])


def _ranked(ranked: Sequence[float], share: float) -> float:
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]
