"""The shared library of choices.c, and the struct of pointers that it works on."""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from scoring.arrays import Arrays

__all__ = ("LIBRARY", "Book", "assign_rows", "book_of", "is_built", "load")

LIBRARY: Final = Path(__file__).with_name("choices.so")
"""Where the installation puts what it has compiled."""

_POINTERS: Final = (
    ("levels", np.uint8),
    ("open", np.uint64),
    ("agent_terms", np.int32),
    ("idle_since", np.int64),
    ("rank", np.int64),
    ("last_offer", np.int64),
    ("share_pass", np.int64),
    ("stream", np.uint64),
    ("standing", np.int64),
    ("waiting", np.bool_),
    ("channel", np.int32),
    ("head_key", np.int64),
    ("head_sequence", np.int64),
    ("target", np.int64),
    ("newest_first", np.bool_),
    ("line", np.int32),
    ("advance", np.int64),
    ("weights", np.int32),
    ("weight_total", np.int64),
    ("first", np.int32),
    ("count", np.int32),
    ("divisor", np.int64),
    ("turn", np.uint8),
    ("fixed_pair", np.int32),
    ("queue", np.int32),
    ("skill", np.int32),
    ("table", np.int32),
    ("weight", np.int32),
    ("hard", np.bool_),
    ("holder", np.int32),
    ("held", np.uint64),
    ("satisfied", np.bool_),
    ("score", np.int32),
)


class Book(ctypes.Structure):
    """The struct of the same name in choices.c: pointers in the order of ``_POINTERS``."""

    _fields_: ClassVar[list[tuple[str, Any]]] = [
        *((name, ctypes.c_void_p) for name, _ in _POINTERS),
        ("channels", ctypes.c_int64),
        ("words", ctypes.c_int64),
        ("skills", ctypes.c_int64),
        ("slots", ctypes.c_int64),
        ("idle_half", ctypes.c_int64),
        ("urgency_weight", ctypes.c_int64),
        ("offer", ctypes.c_int64),
    ]


def is_built() -> bool:
    """Whether the installation has compiled the choices."""
    return LIBRARY.exists()


@cache
def load() -> ctypes.CDLL:
    """The library, loaded once."""
    library = ctypes.CDLL(str(LIBRARY))
    address, number = ctypes.c_void_p, ctypes.c_int64
    library.choose_agents.argtypes = (address,)
    library.choose_agents.restype = None
    library.choose_class.argtypes = (address,)
    library.choose_class.restype = None
    library.rank_classes.argtypes = (*(address, number, number, address, number, number, address),)
    library.rank_classes.restype = number
    library.score_agent.argtypes = (address, number, number, number, number, address)
    library.score_agent.restype = None
    library.assign_rows.argtypes = (number, number, address, address, address)
    library.assign_rows.restype = None
    return library


def assign_rows(worth: NDArray[np.int64]) -> list[int]:
    """The column of each row in the assignment of the highest sum; rows must not outnumber
    columns."""
    rows, columns = worth.shape
    scratch = np.empty(rows + 5 * columns + 6, dtype=np.int64)
    column_of = np.empty(rows, dtype=np.int64)
    addresses = (values.ctypes.data for values in (worth, scratch, column_of))
    load().assign_rows(rows, columns, *addresses)
    return column_of.tolist()


def book_of(arrays: Arrays) -> Book:
    """The pointers to arrays, which must stay alive and in place as long as it is used."""
    book = Book()
    for name, dtype in _POINTERS:
        values = getattr(arrays, name)
        if values.dtype != dtype or not values.flags.c_contiguous:
            raise TypeError(f"{name} must be a contiguous array of {np.dtype(dtype)}")
        setattr(book, name, values.ctypes.data)
    book.channels, book.words = arrays.open.shape
    book.skills = arrays.levels.shape[1]
    book.slots = len(arrays.waiting)
    book.idle_half = arrays.idle_half
    book.urgency_weight = arrays.urgency_weight
    return book
