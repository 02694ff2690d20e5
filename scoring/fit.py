"""Skill fit: what one requirement makes of a level, and the lookup tables built from it.

Levels are small integers, so everything that a requirement can say of an agent fits into two tables
indexed by the level held: whether it is satisfied, and its score in ppm. The formulas stand here
once (docs/matching.md, "Pair score"); arrays only ever look them up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ("FULL_PPM", "LEVELS", "Demand", "FitTables", "requirement_fit")

FULL_PPM: Final = 1_000_000
HALF_PPM: Final = 500_000
LEVELS: Final = 101
"""Levels run from 0 (does not have the skill) to 100."""

_HOLDS: Final[dict[str, Callable[[int, int, int], bool]]] = {
    "=": lambda held, level, _: held == level,
    "!=": lambda held, level, _: held != level,
    "<": lambda held, level, _: held < level,
    "<=": lambda held, level, _: held <= level,
    ">": lambda held, level, _: held > level,
    ">=": lambda held, level, _: held >= level,
    "between": lambda held, level, level_max: level <= held <= level_max,
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


def requirement_fit(demand: Demand, held: int) -> tuple[bool, int]:
    """Whether a held level satisfies the demand, and its score in ppm.

    A satisfied demand scores from one half (lowest level) to 1 (top of the scale), so that no
    unsatisfied one can score higher; an unsatisfied minimum scores by how near the level comes.
    """
    if _HOLDS[demand.op](held, demand.level, demand.level_max):
        return True, HALF_PPM + (HALF_PPM * min(held, demand.levels)) // demand.levels
    needed = {">=": demand.level, ">": demand.level + 1}.get(demand.op, 0)
    return False, (HALF_PPM * held) // needed if needed else 0


class FitTables:
    """Interned lookup tables: row ``r`` holds, for each level, ``satisfied[r]`` and ``score[r]``.

    ``generation`` changes when the arrays have been replaced by larger ones.
    """

    def __init__(self) -> None:
        self.generation = 0
        self._rows: dict[Demand, int] = {}
        self.satisfied: NDArray[np.bool_] = np.zeros((16, LEVELS), dtype=np.bool_)
        self.score: NDArray[np.int32] = np.zeros((16, LEVELS), dtype=np.int32)

    def row(self, demand: Demand) -> int:
        """The row of a demand's tables, built at its first use."""
        key = demand._replace(hard=True, weight=1, skill="")
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = len(self._rows)
            self._fill(row, key)
        return row

    def _fill(self, row: int, demand: Demand) -> None:
        if row == len(self.score):
            self.satisfied = np.concatenate((self.satisfied, np.zeros_like(self.satisfied)))
            self.score = np.concatenate((self.score, np.zeros_like(self.score)))
            self.generation += 1
        for held in range(LEVELS):
            self.satisfied[row, held], self.score[row, held] = requirement_fit(demand, held)
