"""Skill fit: what one requirement makes of a level, and the lookup tables built from it.

Levels are small integers, so everything that a requirement can say of an agent fits into two tables
indexed by the level held: whether it is satisfied, and its score in ppm. The formulas stand here
once (docs/matching.md, "Pair score"); arrays only ever look them up.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scoring.growing import doubled

__all__ = (
    "BITS",
    "FULL_PPM",
    "HOLDS",
    "LEVELS",
    "Demand",
    "FitTables",
    "Formula",
    "requirement_fit",
)

FULL_PPM: Final = 1_000_000
HALF_PPM: Final = 500_000
LEVELS: Final = 101
"""Levels run from 0 (does not have the skill) to 100."""

HOLDS: Final = "holds"
"""The operator of a condition: the bit ``level`` of the level held. All or nothing, by any
formula."""

BITS: Final = 6
"""Conditions in one level: as many as any of its values can be looked up."""

Formula: TypeAlias = Literal["highest", "least", "closest", "logistic"]
"""What a satisfied requirement likes best: the highest level, the least, the one asked for, or as
far beyond it as may be, along a logistic curve."""

_HOLDS: Final[dict[str, Callable[[int, int, int], bool]]] = {
    "=": lambda held, level, _: held == level,
    "!=": lambda held, level, _: held != level,
    "<": lambda held, level, _: held < level,
    "<=": lambda held, level, _: held <= level,
    ">": lambda held, level, _: held > level,
    ">=": lambda held, level, _: held >= level,
    "between": lambda held, level, level_max: level <= held <= level_max,
    HOLDS: lambda held, bit, _: bool(held >> bit & 1),
}


class Demand(NamedTuple):
    """One requirement with the scale of its skill: the key of its lookup tables."""

    skill: str
    op: str
    level: int
    level_max: int
    hard: bool
    weight: int
    levels: int


def requirement_fit(demand: Demand, held: int, formula: Formula = "highest") -> tuple[bool, int]:
    """Whether a held level satisfies the demand, and its score in ppm.

    A satisfied demand scores from one half to 1, by the formula, so that no unsatisfied one can
    score higher; an unsatisfied minimum scores by how near the level comes.
    """
    if formula == "logistic":
        return _logistic_fit(demand, held)
    needed = {">=": demand.level, ">": demand.level + 1}.get(demand.op, 0)
    if _HOLDS[demand.op](held, demand.level, demand.level_max):
        return True, _satisfied_score(demand, held, needed, formula)
    return False, (HALF_PPM * held) // needed if needed else 0


def _satisfied_score(demand: Demand, held: int, needed: int, formula: Formula) -> int:
    top = demand.levels
    if demand.op == HOLDS:
        return FULL_PPM
    if formula == "highest":
        return HALF_PPM + (HALF_PPM * min(held, top)) // top
    if formula == "least":
        return HALF_PPM + (HALF_PPM * (top - min(held, top))) // top
    if demand.op not in {">=", ">"}:
        return FULL_PPM
    return max(HALF_PPM, FULL_PPM - (HALF_PPM * (held - needed)) // top)


def _logistic_fit(demand: Demand, held: int) -> tuple[bool, int]:
    """Azure Job Router's default score of a selector: 1 / (1 + e^-x), x = (held - level) / level of
    a minimum, the negative of that of a maximum; all or nothing for the other operators.

    In decimals, which are the same on every host.
    """
    holds = _HOLDS[demand.op](held, demand.level, demand.level_max)
    if demand.op not in {">", ">=", "<", "<="}:
        return holds, FULL_PPM if holds else 0
    beyond = held - demand.level if demand.op in {">", ">="} else demand.level - held
    if not demand.level:
        score = HALF_PPM if not beyond else FULL_PPM if beyond > 0 else 0
    else:
        curve = 1 / (1 + (Decimal(-beyond) / demand.level).exp())
        score = int((curve * FULL_PPM).to_integral_value())
    return holds, score if holds else min(score, HALF_PPM - 1)


class FitTables:
    """Interned lookup tables: row ``r`` holds, for each level, ``satisfied[r]`` and ``score[r]``.

    ``generation`` changes when the arrays have been replaced by larger ones.
    """

    def __init__(self) -> None:
        self.generation = 0
        self._rows: dict[tuple[Demand, Formula], int] = {}
        self.satisfied: NDArray[np.bool_] = np.zeros((16, LEVELS), dtype=np.bool_)
        self.score: NDArray[np.int32] = np.zeros((16, LEVELS), dtype=np.int32)

    def row(self, demand: Demand, formula: Formula = "highest") -> int:
        """The row of a demand's tables by a formula, built at its first use."""
        key = demand._replace(hard=True, weight=1, skill="")
        row = self._rows.get((key, formula))
        if row is None:
            row = self._rows[key, formula] = len(self._rows)
            self._fill(row, key, formula)
        return row

    def _fill(self, row: int, demand: Demand, formula: Formula) -> None:
        if row == len(self.score):
            self.satisfied = doubled(self.satisfied)
            self.score = doubled(self.score)
            self.generation += 1
        for held in range(LEVELS):
            fit = requirement_fit(demand, held, formula)
            self.satisfied[row, held], self.score[row, held] = fit
