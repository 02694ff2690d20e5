"""What replications have shown of one policy, and how it compares with another on the same ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.special import stdtrit

from benchmarks.scenario.elements import Floats
from benchmarks.simulator.estimates import Estimate, ratio, ratio_difference
from benchmarks.tuning.ground import PART, WHOLE

__all__ = ("Evidence", "half_width")


@dataclass(slots=True)
class Evidence:
    """By replication: the part and the whole of each figure, as :meth:`Ground.play` tells them."""

    runs: dict[int, Floats] = field(default_factory=dict)

    def of(self, figure: int, replications: Sequence[int] | None = None) -> Estimate:
        """A figure over some replications (all that there are), with its 95 % interval."""
        parts, wholes = self.columns(figure, replications or sorted(self.runs))
        return ratio(parts, wholes)

    def beyond(self, other: Evidence, figure: int) -> Estimate:
        """A figure here less that of another policy, on the replications that both have played."""
        both = sorted(self.runs.keys() & other.runs.keys())
        return ratio_difference(*self.columns(figure, both), *other.columns(figure, both))

    def columns(self, figure: int, replications: Sequence[int]) -> tuple[list[float], list[float]]:
        """Parts and wholes of a figure, by replication."""
        table = np.array([self.runs[number][figure] for number in replications])
        return table[:, PART].tolist(), table[:, WHOLE].tolist()


def half_width(estimate: Estimate, replications: int, comparisons: int) -> float:
    """Half the width of an interval that holds for so many comparisons at once, with 95 %
    (Bonferroni); infinite where nothing is known of the spread."""
    if replications < 2 or math.isnan(estimate.standard_error):
        return math.inf
    quantile = float(stdtrit(replications - 1, 1 - 0.025 / max(1, comparisons)))
    return quantile * estimate.standard_error
