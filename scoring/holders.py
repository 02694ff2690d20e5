"""Holders: for each thing that is asked of a skill, who meets it, as a bit for every agent.

A choice among many agents with room first narrows them down by these bits, a word at a time, and
only evaluates who is left.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring.fit import FitTables
from scoring.growing import doubled
from scoring.roster import Roster

__all__ = ("Holders",)


class Holders:
    """Rows of bits by (skill row, table row); ``generation`` changes when they are replaced."""

    def __init__(self, roster: Roster, tables: FitTables) -> None:
        self._roster = roster
        self._tables = tables
        self._rows: dict[tuple[int, int], int] = {}
        self._skill: NDArray[np.intp] = np.zeros(16, dtype=np.intp)
        self._table: NDArray[np.intp] = np.zeros(16, dtype=np.intp)
        self._bits: NDArray[np.uint64] = np.zeros((16, 1), dtype=np.uint64)
        self.generation = 0
        roster.on_levels = self._column_changed

    @property
    def bits(self) -> NDArray[np.uint64]:
        """``bits[row, word]``, as wide as the roster."""
        words = self._roster.open.shape[1]
        if words != self._bits.shape[1]:
            wider = np.zeros((len(self._bits), words), dtype=np.uint64)
            wider[:, : self._bits.shape[1]] = self._bits
            self._bits = wider
            self.generation += 1
        return self._bits

    def row(self, skill: int, table: int) -> int:
        """The row of those whose level in a skill meets a table, made at its first use."""
        row = self._rows.get((skill, table))
        if row is None:
            row = self._rows[skill, table] = len(self._rows)
            if row == len(self.bits):
                self._bits = doubled(self._bits)
                self._skill, self._table = doubled(self._skill), doubled(self._table)
                self.generation += 1
            self._skill[row], self._table[row] = skill, table
            met = self._tables.satisfied[table, self._roster.levels[:, skill]]
            self.bits[row] = np.packbits(met, bitorder="little").view("<u8")
        return row

    def _column_changed(self, column: int) -> None:
        """An agent's levels are others: bring their bit in every row up to date."""
        rows = len(self._rows)
        if not rows:
            return
        held = self._roster.levels[column, self._skill[:rows]]
        met = self._tables.satisfied[self._table[:rows], held]
        word, bit = column >> 6, np.uint64(1 << (column & 63))
        words = self.bits[:rows, word]
        self.bits[:rows, word] = np.where(met, words | bit, words & ~bit)
