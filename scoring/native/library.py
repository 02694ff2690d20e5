"""The compiled choices: scoring/native/choices.c behind the protocol ``Choices``."""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from scoring.arrays import RANKED_MAX, AgentChoice, Arrays, ClassChoice, Instead, Scored

__all__ = ("LIBRARY", "CompiledChoices", "assign_rows", "is_built")

LIBRARY: Final = Path(__file__).with_name("choices.so")
"""Where the installation puts what it has compiled."""

_NOTHING: Final = array("q")

_POINTERS: Final = (
    ("levels", np.uint8),
    ("open", np.uint64),
    ("agent_terms", np.int32),
    ("idle_since", np.int64),
    ("rank", np.int64),
    ("last_offer", np.int64),
    ("share_pass", np.int64),
    ("waiting", np.bool_),
    ("channel", np.int32),
    ("head_key", np.int64),
    ("head_sequence", np.int64),
    ("target", np.int64),
    ("newest_first", np.bool_),
    ("weights", np.int32),
    ("weight_total", np.int64),
    ("first", np.int32),
    ("count", np.int32),
    ("divisor", np.int64),
    ("turn", np.uint8),
    ("fixed_pair", np.int32),
    ("skill", np.int32),
    ("table", np.int32),
    ("weight", np.int32),
    ("hard", np.bool_),
    ("holder", np.int32),
    ("held", np.uint64),
    ("satisfied", np.bool_),
    ("score", np.int32),
)


class _Book(ctypes.Structure):
    """The struct of the same name in choices.c: pointers in the order of ``_POINTERS``."""

    _fields_: ClassVar[list[tuple[str, Any]]] = [
        *((name, ctypes.c_void_p) for name, _ in _POINTERS),
        ("words", ctypes.c_int64),
        ("skills", ctypes.c_int64),
        ("slots", ctypes.c_int64),
        ("idle_half", ctypes.c_int64),
        ("urgency_weight", ctypes.c_int64),
    ]


def is_built() -> bool:
    """Whether the installation has compiled the choices."""
    return LIBRARY.exists()


@cache
def _load() -> ctypes.CDLL:
    library = ctypes.CDLL(str(LIBRARY))
    address, number = ctypes.c_void_p, ctypes.c_int64
    library.choose_agents.argtypes = (
        *(address, number, number, address, number),
        *(address, address, number, number, address, address),
    )
    library.choose_agents.restype = None
    library.choose_class.argtypes = (
        *(address, number, number, address, number),
        *(address, number, address, number, address),
    )
    library.choose_class.restype = None
    library.rank_classes.argtypes = (*(address, number, number, address, number, number, address),)
    library.rank_classes.restype = number
    library.score_agent.argtypes = (address, number, number, number, number, address)
    library.score_agent.restype = None
    library.assign_rows.argtypes = (number, number, address, address, address)
    library.assign_rows.restype = None
    return library


class CompiledChoices:
    """Choices over given arrays, by compiled code."""

    def __init__(self, arrays: Arrays) -> None:
        library = _load()
        self._choose_agents = library.choose_agents
        self._choose_class = library.choose_class
        self._rank_classes = library.rank_classes
        self._score_agent = library.score_agent
        self._arrays = arrays  # keeps them alive: the book holds bare addresses
        self._book = _book(arrays)
        self._book_at = ctypes.addressof(self._book)
        self._scratch = np.zeros(arrays.open.shape[1], dtype=np.uint64)
        self._scratch_at = self._scratch.ctypes.data
        self._agents_out = array("q", bytes(8 * (4 + 5 * RANKED_MAX)))
        self._agents_out_at = self._agents_out.buffer_info()[0]
        self._class_out = array("q", bytes(8 * 5))
        self._class_out_at = self._class_out.buffer_info()[0]
        self._ranked_out = array("q", bytes(8 * 5 * RANKED_MAX))
        self._ranked_out_at = self._ranked_out.buffer_info()[0]

    def agents(
        self,
        slot: int,
        now_ms: int,
        excluded: Sequence[int],
        known: Sequence[tuple[int, int]],
        most: int,
    ) -> AgentChoice:
        """See :class:`scoring.arrays.Choices`."""
        barred = array("q", excluded) if excluded else _NOTHING
        columns = array("q", [column for column, _ in known]) if known else _NOTHING
        history = array("q", [ppm for _, ppm in known]) if known else _NOTHING
        self._choose_agents(
            self._book_at,
            slot,
            now_ms,
            barred.buffer_info()[0],
            len(barred),
            columns.buffer_info()[0],
            history.buffer_info()[0],
            len(columns),
            min(most, RANKED_MAX),
            self._scratch_at,
            self._agents_out_at,
        )
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
    ) -> ClassChoice | None:
        """See :class:`scoring.arrays.Choices`."""
        own_at, own_length = own.buffer_info()
        others = array("q", chain.from_iterable(sorted(instead))) if instead else _NOTHING
        skipped = array("q", passed) if passed else _NOTHING
        self._choose_class(
            self._book_at,
            column,
            now_ms,
            own_at,
            own_length // 4,
            others.buffer_info()[0],
            len(instead),
            skipped.buffer_info()[0],
            len(skipped),
            self._class_out_at,
        )
        choice = ClassChoice._make(self._class_out.tolist())
        return choice if choice.slot >= 0 else None

    def ranked(self, column: int, now_ms: int, own: array[int], most: int) -> list[ClassChoice]:
        """See :class:`scoring.arrays.Choices`."""
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


def assign_rows(worth: NDArray[np.int64]) -> list[int]:
    """The column of each row in the assignment of the highest sum; rows must not outnumber
    columns."""
    rows, columns = worth.shape
    scratch = np.empty(rows + 5 * columns + 6, dtype=np.int64)
    column_of = np.empty(rows, dtype=np.int64)
    addresses = (values.ctypes.data for values in (worth, scratch, column_of))
    _load().assign_rows(rows, columns, *addresses)
    return column_of.tolist()


def _book(arrays: Arrays) -> _Book:
    book = _Book()
    for name, dtype in _POINTERS:
        values = getattr(arrays, name)
        if values.dtype != dtype or not values.flags.c_contiguous:
            raise TypeError(f"{name} must be a contiguous array of {np.dtype(dtype)}")
        setattr(book, name, values.ctypes.data)
    book.words = arrays.open.shape[1]
    book.skills = arrays.levels.shape[1]
    book.slots = len(arrays.waiting)
    book.idle_half = arrays.idle_half
    book.urgency_weight = arrays.urgency_weight
    return book
