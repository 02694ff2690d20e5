"""The measures of a run, estimated from its batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.quality.scenario import MINUTE_MS, Floats, Scenario
from benchmarks.quality.tally import Tally
from benchmarks.simulator.estimates import Estimate, ratio

__all__ = ("Spread", "measure_all", "occupancy_spread")


Counts = Callable[[Tally], list[int] | list[float]]

# name: (parts, wholes, scale). Waits are of served calls.
_RATIOS: dict[str, tuple[Counts, Counts, float]] = {
    "service_level": (lambda t: t.in_time, lambda t: t.arrived, 1.0),
    "abandonment": (lambda t: t.abandoned, lambda t: t.arrived, 1.0),
    "blocking": (lambda t: t.blocked, lambda t: t.arrived, 1.0),
    "late": (lambda t: t.late, lambda t: t.served, 1.0),
    "wait_min": (lambda t: t.wait_ms, lambda t: t.served, 1 / 60_000),
    "asa_s": (lambda t: t.wait_ms, lambda t: t.served, 1 / 1_000),
    "value": (lambda t: t.value, lambda t: t.served, 1.0),
}


TYPES_APART_MAX: Final = 3
"""With more types, only their sums are controls: each control costs a degree of freedom."""


def measure_all(tallies: Sequence[Tally], scenario: Scenario) -> dict[str, Estimate]:
    """Every measure over all types, and ``key[type]`` for each type when there are several."""
    batches = _Batches(tallies, _controls(tallies, scenario))
    found = {key: batches.share(key, None) for key in _RATIOS}
    if len(scenario.types) > 1:
        for number, kind in enumerate(scenario.types):
            found |= {f"{key}[{kind.name}]": batches.share(key, number) for key in _RATIOS}
    found["occupancy"] = batches.occupancy(range(len(scenario.agents)))
    for name, agents in scenario.groups.items():
        found[f"occupancy[{name}]"] = batches.occupancy(agents)
    return found


@dataclass(frozen=True, slots=True)
class _Batches:
    """Tallies, and what is known to have been unusual about each."""

    tallies: Sequence[Tally]
    controls: Floats

    def share(self, key: str, kind: int | None) -> Estimate:
        """One measure, of one type or of all."""
        part, whole, scale = _RATIOS[key]
        return ratio(
            [_total(part(t), kind) for t in self.tallies],
            [_total(whole(t), kind) for t in self.tallies],
            scale=scale,
            controls=self.controls,
        )

    def occupancy(self, agents: Sequence[int]) -> Estimate:
        """The share of time that some agents are busy."""
        return ratio(
            [sum(t.work_ms[a] for a in agents) for t in self.tallies],
            [t.length_ms * len(agents) for t in self.tallies],
            controls=self.controls,
        )


def _controls(tallies: Sequence[Tally], scenario: Scenario) -> Floats:
    """By batch: how far its length and the work brought lie from what they are on average."""
    rates = np.array([kind.per_minute for kind in scenario.types])
    calls = np.array([sum(t.arrived) for t in tallies], dtype=np.float64)
    length = np.array([t.length_ms for t in tallies]) / (calls * MINUTE_MS / rates.sum())
    brought = np.array([t.brought for t in tallies])
    if len(rates) > TYPES_APART_MAX:
        brought, rates = brought.sum(axis=1, keepdims=True), rates.sum(keepdims=True)
    brought = brought / (calls[:, None] * rates / rates.sum())
    return np.column_stack((length, brought)) - 1


def _total(counts: Sequence[float], kind: int | None) -> float:
    return sum(counts) if kind is None else counts[kind]


@dataclass(frozen=True, slots=True)
class Spread:
    """How differently the agents are used."""

    lowest: float
    highest: float
    deviation: float


def occupancy_spread(tallies: Sequence[Tally]) -> Spread:
    """Lowest and highest occupancy of an agent over the whole run, and the standard deviation."""
    work = np.array([t.work_ms for t in tallies]).sum(axis=0)
    each = work / sum(t.length_ms for t in tallies)
    return Spread(float(each.min()), float(each.max()), float(each.std()))
