"""What is read of requests alike: the body, and parameters of lists."""

from __future__ import annotations

from typing import Annotated, TypeAlias, TypeVar

from fastapi import Query
from msgspec import Struct
from starlette.requests import Request

from adapters.api.contract.bodies import Body
from adapters.api.contract.conditions import POSITION_PATTERN
from adapters.api.problems import ProblemError

__all__ = ("Limit", "MinPosition", "read_body")

T = TypeVar("T", bound=Struct)

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
