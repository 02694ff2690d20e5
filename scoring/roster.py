"""The roster: one column per agent, dense arrays for everything that a choice looks at.

Columns are reused; nothing outside may depend on which agent has which. Ties between agents go by
``rank``, the place of the agent's id in the order of all ids.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ("Roster",)

Scalar = TypeVar("Scalar", bound=np.generic)


class Roster:
    """Columns of agents: presence, capacity, load, idle time, levels, and open channels."""

    def __init__(self, channels: int) -> None:
        self._columns: dict[str, int] = {}
        self._ordered: list[str] = []
        self._vacant: list[int] = []
        self._skills: dict[str, int] = {}
        self.ids: list[str] = []
        self.present: NDArray[np.bool_] = np.zeros(16, dtype=np.bool_)
        self.available: NDArray[np.bool_] = np.zeros(16, dtype=np.bool_)
        self.capacity: NDArray[np.int64] = np.ones(16, dtype=np.int64)
        self.used: NDArray[np.int64] = np.zeros(16, dtype=np.int64)
        self.idle_since_ms: NDArray[np.int64] = np.zeros(16, dtype=np.int64)
        self.rank: NDArray[np.int64] = np.full(16, -1, dtype=np.int64)
        self.levels: NDArray[np.int16] = np.zeros((4, 16), dtype=np.int16)
        self.open: NDArray[np.bool_] = np.zeros((channels, 16), dtype=np.bool_)
        self.open_count = [0] * channels
        self.present_count = 0
        self.available_count = 0

    @property
    def width(self) -> int:
        """How many columns the arrays have, used or vacant."""
        return len(self.present)

    def column(self, agent_id: str) -> int:
        """The column of a known agent (KeyError if there is none)."""
        return self._columns[agent_id]

    def get(self, agent_id: str) -> int | None:
        """The column of an agent, or None."""
        return self._columns.get(agent_id)

    def add(self, agent_id: str) -> int:
        """Give an agent a column; the arrays grow when none is vacant."""
        column = heapq.heappop(self._vacant) if self._vacant else len(self.ids)
        if column == len(self.ids):
            self.ids.append(agent_id)
            if column == self.width:
                self._widen()
        self.ids[column] = agent_id
        self._columns[agent_id] = column
        self._insert_rank(agent_id, column)
        return column

    def remove(self, agent_id: str) -> None:
        """Take an agent's column back; it serves nobody until it is given out again."""
        column = self._columns.pop(agent_id)
        self.set_presence(column, present=False, available=False)
        self.set_open(column, [False] * len(self.open))
        self.levels[:, column] = 0
        self.used[column] = 0
        self._ordered.remove(agent_id)
        self.rank[self.rank > self.rank[column]] -= 1
        self.rank[column] = -1
        heapq.heappush(self._vacant, column)

    def set_presence(self, column: int, *, present: bool, available: bool) -> None:
        """Whether the agent is logged in, and may be offered work."""
        self.present_count += int(present) - int(self.present[column])
        self.available_count += int(available) - int(self.available[column])
        self.present[column] = present
        self.available[column] = available

    def set_open(self, column: int, channels: list[bool]) -> None:
        """On which channels (by index) the agent could take one more interaction now."""
        for channel, (before, after) in enumerate(
            zip(self.open[:, column].tolist(), channels, strict=True)
        ):
            self.open_count[channel] += after - before
        self.open[:, column] = channels

    def set_levels(self, column: int, skills: Mapping[str, int]) -> None:
        """The agent's levels, whole; skills that are not named become 0."""
        self.levels[:, column] = 0
        for skill, level in skills.items():
            row = self.skill_row(skill)  # may replace the array: so before it is looked up
            self.levels[row, column] = level

    def skill_row(self, skill: str) -> int:
        """The row of a skill's levels, made at its first use."""
        row = self._skills.get(skill)
        if row is None:
            row = self._skills[skill] = len(self._skills)
            if row == len(self.levels):
                self.levels = np.concatenate((self.levels, np.zeros_like(self.levels)))
        return row

    def _insert_rank(self, agent_id: str, column: int) -> None:
        place = bisect_left(self._ordered, agent_id)
        self._ordered.insert(place, agent_id)
        self.rank[self.rank >= place] += 1
        self.rank[column] = place

    def _widen(self) -> None:
        self.present = _doubled(self.present)
        self.available = _doubled(self.available)
        self.capacity = _doubled(self.capacity, fill=1)
        self.used = _doubled(self.used)
        self.idle_since_ms = _doubled(self.idle_since_ms)
        self.rank = _doubled(self.rank, fill=-1)
        self.levels = np.concatenate((self.levels, np.zeros_like(self.levels)), axis=1)
        self.open = np.concatenate((self.open, np.zeros_like(self.open)), axis=1)


def _doubled(array: NDArray[Scalar], fill: int = 0) -> NDArray[Scalar]:
    return np.concatenate((array, np.full_like(array, fill)))
