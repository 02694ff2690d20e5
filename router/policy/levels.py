"""Levels of skills in a policy: how many there are or what they are called, and which is meant.

One validator for each instead of a union, so that a fault has one message and one place.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import PlainValidator, WithJsonSchema

from router.limits import IDENTIFIER_MAX, LEVEL_MAX

__all__ = ("Levels", "ToldLevel")

_NAME: Final = {"type": "string", "minLength": 1, "maxLength": IDENTIFIER_MAX}


def _number(value: Any, least: int) -> int:
    if isinstance(value, bool):
        raise ValueError("a number is wanted, not true or false")  # noqa: TRY004  # pydantic's way
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        number = -1
    if number != value and str(number) != str(value).strip():
        number = -1
    if not least <= number <= LEVEL_MAX:
        raise ValueError(f"a whole number from {least} to {LEVEL_MAX} is wanted, or a name")
    return number


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value.isprintable() and not _is_numeral(value)


def _is_numeral(text: str) -> bool:
    return text.strip().lstrip("+-").replace(".", "", 1).isdecimal()


def _told(value: Any) -> int | str:
    if _is_name(value) and 0 < len(value) <= IDENTIFIER_MAX:
        return str(value)
    return _number(value, 0)


def _levels(value: Any) -> int | list[str]:
    if not isinstance(value, list):
        return _number(value, 1)
    if not 0 < len(value) <= LEVEL_MAX:
        raise ValueError(f"1 to {LEVEL_MAX} names are wanted, from the worst to the best")
    for name in value:
        if not (_is_name(name) and 0 < len(name) <= IDENTIFIER_MAX):
            raise ValueError(f"{name!r} is no name of a level: a text that is not a number")
    if len(set(value)) < len(value):
        raise ValueError("two levels have the same name")
    return list(value)


ToldLevel = Annotated[
    int | str,
    PlainValidator(_told),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0, "maximum": LEVEL_MAX}, _NAME]}),
]
"""A level on the scale of its skill. A document may hold numbers as texts."""

Levels = Annotated[
    int | list[str],
    PlainValidator(_levels),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": LEVEL_MAX},
                {"type": "array", "items": _NAME, "minItems": 1, "maxItems": LEVEL_MAX},
            ]
        }
    ),
]
"""How many levels a skill has, or their names from the worst to the best."""
