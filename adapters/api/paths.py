"""Ids that stand in paths, whatever characters they have: slashes, question marks, quotes."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, TypeAlias
from urllib.parse import unquote_to_bytes

from fastapi import Path
from pydantic import BeforeValidator

from adapters.media.message import MESSAGE_ID_CHARACTERS_MAX
from router import limits

__all__ = (
    "ID_PATTERN",
    "SLASH",
    "IdInPath",
    "MessageIdInPath",
    "id_in_path",
    "unescaped",
    "with_slashes",
)

ID_PATTERN: Final = r"^[^\x00-\x1f\x7f]+$"
SLASH: Final = "\x1f"
"""Stands for a slash within one part of a path, which ``%2F`` was there. No id has this character,
and a path that has it is refused (adapters/api/layers/bounds.py)."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def unescaped(raw_path: bytes) -> str:
    """The path of a target for routing: an escaped slash stays within its part, as :data:`SLASH`.

    Raises ``ValueError`` where it is not UTF-8, or holds control characters.
    """
    parts = [unquote_to_bytes(part).decode() for part in raw_path.split(b"/")]
    if any(map(_CONTROL.search, parts)):
        raise ValueError("the path holds control characters")
    return "/".join(part.replace("/", SLASH) for part in parts)


def with_slashes(text: str) -> str:
    """A part of a path as it was meant."""
    return text.replace(SLASH, "/")


def _with_slashes(text: object) -> object:
    return with_slashes(text) if isinstance(text, str) else text


def id_in_path(name: str | None = None) -> Any:
    """The type of an id that stands in the path, under the parameter's name or another."""
    path = Path(alias=name, min_length=1, max_length=limits.IDENTIFIER_MAX, pattern=ID_PATTERN)
    return Annotated[str, path, BeforeValidator(_with_slashes)]


IdInPath: TypeAlias = Annotated[
    str,
    Path(min_length=1, max_length=limits.IDENTIFIER_MAX, pattern=ID_PATTERN),
    BeforeValidator(_with_slashes),
]

MessageIdInPath: TypeAlias = Annotated[
    str,
    Path(min_length=1, max_length=MESSAGE_ID_CHARACTERS_MAX, pattern=ID_PATTERN),
    BeforeValidator(_with_slashes),
]
"""A message's, ours or the medium's own, which may be longer."""
