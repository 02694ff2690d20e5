"""The measures of a row, estimated from stretches of its runs, and how they differ from another
row's under the same contacts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.quality.center import Floats
from benchmarks.scenario.document import Scenario
from benchmarks.simulator.estimates import Estimate, ratio, ratio_difference
from benchmarks.simulator.figures import COUNTS, Figures, Layout
from benchmarks.simulator.measures import Spread

__all__ = ("Measured", "difference", "measure_all", "measured")

# name: (part, whole, scale). Waits are of served calls, shares of all attempts.
_RATIOS: Final = {
    "service_level": ("in_time", "offered", 1.0),
    "abandonment": ("abandoned", "offered", 1.0),
    "blocking": ("blocked", "offered", 1.0),
    "late": ("late", "served", 1.0),
    "wait_min": ("wait_s", "served", 1 / 60),
    "asa_s": ("wait_s", "served", 1.0),
    "value": ("value", "served", 1.0),
    "preferred": ("reached", "knew", 1.0),
}

CONTROLLED_FROM: Final = 20
"""With fewer stretches, what controls seem to explain is mostly chance."""

TYPES_APART_MAX: Final = 3
"""With more types, only their sums are controls: each control costs a degree of freedom."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """The stretches of all runs of a row, one below the other: ``sums`` by (stretch, type), seconds
    at work and on duty by (stretch, agent), and how unusual the traffic was by (stretch, control):
    deviations from what is expected, each 0 on average; None where there are too few."""

    sums: Mapping[str, Floats]
    busy_s: Floats
    staffed_s: Floats
    controls: Floats | None
    depths: tuple[int, ...]
    """By run, how many waited at the moment of interest."""

    groups: Mapping[str, Sequence[int]]
    types: tuple[str, ...]

    @property
    def spread(self) -> Spread:
        """Lowest and highest occupancy of an agent over all runs, and the deviation."""
        each = self.busy_s.sum(axis=0) / self.staffed_s.sum(axis=0)
        return Spread(float(each.min()), float(each.max()), float(each.std()))

    def ratios(self) -> Iterator[tuple[str, list[float], list[float], float]]:
        """Each measure that is one sum over another: its key, parts, wholes, scale."""
        for name, (part, whole, scale) in _RATIOS.items():
            parts, wholes = self.sums[part], self.sums[whole]
            yield name, parts.sum(axis=1).tolist(), wholes.sum(axis=1).tolist(), scale
            if len(self.types) > 1:
                for kind, column in enumerate(self.types):
                    key = f"{name}[{column}]"
                    yield key, parts[:, kind].tolist(), wholes[:, kind].tolist(), scale
        agents: dict[str, Sequence[int]] = {"occupancy": range(self.busy_s.shape[1])}
        if len(self.groups) > 1:
            agents |= {f"occupancy[{name}]": chosen for name, chosen in self.groups.items()}
        for key, chosen in agents.items():
            busy_s, staffed_s = self.busy_s[:, chosen], self.staffed_s[:, chosen]
            yield key, busy_s.sum(axis=1).tolist(), staffed_s.sum(axis=1).tolist(), 1.0


def measured(
    scenario: Scenario, layout: Layout, runs: Sequence[Figures], depth_at_s: float | None
) -> Measured:
    """The runs of a row, in any order that is the same for all rows that are compared."""
    counts = np.concatenate([run.counts for run in runs])
    in_time = np.concatenate([run.in_time for run in runs])
    sums = {name: counts[:, :, place] for place, name in enumerate(COUNTS)}
    first, last = ([layout.thresholds_s.index(t) for t in each] for each in _thresholds(scenario))
    kinds = range(len(scenario.types))
    sums["in_time"] = in_time[:, kinds, first]
    sums["late"] = sums["served"] - in_time[:, kinds, last]
    step_s = runs[0].series.step_s
    looked_at = None if depth_at_s is None else int(depth_at_s / step_s)
    return Measured(
        sums=sums,
        busy_s=np.concatenate([run.busy_s for run in runs]),
        staffed_s=np.concatenate([run.staffed_s for run in runs]),
        controls=_unusual(sums, np.tile(layout.expected, (len(runs), 1))),
        depths=() if looked_at is None else tuple(run.series.depth[looked_at] for run in runs),
        groups=layout.groups,
        types=tuple(scenario.types),
    )


def _thresholds(scenario: Scenario) -> tuple[list[float], list[float]]:
    """By type, the wait that is in time, and that above which one is late."""
    each = [scenario.thresholds_of(name) for name in scenario.types]
    return [one[0] for one in each], [one[-1] for one in each]


def _unusual(sums: Mapping[str, Floats], usual: Floats) -> Floats | None:
    """By stretch, by how much more came than is expected, and by how much more work."""
    if len(usual) < CONTROLLED_FROM or not usual.sum(axis=1).all():
        return None
    came, brought = sums["fresh"], sums["brought"]
    if usual.shape[1] > TYPES_APART_MAX or not usual.all():
        usual, came, brought = (x.sum(axis=1, keepdims=True) for x in (usual, came, brought))
    return np.column_stack((came / usual - 1, (brought - came) / usual))


def measure_all(run: Measured) -> dict[str, Estimate]:
    """Every measure over all types, ``key[type]`` for each type when there are several; occupancy,
    of all and by group; the depth of the queue, if that was looked at."""
    found = {
        key: ratio(parts, wholes, scale=scale, controls=run.controls)
        for key, parts, wholes, scale in run.ratios()
    }
    if run.depths:
        found["depth"] = ratio([float(depth) for depth in run.depths], [1.0] * len(run.depths))
    return found


def difference(run: Measured, other: Measured) -> dict[str, Estimate]:
    """Every measure less that of another row under the same contacts: paired by stretch."""
    return {
        key: ratio_difference(
            parts, wholes, other_parts, other_wholes, scale=scale, controls=run.controls
        )
        for (key, parts, wholes, scale), (_, other_parts, other_wholes, _) in zip(
            run.ratios(), other.ratios(), strict=True
        )
    }
