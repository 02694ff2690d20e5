"""Values out of a JSON document that may lack any of them, or hold something else there."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

__all__ = ("Document", "mapping", "number", "numbers", "records", "text", "texts")

Document: TypeAlias = Mapping[str, Any]


def mapping(document: Document, *path: str) -> Document:
    """The object at a path; an empty one where there is none."""
    found: Any = document
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def number(document: Document, *path: str) -> float | None:
    """The number at a path, in the unit that its key names; None where there is none."""
    return _number(mapping(document, *path[:-1]).get(path[-1]))


def numbers(document: Document, key: str) -> list[float | None]:
    """The list under a key, with None for what is no number; empty where there is none."""
    return [_number(value) for value in _list(document.get(key))]


def records(document: Document, key: str) -> Iterator[Document]:
    """The objects in the list under a key."""
    return (one for one in _list(document.get(key)) if isinstance(one, Mapping))


def text(document: Document, key: str) -> str:
    """The words under a key; none where there are none."""
    found = document.get(key)
    return found if isinstance(found, str) else ""


def texts(document: Document, key: str) -> list[str]:
    """The list of words under a key, one word counting as a list of one."""
    found = document.get(key)
    if isinstance(found, str):
        return [found]
    return [str(one) for one in _list(found)]


def _list(found: Any) -> Sequence[Any]:
    return found if isinstance(found, list | tuple) else ()


def _number(found: Any) -> float | None:
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        return None
    return float(found)
