"""Problems: every answer that is not the one asked for, as RFC 9457 has them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct, field
from starlette.responses import Response
from starlette.types import Scope

from adapters.api.codes import CODES, status_of
from router.errors import OneQueueError
from router.events import Rejected

__all__ = (
    "PROBLEM_TYPE",
    "Fault",
    "Problem",
    "ProblemError",
    "pointer_of",
    "problem_response",
    "refusal",
    "rejection_error",
    "retry_after",
)

PROBLEM_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "/v1/problems/"

_encode = msgspec.json.Encoder().encode


class Fault(Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong: where in the body (``pointer``, RFC 6901) or in which parameter."""

    detail: str
    pointer: str = ""
    parameter: str = ""


class Problem(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What went wrong. ``code`` is for programs, ``title`` and ``detail`` are for people.

    ``entry_id`` names a command that has not been decided; ``version`` is the one that stands
    where another was asked for; ``retry_after_ms`` says when to try again.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str = ""
    request_id: str = ""
    errors: list[Fault] = field(default_factory=list)
    entry_id: str = ""
    version: str = ""
    retry_after_ms: int = 0


class ProblemError(OneQueueError):
    """A request that is answered with a problem; ``headers`` go with it."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        errors: Iterable[Fault] = (),
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.more = more

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"

    @property
    def status(self) -> int:
        """The status of the answer."""
        return status_of(self.code)

    def problem(self, request_id: str = "") -> Problem:
        """The body of the answer."""
        known = CODES.get(self.code)
        return Problem(
            type=TYPE_PREFIX + self.code,
            title=known.title if known else "It was refused.",
            status=self.status,
            code=self.code,
            detail=self.detail,
            request_id=request_id,
            errors=self.errors,
            **self.more,
        )


def problem_response(error: ProblemError, request_id: str = "") -> Response:
    """The whole answer."""
    return Response(
        _encode(error.problem(request_id)),
        status_code=error.status,
        headers=error.headers,
        media_type=PROBLEM_TYPE,
    )


def refusal(error: ProblemError, scope: Scope) -> Response:
    """The same for a request that comes no further than here; its line of the log says why."""
    state = scope["state"]
    state["told"]["code"] = error.code
    return problem_response(error, state["request_id"])


def retry_after(wait_ms: int) -> dict[str, str]:
    """The header that says when to come again: whole seconds, at least one."""
    return {"Retry-After": str(max(1, -(-wait_ms // 1_000)))}


def rejection_error(rejected: Rejected, in_path: Collection[str] = ()) -> ProblemError:
    """What the router has refused, as a problem; ``in_path`` are fields that no body has."""
    status = status_of(rejected.code)
    faults = []
    if rejected.field in in_path:
        faults = [Fault(rejected.detail, parameter=rejected.field)]
    elif rejected.field == "if_version":
        faults = [Fault(rejected.detail, parameter="If-Match")]
    elif rejected.field:
        faults = [Fault(rejected.detail, pointer_of(rejected.field))]
    comes_again = status in {429, 503}
    return ProblemError(
        rejected.code,
        rejected.detail,
        errors=faults,
        headers=retry_after(rejected.retry_after_ms) if comes_again else None,
        retry_after_ms=rejected.retry_after_ms,
        version=rejected.version,
    )


_PART: Final = re.compile(r"[^.\[\]]+")


def pointer_of(path: str) -> str:
    """The JSON pointer of a place as faults name it: ``requirements[0].level``."""
    parts = _PART.findall(path)
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)
