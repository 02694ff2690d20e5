"""The compiled choices: choices.c behind the protocol ``Choices``."""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Sequence
from itertools import chain
from typing import Final

import numpy as np

from scoring.arrays import (
    RANKED_MAX,
    AgentChoice,
    Arrays,
    ClassChoice,
    Instead,
    Precedence,
    Scored,
)
from scoring.native.library import book_of, load

__all__ = ("CompiledChoices",)

_NOTHING: Final = array("q")


class CompiledChoices:
    """Choices over given arrays, by compiled code.

    A question stands in an array, laid out like the struct of choices.c, of which only the address
    is handed over. Every array of which an address is handed over is kept in an attribute: mypyc
    lets go of a local after its last use, which may be before the call.
    """

    def __init__(self, arrays: Arrays) -> None:
        library = load()
        self._choose_agents = library.choose_agents
        self._choose_class = library.choose_class
        self._rank_classes = library.rank_classes
        self._score_agent = library.score_agent
        self._arrays = arrays  # keeps them alive: the book holds bare addresses
        self._book = book_of(arrays)
        self._book_at = ctypes.addressof(self._book)
        self._scratch = np.zeros(arrays.open.shape[1], dtype=np.uint64)
        self._agents_out = array("q", bytes(8 * (4 + 5 * RANKED_MAX)))
        self._class_out = array("q", bytes(8 * 5))
        self._class_out_at = _address(self._class_out)
        self._ranked_out = array("q", bytes(8 * 5 * RANKED_MAX))
        self._ranked_out_at = _address(self._ranked_out)
        self._first = self._second = self._third = _NOTHING
        scratch_at, agents_out_at = self._scratch.ctypes.data, _address(self._agents_out)
        self._agents_asked = array(
            "q", (self._book_at, 0, 0, 0, 0, 0, 0, 0, 0, scratch_at, agents_out_at)
        )
        self._agents_asked_at = _address(self._agents_asked)
        self._class_asked = array(
            "q", (self._book_at, 0, 0, 0, 0, 0, 0, 0, 0, self._class_out_at, 0, 0)
        )
        self._class_asked_at = _address(self._class_asked)
        self._precedence: Precedence | None = None

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
        if offer:
            self._book.offer = offer
        asked = self._agents_asked
        asked[1] = slot
        asked[2] = now_ms
        asked[3] = min(most, RANKED_MAX)
        asked[5] = len(excluded)
        if excluded:
            self._first = array("q", excluded)
            asked[4] = _address(self._first)
        asked[8] = len(known)
        if known:
            self._second = array("q", [column for column, _ in known])
            self._third = array("q", [ppm for _, ppm in known])
            asked[6] = _address(self._second)
            asked[7] = _address(self._third)
        self._choose_agents(self._agents_asked_at)
        unskilled, excluded_count, candidates, ranked = self._agents_out[:4]
        best = self._agents_out[4 : 4 + 5 * ranked].tolist()
        scored = [Scored._make(best[at : at + 5]) for at in range(0, 5 * ranked, 5)]
        return AgentChoice(unskilled, excluded_count, candidates, scored)

    def score(self, slot: int, column: int, history: int, now_ms: int) -> Scored:
        """See :class:`scoring.arrays.Choices`."""
        self._score_agent(self._book_at, slot, column, history, now_ms, self._class_out_at)
        return Scored._make(self._class_out.tolist())

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
        asked = self._class_asked
        asked[1] = column
        asked[2] = now_ms
        asked[4] = len(own) // 4
        if own:
            self._first = own
            asked[3] = _address(own)
        asked[6] = len(instead)
        if instead:
            self._second = array("q", chain.from_iterable(sorted(instead)))
            asked[5] = _address(self._second)
        asked[8] = len(passed)
        if passed:
            self._third = array("q", passed)
            asked[7] = _address(self._third)
        if precedence is not self._precedence:
            self._ask_by(precedence)
        self._choose_class(self._class_asked_at)
        choice = ClassChoice._make(self._class_out.tolist())
        return choice if choice.slot >= 0 else None

    def _ask_by(self, precedence: Precedence | None) -> None:
        """Let what comes first be told by these tables from here on."""
        self._precedence = precedence  # keeps them alive
        asked = self._class_asked
        asked[10] = 0 if precedence is None else _address(precedence.heads)
        asked[11] = 0 if precedence is None else _address(precedence.own)

    def ranked(self, column: int, now_ms: int, own: array[int], most: int) -> list[ClassChoice]:
        """See :class:`scoring.arrays.Choices`."""
        self._first = own
        own_at, own_length = own.buffer_info()
        count = self._rank_classes(
            self._book_at,
            column,
            now_ms,
            own_at,
            own_length // 4,
            min(most, RANKED_MAX),
            self._ranked_out_at,
        )
        found = self._ranked_out[: 5 * count].tolist()
        return [ClassChoice._make(found[at : at + 5]) for at in range(0, 5 * count, 5)]


def _address(numbers: array[int]) -> int:
    return numbers.buffer_info()[0]
