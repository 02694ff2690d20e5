"""What a problem's ``type`` leads to: its code, its status, and what it means."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from msgspec import Struct
from starlette.responses import Response

from adapters.api.codes import CODES
from adapters.api.contract.answers import JSON_TYPE, encode
from adapters.api.contract.description import Operation, describe
from adapters.api.problems import ProblemError

__all__ = ("router",)

router = APIRouter(prefix="/v1", tags=["problems"])


class ProblemPage(Struct, frozen=True):
    """A kind of problem."""

    code: str
    status: int
    title: str


@router.get(
    "/problems/{code}",
    **describe(
        Operation(
            summary="What a problem means",
            description="The `type` of every problem leads here.",
            answers=ProblemPage,
            codes=("not_found", "bad_request", "invalid", "uri_too_long", "rate_limited", "busy"),
            is_open=True,
        )
    ),
)
async def problem_page(code: Annotated[str, Path(pattern=r"^[a-z_]{1,64}$")]) -> Response:
    """One kind of problem."""
    known = CODES.get(code)
    if known is None:
        raise ProblemError("not_found", f"there is no problem with the code {code!r}")
    page = ProblemPage(code, known.status, known.title)
    return Response(encode(page), media_type=JSON_TYPE)
