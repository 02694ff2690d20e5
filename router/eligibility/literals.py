"""Values of an interaction written out, as they stand in an expression."""

from __future__ import annotations

import math
from typing import Any, Final

from router.limits import LIST_ITEMS_MAX

__all__ = ("literal_of",)

_READS: Final = "an expression reads texts, numbers, true, false and lists of these"
_INT_MAX: Final = 2**63 - 1


def literal_of(value: Any) -> str:
    """A text, number, truth value, null, bytes or a list of these, as CEL writes it.

    Raises ``ValueError`` (in words that follow the value's name) for anything else.
    """
    if isinstance(value, list):
        if len(value) > LIST_ITEMS_MAX:
            message = f"has {len(value)} items; an expression goes over at most {LIST_ITEMS_MAX}"
            raise ValueError(message)
        if any(isinstance(item, list | dict) for item in value):
            raise ValueError(f"is a list of lists or maps; {_READS}")
        return f"[{', '.join(map(_scalar, value))}]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value}u" if value > _INT_MAX else str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else f'double("{value}")'
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bytes):
        return "b" + '"' + "".join(f"\\x{byte:02x}" for byte in value) + '"'
    kind = "map" if isinstance(value, dict) else type(value).__name__
    raise ValueError(f"is a {kind}; {_READS}")


def _quoted(text: str) -> str:
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in {'"', "\\"}:
        return "\\" + character
    return character if character.isprintable() else f"\\U{ord(character):08x}"
