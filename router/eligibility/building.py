"""From a requirement to its predicate, noting on the way what it reads of agents."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from router.commands import Requirement
from router.eligibility.expression import compiled, expression_of
from router.eligibility.facts import Read
from router.eligibility.plan import Wanted
from router.eligibility.predicates import (
    AllOf,
    AnyOf,
    Evaluated,
    Level,
    Never,
    Not,
    Open,
    Predicate,
)
from router.eligibility.projection import Projections, Reads
from router.errors import ExpressionError
from scoring.fit import LEVELS, Demand, requirement_fit
from scoring.roster import Roster

__all__ = ("Builder", "satisfied_levels")


class Builder:
    """Builds one predicate; ``reads`` and ``projections`` then say what it depends on.

    ``projections`` have been taken, and are to be given back with the predicate.
    """

    def __init__(
        self,
        roster: Roster,
        levels: Mapping[str, int],
        open_groups: Container[str],
        projections: Projections,
        count_faults: Callable[[int], None],
    ) -> None:
        self._roster = roster
        self._skills = levels
        self._open_groups = open_groups
        self._known = projections
        self._count_faults = count_faults
        self.reads: set[Read] = set()
        self.projections: list[Reads] = []

    def build(self, wanted: Wanted) -> Predicate:
        """The predicate of what is wanted."""
        return self._node(wanted.requirement, iter(wanted.texts))

    def _node(self, requirement: Requirement, texts: Iterator[str | None]) -> Predicate:
        """``texts`` are those of the expressions from here on, in the order of the tree."""
        if requirement.skill:
            return self._level(requirement)
        if requirement.expression is not None:
            return self._evaluated(requirement.expression, next(texts))
        if requirement.group:
            self.reads.add(("group", requirement.group))
            return Open(self._roster, self._open_groups, requirement.group)
        if requirement.negated is not None:
            return Not(self._node(requirement.negated, texts))
        if requirement.all_of is not None:
            return AllOf([self._node(each, texts) for each in requirement.all_of])
        return AnyOf([self._node(each, texts) for each in requirement.any_of or ()])

    def _level(self, requirement: Requirement) -> Predicate:
        self.reads.add(("skill", requirement.skill))
        row = self._roster.skill_row(requirement.skill)
        satisfied = satisfied_levels(requirement.op, requirement.level, requirement.level_max)
        return Level(self._roster, row, satisfied)

    def _evaluated(self, text: str, bound_text: str | None) -> Predicate:
        if bound_text is None:
            return Never(self._roster)
        try:
            program = compiled(bound_text)
        except ExpressionError:
            return Never(self._roster)
        reads = Reads.by(expression_of(text).profile, self._skills)
        self.reads.update(reads.each())
        self.projections.append(reads)
        projection = self._known.take(reads)
        return Evaluated(program, projection, self._roster, self._count_faults)


@lru_cache(maxsize=1_024)
def satisfied_levels(op: str, level: int, level_max: int) -> NDArray[np.bool_]:
    """By level held: whether it satisfies an operator."""
    demand = Demand("", op, level, level_max, hard=True, weight=1, levels=1)
    return np.array([requirement_fit(demand, held)[0] for held in range(LEVELS)], dtype=np.bool_)
