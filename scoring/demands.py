"""Demands by slot: their requirements as flat arrays, and the weights of their terms.

What a demand asks is kept as (skill row, table row, weight, hard) per requirement, so that a choice
evaluates exactly the agents and demands that it looks at. A new demand costs as much as it has
requirements; an agent's changed skills cost a bit in each row of holders.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring.fit import Demand, FitTables
from scoring.growing import doubled
from scoring.holders import Holders
from scoring.roster import AGENT_TERMS, Roster
from scoring.strategies import PAIR_COUNTS, Strategy

__all__ = ("WEIGHTS", "Demands")

WEIGHTS: Final = 3 + AGENT_TERMS
"""Weights of a slot in thousandths: skill, history, idle, then the terms of the agent."""

_SMALLEST: Final = 4


class Demands:
    """Requirements and weights by slot. ``generation`` changes when an array has been replaced."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self.tables = FitTables()
        self.holders = Holders(roster, self.tables)
        self.generation = 0
        self.weights: NDArray[np.int32] = np.zeros((16, WEIGHTS), dtype=np.int32)
        self.weight_total: NDArray[np.int64] = np.ones(16, dtype=np.int64)
        self.divisor: NDArray[np.int64] = np.zeros(16, dtype=np.int64)
        self.turn: NDArray[np.uint8] = np.zeros(16, dtype=np.uint8)
        self.fixed_pair: NDArray[np.int32] = np.zeros(16, dtype=np.int32)
        self.queue: NDArray[np.int32] = np.zeros(16, dtype=np.int32)
        self.first: NDArray[np.int32] = np.zeros(16, dtype=np.int32)
        self.count: NDArray[np.int32] = np.zeros(16, dtype=np.int32)
        self.skill: NDArray[np.int32] = np.zeros(64, dtype=np.int32)
        self.table: NDArray[np.int32] = np.zeros(64, dtype=np.int32)
        self.weight: NDArray[np.int32] = np.zeros(64, dtype=np.int32)
        self.hard: NDArray[np.bool_] = np.zeros(64, dtype=np.bool_)
        self.holder: NDArray[np.int32] = np.full(64, -1, dtype=np.int32)
        self._room: list[int] = []
        self._vacant: dict[int, list[int]] = {}
        self._end = 0

    def set_slot(
        self,
        slot: int,
        demands: Sequence[Demand],
        strategy: Strategy,
        fixed_pair: int = PAIR_COUNTS,
        queue: int = 0,
    ) -> None:
        """Let a slot stand for this demand from now on.

        ``fixed_pair`` stands in for the pair score where interactions are compared; ``queue`` is
        the row of its queue where they are told apart by precedence.
        """
        self._reach(slot)
        skill, history, load, idle, scarcity = strategy.weights
        self.weights[slot, :6] = skill, history, idle, load, strategy.spare, scarcity
        self.weight_total[slot] = max(1, strategy.total)
        self.turn[slot] = strategy.number
        self.fixed_pair[slot] = fixed_pair
        self.queue[slot] = queue
        self.divisor[slot] = sum(d.weight for d in demands)
        first = self._allocate(slot, len(demands))
        self.first[slot] = first
        self.count[slot] = len(demands)
        for at, demand in enumerate(demands, first):
            self.skill[at] = self._roster.skill_row(demand.skill)
            self.table[at] = self.tables.row(demand, strategy.formula)
            self.weight[at] = demand.weight
            self.hard[at] = demand.hard
            self.holder[at] = self._holder(int(self.skill[at]), int(self.table[at]), demand)

    def _holder(self, skill: int, table: int, demand: Demand) -> int:
        """The row of bits of those who meet a hard requirement; -1 where none is kept."""
        if not demand.hard or self._roster.is_reserved(skill):
            return -1
        return self.holders.row(skill, table)

    def _allocate(self, slot: int, count: int) -> int:
        """A run of ``count`` places for the slot's requirements; its old run is given back."""
        if count <= self._room[slot]:
            return int(self.first[slot])
        if self._room[slot]:
            self._vacant.setdefault(self._room[slot], []).append(int(self.first[slot]))
        room = max(_SMALLEST, 1 << (count - 1).bit_length())
        self._room[slot] = room
        if vacant := self._vacant.get(room):
            return vacant.pop()
        first, self._end = self._end, self._end + room
        while self._end > len(self.skill):
            self.skill = doubled(self.skill)
            self.table = doubled(self.table)
            self.weight = doubled(self.weight)
            self.hard = doubled(self.hard)
            self.holder = doubled(self.holder)
            self.generation += 1
        return first

    def _reach(self, slot: int) -> None:
        while slot >= len(self.first):
            self.weights = doubled(self.weights)
            self.weight_total = np.maximum(doubled(self.weight_total), 1)
            self.divisor = doubled(self.divisor)
            self.turn = doubled(self.turn)
            self.fixed_pair = doubled(self.fixed_pair)
            self.queue = doubled(self.queue)
            self.first = doubled(self.first)
            self.count = doubled(self.count)
            self.generation += 1
        self._room.extend([0] * (slot + 1 - len(self._room)))
