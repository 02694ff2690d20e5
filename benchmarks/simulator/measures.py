"""The measures of a scenario, estimated from independent replications or stretches of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
from scipy.special import stdtrit

from benchmarks.scenario.document import Scenario
from benchmarks.scenario.elements import Floats
from benchmarks.simulator.estimates import Estimate, ratio
from benchmarks.simulator.figures import COUNTS, QUANTILES, Figures, Layout

__all__ = ("AgentMeasures", "Measures", "Scope", "Spread", "measure")

CONTROLLED_FROM: Final = 20
"""Stretches from which on controls pay: each costs a degree of freedom."""

TYPES_APART_MAX: Final = 3
"""With more types, only their sums are controls."""


@dataclass(slots=True)
class Scope:
    """The measures of some contacts: plain ones by name, others by name and threshold, quantile or
    level."""

    one: dict[str, Estimate] = field(default_factory=dict)
    many: dict[str, dict[str, Estimate]] = field(default_factory=dict)


class Spread(NamedTuple):
    """How differently agents are used: occupancy over all runs, and its standard deviation."""

    lowest: float
    highest: float
    deviation: float


@dataclass(slots=True, eq=False)
class AgentMeasures:
    """By agent: occupancy and contacts served in a run, with half the width of their intervals."""

    occupancy: Floats
    occupancy_half_width: Floats
    served: Floats
    served_half_width: Floats


@dataclass(slots=True)
class Measures:
    """Everything that is told of a scenario."""

    everything: Scope
    types: dict[str, Scope]
    channels: dict[str, Scope]
    groups: dict[str, dict[str, Estimate]]
    agents: AgentMeasures
    spread: Spread
    depth: list[Estimate]
    depth_max: Estimate


def measure(scenario: Scenario, layout: Layout, runs: Sequence[Figures]) -> Measures:
    """Estimate everything; ``runs`` are replications of one scenario."""
    table = _Table(scenario, layout, runs)
    names = list(scenario.types)
    channels: dict[str, list[int]] = {}
    for number, kind in enumerate(scenario.types.values()):
        channels.setdefault(kind.channel, []).append(number)
    return Measures(
        everything=table.scope(range(len(names)), scenario.thresholds_s),
        types={n: table.scope([k], scenario.thresholds_of(n)) for k, n in enumerate(names)},
        channels={c: table.scope(k, _thresholds(scenario, k)) for c, k in channels.items()},
        groups={name: table.group(agents) for name, agents in layout.groups.items()},
        agents=table.agents(),
        spread=table.spread(),
        depth=table.depth(),
        depth_max=_mean([run.series.depth_max for run in runs]),
    )


def _thresholds(scenario: Scenario, kinds: Sequence[int]) -> list[float]:
    """Those of some types."""
    names = list(scenario.types)
    return sorted({t for kind in kinds for t in scenario.thresholds_of(names[kind])})


class _Table:
    """All stretches of all runs, one below the other."""

    def __init__(self, scenario: Scenario, layout: Layout, runs: Sequence[Figures]) -> None:
        self._layout, self._runs = layout, runs
        self._counts = np.concatenate([run.counts for run in runs])
        self._in_time = np.concatenate([run.in_time for run in runs])
        self._by_level = np.concatenate([run.by_level for run in runs])
        self._lengths_s = np.concatenate([run.lengths_s for run in runs])
        own = [scenario.thresholds_of(name)[0] for name in scenario.types]
        self._own = [layout.thresholds_s.index(threshold) for threshold in own]
        self._controls = self._unusual(len(runs))

    def scope(self, kinds: Sequence[int], thresholds_s: Sequence[float]) -> Scope:
        """The measures of some types together."""
        kinds = list(kinds)
        found = Scope()
        sums = {name: self._sum(name, kinds) for name in COUNTS}
        for name in ("offered", "served", "abandoned", "blocked", "diverted", "left"):
            found.one[name] = self._per_run(sums[name])
        found.one["retried"] = self._per_run(sums["offered"] - sums["fresh"])
        own = np.sum([self._in_time[:, kind, self._own[kind]] for kind in kinds], axis=0)
        for name, (part, whole) in _shares(sums, own).items():
            if whole.any():
                found.one[name] = self._ratio(part, whole)
        if self._layout.values is not None:
            found.one["match_value"] = self._ratio(sums["value"], sums["served"])
        found.one["mean_depth"] = self._ratio(sums["wait_s"] + sums["gave_up_s"], self._lengths_s)
        self._by_threshold(found, kinds, thresholds_s, sums)
        found.many["wait_quantile_s"] = self._quantiles(kinds)
        found.many["by_level"] = {
            level or "any": self._ratio(self._by_level[:, kinds, place].sum(axis=1), sums["served"])
            for place, level in enumerate(self._layout.levels)
            if self._by_level[:, kinds, place].any()
        }
        return found

    def group(self, agents: Sequence[int]) -> dict[str, Estimate]:
        """The measures of some agents together."""
        busy_s = self._of_agents("busy_s", agents)
        staffed_s = self._of_agents("staffed_s", agents)
        served = self._of_agents("served_by", agents)
        return {
            "occupancy": self._ratio(busy_s, staffed_s),
            "served": self._per_run(served),
            "served_share": self._ratio(served, self._of_agents("served_by", None)),
            "staffed_hours": self._per_run(staffed_s / 3_600),
        }

    def agents(self) -> AgentMeasures:
        """The measures of each agent, from run to run."""
        busy_s = np.array([run.busy_s.sum(axis=0) for run in self._runs])
        staffed_s = np.array([run.staffed_s.sum(axis=0) for run in self._runs])
        shares = np.divide(busy_s, staffed_s, out=np.zeros_like(busy_s), where=staffed_s > 0)
        served = np.array([run.served_by.sum(axis=0) for run in self._runs])
        return AgentMeasures(
            shares.mean(axis=0), _half_widths(shares), served.mean(axis=0), _half_widths(served)
        )

    def spread(self) -> Spread:
        """How differently agents were used, over all runs."""
        busy_s = sum(run.busy_s.sum(axis=0) for run in self._runs)
        staffed_s = sum(run.staffed_s.sum(axis=0) for run in self._runs)
        shares = np.divide(busy_s, staffed_s, out=np.zeros_like(busy_s), where=staffed_s > 0)
        return Spread(float(shares.min()), float(shares.max()), float(shares.std()))

    def depth(self) -> list[Estimate]:
        """How many wait at each point of the series."""
        return [
            _mean(list(column))
            for column in zip(*(r.series.depth for r in self._runs), strict=True)
        ]

    def _by_threshold(
        self,
        found: Scope,
        kinds: list[int],
        thresholds_s: Sequence[float],
        sums: dict[str, Floats],
    ) -> None:
        levels, late = {}, {}
        for threshold_s in thresholds_s:
            place = self._layout.thresholds_s.index(threshold_s)
            in_time = self._in_time[:, kinds, place].sum(axis=1)
            levels[f"{threshold_s:g}"] = self._ratio(in_time, sums["offered"])
            late[f"{threshold_s:g}"] = self._ratio(sums["served"] - in_time, sums["served"])
        found.many["service_level_at_s"] = levels
        found.many["wait_over_s"] = late

    def _quantiles(self, kinds: list[int]) -> dict[str, Estimate]:
        """Of one type, or of all; of some together there are none."""
        rows = self._runs[0].quantiles_s.shape[0]
        row = kinds[0] if len(kinds) == 1 else rows - 1
        if 1 < len(kinds) < rows - 1:
            return {}
        return {
            f"p{share * 100:g}": _mean([float(run.quantiles_s[row, place]) for run in self._runs])
            for place, share in enumerate(QUANTILES)
        }

    def _sum(self, name: str, kinds: Sequence[int]) -> Floats:
        summed: Floats = self._counts[:, kinds, COUNTS.index(name)].sum(axis=1)
        return summed

    def _of_agents(self, name: str, agents: Sequence[int] | None) -> Floats:
        chosen: Any = slice(None) if agents is None else list(agents)
        return np.concatenate([getattr(run, name)[:, chosen].sum(axis=1) for run in self._runs])

    def _per_run(self, counts: Floats) -> Estimate:
        """A mean over runs."""
        return _mean(counts.reshape(len(self._runs), -1).sum(axis=1).tolist())

    def _ratio(self, part: Floats, whole: Floats) -> Estimate:
        return ratio(part.tolist(), whole.tolist(), controls=self._controls)

    def _unusual(self, runs: int) -> Floats | None:
        """By stretch: how far arrivals and the work that they brought lie from what is expected."""
        usual = np.tile(self._layout.expected, (runs, 1))
        if len(usual) < CONTROLLED_FROM or not usual.sum(axis=1).all():
            return None
        fresh = self._counts[:, :, COUNTS.index("fresh")]
        brought = self._counts[:, :, COUNTS.index("brought")]
        if usual.shape[1] > TYPES_APART_MAX or not usual.all():
            usual, fresh, brought = (x.sum(axis=1, keepdims=True) for x in (usual, fresh, brought))
        return np.column_stack((fresh / usual - 1, (brought - fresh) / usual))


def _shares(sums: dict[str, Floats], in_own_time: Floats) -> dict[str, tuple[Floats, Floats]]:
    """Measures that are one sum over another."""
    return {
        "service_level": (in_own_time, sums["offered"]),
        "abandonment": (sums["abandoned"], sums["offered"]),
        "blocking": (sums["blocked"], sums["offered"]),
        "asa_s": (sums["wait_s"], sums["served"]),
        "abandon_wait_s": (sums["gave_up_s"], sums["abandoned"]),
        "preferred_rate": (sums["reached"], sums["knew"]),
    }


def _mean(found: Sequence[float]) -> Estimate:
    return ratio(list(found), [1.0] * len(found))


def _half_widths(table: Floats) -> Floats:
    """Of the means of columns; not-a-number for a single run."""
    runs = len(table)
    if runs < 2:
        return np.full(table.shape[1], np.nan)
    widths: Floats = stdtrit(runs - 1, 0.975) * table.std(axis=0, ddof=1) / np.sqrt(runs)
    return widths
