"""Latencies, one for each command, and exact figures of them."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.engine.kinds import DECISIONS, Kind

__all__ = ("SEGMENTS", "Figures", "Samples", "Stall", "Step", "figures_of")

SEGMENTS: Final = 20
"""Stretches of a run whose figures are compared with each other: their spread is its noise."""

US: Final = 1_000.0
Nanoseconds = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Figures:
    """Latencies of some commands, in microseconds; percentiles are samples, never between two."""

    count: int
    mean_us: float
    p50_us: float
    p99_us: float
    p999_us: float
    max_us: float


class Stall(NamedTuple):
    """One of the longest steps."""

    us: float
    kind: str
    command: int
    """Which one since the measuring began."""

    collection_us: float
    """How much of it the garbage collector took."""

    processor_us: float
    """How much of it the processor worked for us; the rest went to other processes."""


class Step(NamedTuple):
    """One step: its commands' kinds, its times, and the offers that it made."""

    kinds: tuple[Kind, ...]
    took_ns: int
    processor_ns: int
    collector_ns: int
    offers: int


class Samples:
    """For each command its kind, and times and offers of its step."""

    def __init__(self) -> None:
        self._kinds = array("b")
        self._took_ns = array("q")
        self._collector_ns = array("q")
        self._processor_ns = array("q")
        self._offers = array("h")
        self._steps_ns = array("q")
        self._decisions = 0
        self.steps = 0

    @property
    def commands(self) -> int:
        """How many commands were measured."""
        return len(self._kinds)

    @property
    def decisions(self) -> int:
        """How many of them were decisions."""
        return self._decisions

    def add(self, step: Step) -> None:
        """Note one step: each of its commands waited for all of it."""
        self.steps += 1
        for place, kind in enumerate(step.kinds):
            self._kinds.append(kind)
            self._took_ns.append(step.took_ns)
            self._steps_ns.append(0 if place else step.took_ns)
            self._collector_ns.append(step.collector_ns)
            self._processor_ns.append(step.processor_ns)
            self._offers.append(0 if place else step.offers)
            self._decisions += kind in DECISIONS

    @property
    def offers(self) -> int:
        """Offers that were made."""
        return sum(self._offers)

    def kinds(self) -> NDArray[np.int8]:
        """The kinds, as codes."""
        return np.frombuffer(self._kinds, dtype=np.int8)

    def took_ns(self) -> Nanoseconds:
        """For each command, the time of its step."""
        return np.frombuffer(self._took_ns, dtype=np.int64)

    def processor_ns(self) -> Nanoseconds:
        """For each command, what the processor worked in its step."""
        return np.frombuffer(self._processor_ns, dtype=np.int64)

    def steps_ns(self) -> Nanoseconds:
        """For each command, the time of its step, or 0 behind the first of a step."""
        return np.frombuffer(self._steps_ns, dtype=np.int64)

    def is_decision(self) -> NDArray[np.bool_]:
        """Which commands are decisions."""
        return np.isin(self.kinds(), [int(kind) for kind in DECISIONS])

    def of_kind(self, kind: Kind) -> Figures:
        """The figures of one kind."""
        return figures_of(self.took_ns()[self.kinds() == kind])

    def offered_share(self, kind: Kind) -> float:
        """How many of a kind ended in an offer; in batches, of all that was offered in its step."""
        offers = np.frombuffer(self._offers, dtype=np.int16)[self.kinds() == kind]
        return float(np.count_nonzero(offers) / max(1, len(offers)))

    def longest(self, most: int) -> list[Stall]:
        """The longest steps, longest first."""
        steps, kinds = self.steps_ns(), self.kinds()
        order = np.argsort(steps)[::-1][:most]
        return [
            Stall(
                us=int(steps[place]) / US,
                kind=Kind(int(kinds[place])).words,
                command=int(place),
                collection_us=self._collector_ns[place] / US,
                processor_us=self._processor_ns[place] / US,
            )
            for place in order
        ]


def figures_of(took_ns: Nanoseconds) -> Figures:
    """The figures of some latencies; zeros when there are none."""
    count = len(took_ns)
    if not count:
        return Figures(0, 0.0, 0.0, 0.0, 0.0, 0.0)
    ordered = np.sort(took_ns)
    p50, p99, p999 = (ordered[_rank(count, per_mille)] / US for per_mille in (500, 990, 999))
    return Figures(
        count=count,
        mean_us=float(ordered.mean() / US),
        p50_us=float(p50),
        p99_us=float(p99),
        p999_us=float(p999),
        max_us=float(ordered[-1] / US),
    )


def _rank(count: int, per_mille: int) -> int:
    """The place of a percentile: the least sample that so many do not exceed."""
    return max(0, -(-count * per_mille // 1_000) - 1)
