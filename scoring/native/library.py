"""The compiled choices: scoring/native/choices.c behind the protocol ``Choices``."""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np

from scoring.arrays import RANKED_MAX, AgentChoice, Arrays, ClassChoice, Instead, Scored

__all__ = ("LIBRARY", "CompiledChoices", "is_built")

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
    ("waiting", np.bool_),
    ("channel", np.int32),
    ("head_key", np.int64),
    ("head_sequence", np.int64),
    ("target", np.int64),
    ("weights", np.int32),
    ("weight_total", np.int64),
    ("first", np.int32),
    ("count", np.int32),
    ("divisor", np.int64),
    ("in_turn", np.bool_),
    ("skill", np.int32),
    ("table", np.int32),
    ("weight", np.int32),
    ("hard", np.bool_),
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


def _load() -> tuple[Any, Any]:
    library = ctypes.CDLL(str(LIBRARY))
    address, number = ctypes.c_void_p, ctypes.c_int64
    library.choose_agents.argtypes = (
        *(address, number, number, address, number),
        *(address, address, number, address, address),
    )
    library.choose_agents.restype = None
    library.choose_class.argtypes = (
        *(address, number, number, address, number),
        *(address, number, address, number, address),
    )
    library.choose_class.restype = None
    return library.choose_agents, library.choose_class


class CompiledChoices:
    """Choices over given arrays, by compiled code."""

    _functions: ClassVar[tuple[Any, Any] | None] = None

    def __init__(self, arrays: Arrays) -> None:
        if CompiledChoices._functions is None:
            CompiledChoices._functions = _load()
        self._choose_agents, self._choose_class = CompiledChoices._functions
        self._arrays = arrays  # keeps them alive: the book holds bare addresses
        self._book = _book(arrays)
        self._book_at = ctypes.addressof(self._book)
        self._scratch = np.zeros(arrays.open.shape[1], dtype=np.uint64)
        self._scratch_at = self._scratch.ctypes.data
        self._agents_out = array("q", bytes(8 * (4 + 5 * RANKED_MAX)))
        self._agents_out_at = self._agents_out.buffer_info()[0]
        self._class_out = array("q", bytes(8 * 5))
        self._class_out_at = self._class_out.buffer_info()[0]

    def agents(
        self, slot: int, now_ms: int, excluded: Sequence[int], known: Sequence[tuple[int, int]]
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
            self._scratch_at,
            self._agents_out_at,
        )
        unskilled, excluded_count, candidates, ranked, *best = self._agents_out.tolist()
        scored = [Scored._make(best[at : at + 5]) for at in range(0, 5 * ranked, 5)]
        return AgentChoice(unskilled, excluded_count, candidates, scored)

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
        slot, place, key, sequence, _ = self._class_out.tolist()
        return ClassChoice(slot, place, key, sequence) if slot >= 0 else None


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
