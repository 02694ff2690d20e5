"""How one policy document differs from another, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

__all__ = ("ABSENT", "Change", "changes")

ABSENT: Final = object()
"""In place of what is not there."""


class Change(NamedTuple):
    """What stands at a path before and after; ABSENT where there is nothing."""

    path: str
    before: Any
    after: Any


def changes(before: Any, after: Any, path: str = "") -> Iterator[Change]:
    """Every field that differs, in the order of the documents: those of the first, then new ones.

    Maps are compared by key and lists by place; what is new or gone is told as a whole.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        for key in (*before, *(key for key in after if key not in before)):
            inner = f"{path}.{key}" if path else str(key)
            yield from changes(before.get(key, ABSENT), after.get(key, ABSENT), inner)
    elif isinstance(before, list) and isinstance(after, list):
        for place in range(max(len(before), len(after))):
            inner = f"{path}[{place}]"
            yield from changes(_at(before, place), _at(after, place), inner)
    elif before != after or type(before) is not type(after):
        yield Change(path, before, after)


def _at(values: list[Any], place: int) -> Any:
    return values[place] if place < len(values) else ABSENT
