"""Plain tables for the scan: one row for each waiting interaction, one column for each agent.

Nothing is sorted and nothing is kept by class but the class's number: a scan reads it all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from scoring.fit import LEVELS, Demand, requirement_fit

__all__ = ("AgentTable", "DemandTable", "WaitingTable")

Scalar = TypeVar("Scalar", bound=np.generic)

NOBODY: Final = -1
_BEGIN: Final = 1_024


class AgentTable:
    """Agents by column: what eligibility and pair score read."""

    def __init__(self, channels: int) -> None:
        self.columns: dict[str, int] = {}
        self.ids: list[str] = []
        self._skills: dict[str, int] = {}
        self.available: NDArray[np.bool_] = np.zeros(_BEGIN, dtype=np.bool_)
        self.capacity: NDArray[np.int64] = np.ones(_BEGIN, dtype=np.int64)
        self.used: NDArray[np.int64] = np.zeros(_BEGIN, dtype=np.int64)
        self.idle_since_ms: NDArray[np.int64] = np.zeros(_BEGIN, dtype=np.int64)
        self.open: NDArray[np.bool_] = np.zeros((channels, _BEGIN), dtype=np.bool_)
        self.levels: NDArray[np.int16] = np.zeros((0, _BEGIN), dtype=np.int16)

    def column(self, agent_id: str) -> int:
        """The column of an agent, made at its first use."""
        column = self.columns.get(agent_id)
        if column is None:
            column = self.columns[agent_id] = len(self.ids)
            self.ids.append(agent_id)
            if column == len(self.used):
                self._widen()
        return column

    def set_levels(self, column: int, skills: Mapping[str, int]) -> None:
        """The agent's levels, whole."""
        self.levels[:, column] = 0
        for skill, level in skills.items():
            row = self.skill_row(skill)  # may replace the array
            self.levels[row, column] = level

    def skill_row(self, skill: str) -> int:
        """The row of a skill's levels, made at its first use."""
        row = self._skills.get(skill)
        if row is None:
            row = self._skills[skill] = len(self._skills)
            new = np.zeros((1, self.levels.shape[1]), dtype=np.int16)
            self.levels = np.concatenate((self.levels, new))
        return row

    def remove(self, agent_id: str) -> None:
        """An agent serves nobody any more; the column stays theirs."""
        column = self.column(agent_id)
        self.available[column] = False
        self.open[:, column] = False

    def _widen(self) -> None:
        self.available = _doubled(self.available)
        self.capacity = _doubled(self.capacity)
        self.capacity[len(self.used) :] = 1
        self.used = _doubled(self.used)
        self.idle_since_ms = _doubled(self.idle_since_ms)
        self.open = np.concatenate((self.open, np.zeros_like(self.open)), axis=1)
        self.levels = np.concatenate((self.levels, np.zeros_like(self.levels)), axis=1)


class DemandTable:
    """Demands by number: requirements as parallel arrays, their meaning as lookup tables."""

    def __init__(self, agents: AgentTable) -> None:
        self._agents = agents
        self.channel: NDArray[np.int64] = np.zeros(_BEGIN, dtype=np.int64)
        self.target_ms: NDArray[np.int64] = np.ones(_BEGIN, dtype=np.int64)
        self.weights: NDArray[np.int64] = np.ones((_BEGIN, 4), dtype=np.int64)
        self.weight_sum: NDArray[np.int64] = np.zeros(_BEGIN, dtype=np.int64)
        self.size = 0
        self._terms: list[list[tuple[int, int, bool, int]]] = []
        self._rows: dict[Demand, int] = {}
        self._satisfied: NDArray[np.bool_] = np.zeros((0, LEVELS), dtype=np.bool_)
        self._score: NDArray[np.int64] = np.zeros((0, LEVELS), dtype=np.int64)
        self._flat: tuple[NDArray[np.int64], ...] | None = None

    def add(
        self, channel: int, target_ms: int, weights: Sequence[int], demands: Sequence[Demand]
    ) -> int:
        """The number of a new demand."""
        number = self.size
        self.size += 1
        if number == len(self.channel):
            self.channel, self.target_ms = _doubled(self.channel), _doubled(self.target_ms)
            self.weights, self.weight_sum = _doubled(self.weights), _doubled(self.weight_sum)
        self.channel[number] = channel
        self.target_ms[number] = target_ms
        self.weights[number] = weights
        self.weight_sum[number] = sum(d.weight for d in demands)
        self._terms.append(
            [(self._agents.skill_row(d.skill), self._row(d), d.hard, d.weight) for d in demands]
        )
        self._flat = None
        return number

    def of_all_agents(self, number: int) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """For one demand and every agent: eligible by skill, and fit in ppm."""
        levels = self._agents.levels
        eligible = np.ones(levels.shape[1], dtype=np.bool_)
        fit = np.zeros(levels.shape[1], dtype=np.int64)
        for skill_row, row, hard, weight in self._terms[number]:
            held = levels[skill_row]
            if hard:
                eligible &= self._satisfied[row][held]
            fit += weight * self._score[row][held]
        total = int(self.weight_sum[number])
        return eligible, fit // total if total else np.full_like(fit, 1_000_000)

    def of_all_demands(self, column: int) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """For one agent and every demand: eligible by skill, and fit in ppm."""
        numbers, skill_rows, hard, weight, rows = self._requirements()
        held = self._agents.levels[skill_rows, column]
        unmet = (hard == 1) & ~self._satisfied[rows, held]
        scores = weight * self._score[rows, held]
        fails = np.bincount(numbers, weights=unmet, minlength=self.size)
        summed = np.bincount(numbers, weights=scores, minlength=self.size).astype(np.int64)
        total = self.weight_sum[: self.size]
        fit = np.where(total > 0, summed // np.maximum(total, 1), 1_000_000)
        return fails == 0, fit

    def _row(self, demand: Demand) -> int:
        key = demand._replace(skill="", hard=True, weight=1)
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = len(self._rows)
            fits = [requirement_fit(key, held) for held in range(LEVELS)]
            self._satisfied = np.vstack((self._satisfied, [met for met, _ in fits]))
            self._score = np.vstack((self._score, [score for _, score in fits]))
        return row

    def _requirements(self) -> tuple[NDArray[np.int64], ...]:
        """Demand number, skill row, hard, weight and table row of every requirement."""
        if self._flat is None:
            flat = [
                (number, skill_row, hard, weight, row)
                for number, terms in enumerate(self._terms)
                for skill_row, row, hard, weight in terms
            ]
            self._flat = tuple(np.array(flat, dtype=np.int64).reshape(-1, 5).T.copy())
        return self._flat


class WaitingTable:
    """Waiting interactions by row; rows that are vacant are not ``alive``."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self.ids: list[str] = []
        self._vacant: list[int] = []
        self.alive: NDArray[np.bool_] = np.zeros(_BEGIN, dtype=np.bool_)
        self.demand: NDArray[np.int32] = np.zeros(_BEGIN, dtype=np.int32)
        self.order_key: NDArray[np.int64] = np.zeros(_BEGIN, dtype=np.int64)
        self.sequence: NDArray[np.int64] = np.zeros(_BEGIN, dtype=np.int64)
        self.prefers: NDArray[np.int32] = np.full((1, _BEGIN), NOBODY, dtype=np.int32)
        self.history: NDArray[np.int32] = np.zeros((1, _BEGIN), dtype=np.int32)

    @property
    def size(self) -> int:
        """How many rows there are, alive or vacant."""
        return len(self.ids)

    def add(self, interaction_id: str, demand: int, order_key: int, sequence: int) -> int:
        """The row of an interaction that waits from now on."""
        row = self._vacant.pop() if self._vacant else len(self.ids)
        if row == len(self.ids):
            self.ids.append(interaction_id)
            if row == len(self.alive):
                self._lengthen()
        self.ids[row] = interaction_id
        self.rows[interaction_id] = row
        self.alive[row] = True
        self.demand[row] = demand
        self.order_key[row] = order_key
        self.sequence[row] = sequence
        return row

    def set_preferred(self, row: int, preferred: Sequence[tuple[int, int]]) -> None:
        """The (column, history ppm) of the agents whom the interaction prefers."""
        self.prefers = _deepened(self.prefers, len(preferred), NOBODY)
        self.history = _deepened(self.history, len(preferred), 0)
        self.prefers[:, row] = NOBODY
        for place, (column, ppm) in enumerate(preferred):
            self.prefers[place, row] = column
            self.history[place, row] = ppm

    def remove(self, interaction_id: str) -> None:
        """An interaction waits no longer."""
        row = self.rows.pop(interaction_id)
        self.alive[row] = False
        self._vacant.append(row)

    def _lengthen(self) -> None:
        self.alive, self.demand = _doubled(self.alive), _doubled(self.demand)
        self.order_key, self.sequence = _doubled(self.order_key), _doubled(self.sequence)
        nobody = np.full_like(self.prefers, NOBODY)
        self.prefers = np.concatenate((self.prefers, nobody), axis=1)
        self.history = np.concatenate((self.history, np.zeros_like(self.history)), axis=1)


def _doubled(array: NDArray[Scalar]) -> NDArray[Scalar]:
    return np.concatenate((array, np.zeros_like(array)))


def _deepened(table: NDArray[np.int32], depth: int, fill: int) -> NDArray[np.int32]:
    missing = depth - len(table)
    if missing <= 0:
        return table
    return np.concatenate((table, np.full((missing, table.shape[1]), fill, dtype=np.int32)))
