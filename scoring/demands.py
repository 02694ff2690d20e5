"""Demand rows: for each class of demand, which agents are eligible and how well they fit.

One row per slot (a demand class of the queue), one column per agent of the roster. A row is
computed when its class appears, a column when an agent's skills change; a choice only reads.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scoring.fit import FULL_PPM, Demand, FitTables
from scoring.roster import Roster
from scoring.terms import PairWeights

__all__ = ("DemandRows",)


class DemandRows:
    """``eligible[slot, column]`` and ``fit[slot, column]`` (ppm), and the weights of each slot."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._tables = FitTables()
        self._demands = _DemandList()
        self.eligible: NDArray[np.bool_] = np.zeros((16, roster.width), dtype=np.bool_)
        self.fit: NDArray[np.int32] = np.zeros((16, roster.width), dtype=np.int32)
        self.weights: NDArray[np.int64] = np.zeros((16, 4), dtype=np.int64)
        self.weight_total: NDArray[np.int64] = np.ones(16, dtype=np.int64)

    def set_slot(self, slot: int, demands: Sequence[Demand], weights: PairWeights) -> None:
        """Fill a slot's row for every agent."""
        self._reach(slot)
        self.weights[slot] = weights
        self.weight_total[slot] = weights.total
        rows = [(self._roster.skill_row(d.skill), self._tables.row(d), d) for d in demands]
        self._demands.replace(slot, rows)
        eligible = np.ones(self._roster.width, dtype=np.bool_)
        scores = np.zeros(self._roster.width, dtype=np.int64)
        for skill_row, table_row, demand in rows:
            held = self._roster.levels[skill_row]
            if demand.hard:
                eligible &= self._tables.satisfied[table_row][held]
            scores += demand.weight * self._tables.score[table_row][held]
        divisor = sum(d.weight for d in demands)
        self.eligible[slot] = eligible
        self.fit[slot] = scores // divisor if divisor else FULL_PPM

    def set_column(self, column: int) -> None:
        """Recompute one agent's column for every slot, in one vectorised pass."""
        self._reach(0)
        slots, skill_rows, table_rows, hard, weight = self._demands.arrays()
        held = self._roster.levels[skill_rows, column]
        scores = weight * self._tables.score[table_rows, held]
        unmet = hard & ~self._tables.satisfied[table_rows, held]
        size = len(self.eligible)
        divisor = np.bincount(slots, weights=weight, minlength=size)[:size].astype(np.int64)
        summed = np.bincount(slots, weights=scores, minlength=size)[:size].astype(np.int64)
        self.eligible[:, column] = np.bincount(slots, weights=unmet, minlength=size)[:size] == 0
        self.fit[:, column] = np.where(divisor > 0, summed // np.maximum(divisor, 1), FULL_PPM)

    def _reach(self, slot: int) -> None:
        height, width = self.eligible.shape
        if self._roster.width > width:
            extra = self._roster.width - width
            self.eligible = np.pad(self.eligible, ((0, 0), (0, extra)))
            self.fit = np.pad(self.fit, ((0, 0), (0, extra)))
        while slot >= height:
            self.eligible = np.concatenate((self.eligible, np.zeros_like(self.eligible)))
            self.fit = np.concatenate((self.fit, np.zeros_like(self.fit)))
            self.weights = np.concatenate((self.weights, np.zeros_like(self.weights)))
            self.weight_total = np.concatenate((self.weight_total, np.ones_like(self.weight_total)))
            height *= 2


class _DemandList:
    """All demands of all slots as parallel arrays, rebuilt when a slot has other demands."""

    def __init__(self) -> None:
        self._slots: dict[int, list[tuple[int, int, Demand]]] = {}
        self._arrays: tuple[NDArray[np.int64], ...] | None = None

    def replace(self, slot: int, rows: list[tuple[int, int, Demand]]) -> None:
        self._slots[slot] = rows
        self._arrays = None

    def arrays(
        self,
    ) -> tuple[
        NDArray[np.int64],
        NDArray[np.int64],
        NDArray[np.int64],
        NDArray[np.bool_],
        NDArray[np.int64],
    ]:
        """(slot, skill row, table row, hard, weight) of every demand."""
        if self._arrays is None:
            flat = [
                (slot, skill_row, table_row, demand.hard, demand.weight)
                for slot, rows in self._slots.items()
                for skill_row, table_row, demand in rows
            ]
            self._arrays = tuple(np.array(flat, dtype=np.int64).reshape(-1, 5).T)
        slots, skill_rows, table_rows, hard, weight = self._arrays
        return slots, skill_rows, table_rows, hard.astype(np.bool_), weight
