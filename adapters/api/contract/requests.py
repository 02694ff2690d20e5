"""What is read of a request beside its parameters: the body, and ids that stand in the path."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, TypeAlias, TypeVar
from urllib.parse import unquote_to_bytes

from fastapi import Path, Query
from msgspec import Struct
from pydantic import BeforeValidator
from starlette.requests import Request

from adapters.api.contract.bodies import Body
from adapters.api.contract.conditions import POSITION_PATTERN
from adapters.api.problems import ProblemError
from router import limits

__all__ = (
    "ID_PATTERN",
    "SLASH",
    "IdInPath",
    "Limit",
    "MinPosition",
    "id_in_path",
    "read_body",
    "unescaped",
    "with_slashes",
)

ID_PATTERN: Final = r"^[^\x00-\x1f\x7f]+$"
SLASH: Final = "\x1f"
"""Stands for a slash within one part of a path, which ``%2F`` was there. No id has this character,
and a path that has it is refused (adapters/api/layers/bounds.py)."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")

T = TypeVar("T", bound=Struct)


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

MinPosition: TypeAlias = Annotated[
    str | None,
    Query(
        pattern=POSITION_PATTERN,
        description="Answer from this position of the journal on (`OneQueue-Position` of another "
        "answer); waited for up to a second.",
    ),
]
Limit: TypeAlias = Annotated[int, Query(ge=1, le=1_000, description="How many at most.")]


async def read_body(request: Request, body: Body[T]) -> T:
    """The body of a request. Raises :class:`ProblemError`."""
    data = await request.body()
    if data or not body.is_optional:
        _check_type(request)
    return body.read(data)


def _check_type(request: Request) -> None:
    if request.headers.get("content-encoding", "identity") != "identity":
        detail = "a body that is compressed is not taken: it may be of any size"
        raise ProblemError("unsupported_media_type", detail)
    told = request.headers.get("content-type", "")
    kind, _, parameters = told.partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if kind.strip().lower() != "application/json" or charset not in {"", "utf-8"}:
        raise ProblemError(
            "unsupported_media_type",
            f"the body is {told or 'of no type'}",
            headers={"Accept": "application/json"},
        )
