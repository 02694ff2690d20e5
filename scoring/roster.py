"""The roster: one column per agent, dense arrays for everything that a choice looks at.

Columns are reused; nothing outside may depend on which agent has which. Ties between agents go by
``rank``, the order of their ids.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring.draws import draw, stream_of
from scoring.growing import doubled
from scoring.standings import KEYS, AttributeKey, standing
from scoring.strategies import Strategy

__all__ = ("AGENT_TERMS", "LOAD", "NO_PASS", "RANK_GAP", "SCARCITY", "SPARE", "Roster")

AGENT_TERMS: Final = 4
"""Terms that depend on the agent alone, in ppm: load, spare, and two that are not in use yet."""

LOAD: Final = 0
SPARE: Final = 1
SCARCITY: Final = 2
"""Places among the terms of an agent."""

NO_PASS: Final = int(np.iinfo(np.int64).max)
"""In place of the share pass of who is not available: above all others."""

RANK_GAP: Final = 1 << 32
"""Distance between neighbouring ranks, so that an agent can come between two without moving any."""


class Roster:
    """Columns of agents: presence, capacity, load, idle time, levels, and open channels.

    ``generation`` changes whenever an array has been replaced by a larger one.
    """

    def __init__(self, channels: int, orderings: Sequence[Sequence[AttributeKey]] = ()) -> None:
        self._orderings = orderings
        self._columns: dict[str, int] = {}
        self._ordered: list[str] = []
        self._vacant: list[int] = []
        self._skills: dict[str, int] = {}
        self._open_masks: list[int] = []
        self.generation = 0
        self.on_levels: Callable[[int], None] = _nothing
        """Called with the column of whose levels have changed."""

        self.ids: list[str] = []
        self.present = bytearray()
        self.available = bytearray()
        self.terms: NDArray[np.int32] = np.zeros((64, AGENT_TERMS), dtype=np.int32)
        self.idle_since_ms: NDArray[np.int64] = np.zeros(64, dtype=np.int64)
        self.last_offer: NDArray[np.int64] = np.zeros(64, dtype=np.int64)
        self.share_pass: NDArray[np.int64] = np.full(64, NO_PASS)
        self.stream: NDArray[np.uint64] = np.zeros(64, dtype=np.uint64)
        self.standing: NDArray[np.int64] = np.zeros((len(orderings), 64, KEYS), dtype=np.int64)
        self.rank: NDArray[np.int64] = np.zeros(64, dtype=np.int64)
        self.levels: NDArray[np.uint8] = np.zeros((64, 16), dtype=np.uint8)
        self._reserved: NDArray[np.intp] = np.zeros(0, dtype=np.intp)
        self.open: NDArray[np.uint64] = np.zeros((channels, 1), dtype=np.uint64)
        self.open_count = [0] * channels
        self.present_count = 0
        self.available_count = 0
        self._view()

    @property
    def width(self) -> int:
        """How many columns the arrays have, used or vacant."""
        return len(self.rank)

    def column(self, agent_id: str) -> int:
        """The column of a known agent (KeyError if there is none)."""
        return self._columns[agent_id]

    def get(self, agent_id: str) -> int | None:
        """The column of an agent, or None."""
        return self._columns.get(agent_id)

    def add(self, agent_id: str) -> int:
        """Give an agent a column; the arrays grow when none is vacant."""
        column = heapq.heappop(self._vacant) if self._vacant else self._new_column()
        self.ids[column] = agent_id
        self._columns[agent_id] = column
        self._rank(agent_id, column)
        return column

    def remove(self, agent_id: str) -> None:
        """Take an agent's column back; it serves nobody until it is given out again."""
        column = self._columns.pop(agent_id)
        self.set_presence(column, present=False, available=False)
        self.set_open(column, 0)
        self.levels[column] = 0
        self.terms[column] = 0
        self.share_pass[column] = NO_PASS
        del self._ordered[bisect_left(self._ordered, agent_id)]
        heapq.heappush(self._vacant, column)

    def set_presence(self, column: int, *, present: bool, available: bool) -> None:
        """Whether the agent is logged in, and may be offered work."""
        if present != self.present[column]:
            self.present_count += 1 if present else -1
            self.present[column] = present
        if available != self.available[column]:
            self.available_count += 1 if available else -1
            self.available[column] = available

    def set_open(self, column: int, channels: int) -> None:
        """On which channels the agent could take one more interaction now, as a bit set."""
        before = self._open_masks[column]
        changed = channels ^ before
        self._open_masks[column] = channels
        view, count = self._open_view, self.open_count
        words, word, bit = self._words, column >> 6, 1 << (column & 63)
        while changed:
            channel = (changed & -changed).bit_length() - 1
            view[channel * words + word] ^= bit
            count[channel] += 1 if channels >> channel & 1 else -1
            changed &= changed - 1

    def open_channels(self, column: int) -> int:
        """On which channels the agent could take one more, as a bit set."""
        return self._open_masks[column]

    def open_columns(self) -> NDArray[np.intp]:
        """The columns of agents who could take something."""
        words = np.bitwise_or.reduce(self.open, axis=0)
        return np.flatnonzero(np.unpackbits(words.astype("<u8").view(np.uint8), bitorder="little"))

    def set_idle_since(self, column: int, idle_since_ms: int) -> None:
        """When the agent last began or ended work."""
        self._idle_since_view[column] = idle_since_ms

    def set_load(self, column: int, capacity: int, used: int) -> None:
        """The free share of the capacity over all media (docs/matching.md, "Pair score")."""
        free = capacity - used
        self._terms_view[column * AGENT_TERMS + LOAD] = (
            free * 1_000_000 // capacity if free > 0 else 0
        )

    def set_turn(self, column: int, spare: int, last_offer: int, share_pass: int) -> None:
        """What only some strategies ask for: spare units, and the agent's place in two orders."""
        self._terms_view[column * AGENT_TERMS + SPARE] = min(1_000_000, max(0, spare))
        self._last_offer_view[column] = last_offer
        self._share_pass_view[column] = share_pass

    def set_price(self, column: int, price_ppm: int) -> None:
        """The price of the agent's time: the dearer, the less they are taken for what others can
        do."""
        self._terms_view[column * AGENT_TERMS + SCARCITY] = 1_000_000 - price_ppm

    def set_stream(self, column: int) -> None:
        """Where the agent's draws come from, for strategies that choose by chance."""
        self.stream[column] = stream_of(self.ids[column])

    def set_standing(self, column: int, attributes: Mapping[str, object]) -> None:
        """Where the agent stands by each of the orderings by attributes."""
        for number, ordering in enumerate(self._orderings):
            self.standing[number, column] = standing(ordering, attributes)

    def turn(self, column: int, strategy: Strategy, offer: int) -> tuple[int, ...]:
        """The agent's place among equals, the lowest first, at the offer of this number."""
        if strategy.turn == "random":
            return (draw(int(self.stream[column]), offer),)
        if strategy.turn == "round_robin":
            return (int(self.last_offer[column]),)
        if strategy.turn == "target_share":
            return (int(self.share_pass[column]),)
        idle_since_ms = int(self.idle_since_ms[column])
        if strategy.turn == "by_attributes":
            return (*self.standing[strategy.ordering, column].tolist(), idle_since_ms)
        return (idle_since_ms,)

    def set_levels(self, column: int, skills: Mapping[str, int]) -> None:
        """The agent's levels, whole; skills that are not named become 0."""
        if len(self._reserved):
            kept = self.levels[column, self._reserved]
            self.levels[column] = 0
            self.levels[column, self._reserved] = kept
        else:
            self.levels[column] = 0
        for skill, level in skills.items():
            row = self.skill_row(skill)  # may replace the array: so before it is looked up
            self.levels[column, row] = level
        self.on_levels(column)

    def is_reserved(self, row: int) -> bool:
        """Whether a row is written by somebody else than ``set_levels``."""
        return row in self._reserved

    def skill_row(self, skill: str) -> int:
        """The place of a skill's levels in an agent's row, made at its first use."""
        row = self._skills.get(skill)
        if row is None:
            row = self._skills[skill] = len(self._skills)
            if row == self.levels.shape[1]:
                self.levels = doubled(self.levels, axis=1)
                self.generation += 1
        return row

    def reserved_row(self, name: str) -> int:
        """The row of something that is asked for like a skill and that ``set_levels`` leaves as it
        is."""
        row = self.skill_row(name)
        if row not in self._reserved:
            self._reserved = np.append(self._reserved, row)
        return row

    def _new_column(self) -> int:
        column = len(self.ids)
        self.ids.append("")
        self.present.append(0)
        self.available.append(0)
        self._open_masks.append(0)
        if column == self.width:
            self._widen()
        return column

    def _rank(self, agent_id: str, column: int) -> None:
        """Put the agent between the neighbours by id; all are ranked anew when there is no gap."""
        place = bisect_left(self._ordered, agent_id)
        self._ordered.insert(place, agent_id)
        below = self._rank_at(place - 1) if place else 0
        last = place + 1 == len(self._ordered)
        above = below + 2 * RANK_GAP if last else self._rank_at(place + 1)
        if above - below < 2:
            columns = [self._columns[each] for each in self._ordered]
            self.rank[columns] = np.arange(1, len(columns) + 1) * RANK_GAP
        else:
            self.rank[column] = (below + above) // 2

    def _rank_at(self, place: int) -> int:
        return int(self.rank[self._columns[self._ordered[place]]])

    def _widen(self) -> None:
        self.terms = doubled(self.terms)
        self.idle_since_ms = doubled(self.idle_since_ms)
        self.last_offer = doubled(self.last_offer)
        self.share_pass = np.concatenate((self.share_pass, np.full_like(self.share_pass, NO_PASS)))
        self.stream = doubled(self.stream)
        self.standing = doubled(self.standing, axis=1)
        self.rank = doubled(self.rank)
        self.levels = doubled(self.levels)
        self.open = doubled(self.open, axis=1)
        self.generation += 1
        self._view()

    def _view(self) -> None:
        """Views for writing single elements, at a third of the cost of NumPy's own way."""
        self._words = self.open.shape[1]
        self._open_view = self.open.reshape(-1).data
        self._terms_view = self.terms.reshape(-1).data
        self._idle_since_view = self.idle_since_ms.data
        self._last_offer_view = self.last_offer.data
        self._share_pass_view = self.share_pass.data


def _nothing(column: int) -> None:
    """Nobody wants to know."""
