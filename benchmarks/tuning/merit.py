"""Merit: the goals and bounds of an objective, as numbers of which less is better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from adapters.tuning.figures import Bound, Figure
from adapters.tuning.objective import Objective
from benchmarks.tuning.evidence import Evidence
from benchmarks.tuning.ground import GroundError

__all__ = ("Merit", "Terms")


@dataclass(frozen=True, slots=True)
class Merit:
    """``costs``: a goal each, less is better; ``excess``: by how much each bound is broken (0 or
    below: it holds)."""

    costs: tuple[float, ...]
    excess: tuple[float, ...]

    @property
    def is_feasible(self) -> bool:
        """Whether all bounds hold, by the means."""
        return all(each <= 0 for each in self.excess)

    @property
    def broken(self) -> float:
        """By how much the bounds are broken, all together."""
        return sum(max(0.0, each) for each in self.excess)

    def beats(self, other: Merit) -> bool:
        """Whether it is to be preferred: feasible before not, less broken before more, then as
        good in all goals and better in one."""
        if self.is_feasible != other.is_feasible:
            return self.is_feasible
        if not self.is_feasible:
            return self.broken < other.broken
        pairs = list(zip(self.costs, other.costs, strict=True))
        return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)


class Terms:
    """An objective over the figures that are measured, in their order."""

    def __init__(self, objective: Objective) -> None:
        self.objective = objective
        self.figures: tuple[Figure, ...] = tuple(objective.figures())

    @property
    def goals(self) -> Sequence[Figure]:
        """What is traded off."""
        return self.objective.goals

    @property
    def bounds(self) -> Sequence[Bound]:
        """What must hold."""
        return self.objective.subject_to

    def require_known(self, base: Evidence) -> None:
        """Raise :class:`GroundError` for a figure of which nothing is seen."""
        for place, figure in enumerate(self.figures):
            if isnan(base.of(place).mean):
                raise GroundError(f"{figure}: these contacts say nothing of it")

    def place(self, figure: Figure) -> int:
        """Which of the figures it is."""
        return self.figures.index(figure)

    def sign(self, goal: Figure) -> float:
        """1 where less is wanted, -1 where more is."""
        return -1.0 if self.objective.is_maximised(goal) else 1.0

    def merit(self, evidence: Evidence, base: Evidence) -> Merit:
        """Of a candidate: the base as it is on all of its replications, and by how much the
        candidate differs on those that both have played, so that some lucky replications make
        nobody good."""
        found = {
            figure: base.of(place).mean + evidence.beyond(base, place).mean
            for place, figure in enumerate(self.figures)
        }
        return Merit(
            costs=tuple(self.sign(goal) * found[goal] for goal in self.goals),
            excess=tuple(bound.excess(found[bound.figure]) for bound in self.bounds),
        )
