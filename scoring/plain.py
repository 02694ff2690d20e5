"""The choices in NumPy: for installations without a compiler, and as the compiled ones' measure.

Slower by an order of magnitude, and the same to the last bit.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scoring.arrays import (
    RANKED_MAX,
    AgentChoice,
    Arrays,
    ClassChoice,
    Instead,
    Precedence,
    Scored,
)
from scoring.draws import draws
from scoring.fit import FULL_PPM
from scoring.strategies import TURNS
from scoring.terms import Ints, freshness_term, idle_term, urgency_term

__all__ = ("PlainChoices", "skill_terms")

Indexes = NDArray[np.intp]


class PlainChoices:
    """Choices over given arrays, by NumPy."""

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = arrays

    def agents(
        self,
        slot: int,
        now_ms: int,
        excluded: Sequence[int],
        known: Sequence[tuple[int, int]],
        most: int,
        offer: int = 0,
    ) -> AgentChoice:
        """See :class:`scoring.arrays.Choices`."""
        arrays = self._arrays
        columns = _members(arrays.open[arrays.channel[slot]])
        skill = skill_terms(arrays, np.full(len(columns), slot), columns)
        able = skill >= 0
        barred = able & np.isin(columns, np.asarray(excluded, dtype=np.int64))
        unskilled = len(columns) - int(able.sum())
        columns, skill = columns[able & ~barred], skill[able & ~barred]
        history = np.zeros(len(columns), dtype=np.int64)
        for column, ppm in known:
            history[columns == column] = ppm
        idle = idle_term(arrays.idle_since[columns], now_ms, arrays.idle_half)
        score = self._pair(np.full(len(columns), slot), columns, skill, history, idle)
        turns = self._turns(int(arrays.turn[slot]), columns, offer)
        order = np.lexsort((arrays.rank[columns], *turns, -score))[: min(most, RANKED_MAX)]
        best = [
            Scored(*(int(values[at]) for values in (columns, score, skill, history, idle)))
            for at in order
        ]
        return AgentChoice(unskilled, int(barred.sum()), len(columns), best)

    def _turns(self, turn: int, columns: Indexes, offer: int) -> list[Ints]:
        """What decides between equal scores, the least of it first."""
        arrays = self._arrays
        if turn == TURNS.index("random"):
            return [draws(arrays.stream[columns], offer)]
        if turn < TURNS.index("by_attributes"):
            keys = (arrays.idle_since, arrays.last_offer, arrays.share_pass)[turn]
            return [keys[columns]]
        standing = arrays.standing[turn - TURNS.index("by_attributes"), columns]
        return [arrays.idle_since[columns], *standing.T[::-1]]

    def score(self, slot: int, column: int, history: int, now_ms: int) -> Scored:
        """See :class:`scoring.arrays.Choices`."""
        slots, columns = np.array([slot]), np.array([column])
        skill = skill_terms(self._arrays, slots, columns)
        idle = idle_term(self._arrays.idle_since[columns], now_ms, self._arrays.idle_half)
        score = self._pair(slots, columns, skill, np.array([history]), idle)
        return Scored(column, int(score[0]), int(skill[0]), history, int(idle[0]))

    def interaction(
        self,
        column: int,
        now_ms: int,
        own: array[int],
        instead: Sequence[Instead] = (),
        passed: Sequence[int] = (),
        precedence: Precedence | None = None,
    ) -> ClassChoice | None:
        """See :class:`scoring.arrays.Choices`."""
        entries = np.concatenate((self._heads(instead), _own(own, passed)))
        best = self._ranked(column, now_ms, entries, precedence)
        return best[0] if best else None

    def ranked(self, column: int, now_ms: int, own: array[int], most: int) -> list[ClassChoice]:
        """See :class:`scoring.arrays.Choices`."""
        entries = np.concatenate((self._heads(()), _own(own, ())))
        return self._ranked(column, now_ms, entries)[: min(most, RANKED_MAX)]

    def _ranked(
        self, column: int, now_ms: int, entries: Ints, precedence: Precedence | None = None
    ) -> list[ClassChoice]:
        slots = entries[:, 0]
        word, bit = column >> 6, column & 63
        is_open = self._arrays.open[self._arrays.channel[slots], word] >> np.uint64(bit)
        entries = entries[(is_open & np.uint64(1)).astype(np.bool_)]
        skill = skill_terms(self._arrays, entries[:, 0], np.full(len(entries), column))
        entries, skill = entries[skill >= 0], skill[skill >= 0]
        slots, history, keys, sequences, place = entries.T
        values = self._values(slots, column, now_ms, keys, skill, history)
        # of a head that is also the agent's own entry, the one with history counts if it is worth
        # more, and the head otherwise
        first = self._first(slots, place, precedence)
        order = np.lexsort((place, sequences, keys, -values, first))[:RANKED_MAX]
        rows = np.column_stack((slots, place, keys, sequences, values))[order]
        return [ClassChoice(*row) for row in rows.tolist()]

    def _first(self, slots: Ints, place: Ints, precedence: Precedence | None) -> Ints:
        """How early entries come, whatever their value."""
        if precedence is None:
            return np.zeros(len(slots), dtype=np.int64)
        rows = self._arrays.queue[slots]
        tables = (precedence.heads, precedence.own)
        heads, own = (np.frombuffer(table, dtype=np.uint8)[rows] for table in tables)
        return np.where(place < 0, heads, own).astype(np.int64)

    def _heads(self, instead: Sequence[Instead]) -> Ints:
        """Rows of (slot, history, key, sequence, own place) for the heads of the classes."""
        arrays = self._arrays
        slots = np.flatnonzero(arrays.waiting)
        rows = np.empty((len(slots), 5), dtype=np.int64)
        rows[:, 0], rows[:, 1], rows[:, 4] = slots, 0, -1
        rows[:, 2], rows[:, 3] = arrays.head_key[slots], arrays.head_sequence[slots]
        for slot, key, sequence in instead:
            rows[slots == slot, 2:4] = key, sequence
        return rows[rows[:, 3] >= 0]

    def _pair(
        self, slots: Ints, columns: Ints | Indexes, skill: Ints, history: Ints, idle: Ints
    ) -> Ints:
        weights = self._arrays.weights[slots].astype(np.int64)
        terms: Ints = np.column_stack((skill, history, idle, self._arrays.agent_terms[columns]))
        weighted: Ints = (weights * terms).sum(axis=1) // self._arrays.weight_total[slots]
        return weighted

    def _values(
        self, slots: Ints, column: int, now_ms: int, keys: Ints, skill: Ints, history: Ints
    ) -> Ints:
        arrays = self._arrays
        columns = np.full(len(slots), column)
        idle = idle_term(arrays.idle_since[columns], now_ms, arrays.idle_half)
        units, weight = arrays.target[slots], arrays.urgency_weight
        urgency = np.where(
            arrays.newest_first[slots],
            freshness_term(now_ms + keys, units, weight),
            urgency_term(now_ms - keys + arrays.advance[arrays.line[slots]], units, weight),
        )
        pair = self._pair(slots, columns, skill, history, idle)
        fixed = arrays.fixed_pair[slots]
        values: Ints = urgency + np.where(fixed < 0, pair, fixed)
        return values


def _members(row: NDArray[np.uint64]) -> Indexes:
    """The places of the bits that are set."""
    # on a host of the other byte order the first bit would lie elsewhere: so the order is named
    return np.flatnonzero(np.unpackbits(row.astype("<u8").view(np.uint8), bitorder="little"))


def _own(own: array[int], passed: Sequence[int]) -> Ints:
    entries = np.frombuffer(own, dtype=np.int64) if own else np.empty(0, dtype=np.int64)
    rows = np.column_stack((entries.reshape(-1, 4), np.arange(len(entries) // 4)))
    return rows[~np.isin(rows[:, 3], np.asarray(passed, dtype=np.int64))]


def skill_terms(arrays: Arrays, slots: Ints | Indexes, columns: Ints | Indexes) -> Ints:
    """The skill term of pairs of slot and column; -1 where a hard requirement fails."""
    total = np.zeros(len(slots), dtype=np.int64)
    able = np.ones(len(slots), dtype=np.bool_)
    counts = arrays.count[slots]
    for nth in range(int(counts.max(initial=0))):
        has = counts > nth
        at = np.where(has, arrays.first[slots] + nth, 0)
        held = arrays.levels[columns, arrays.skill[at]]
        table, weight = arrays.table[at], arrays.weight[at].astype(np.int64)
        able &= ~(has & arrays.hard[at] & ~arrays.satisfied[table, held])
        total += np.where(has, weight * arrays.score[table, held], 0)
    divisor = arrays.divisor[slots]
    term = np.where(divisor > 0, total // np.maximum(divisor, 1), FULL_PPM)
    return np.where(able, term, -1)
