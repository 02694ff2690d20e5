"""Quick routes: FastAPI describes them, and leaves the request to the endpoint.

Working out parameters takes FastAPI longer than all the rest of a write takes here.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeAlias

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.paths import ID_PATTERN, SLASH
from adapters.api.problems import Fault, ProblemError
from router import limits

__all__ = ("Quick", "QuickRoute", "id_of", "quickly")

Quick: TypeAlias = Callable[[Request], Awaitable[Response]]

_ID: Final = re.compile(ID_PATTERN.replace("$", r"\Z"))
_ATTRIBUTE: Final = "answers_requests_by"


class QuickRoute(APIRoute):
    """A route whose endpoint may have a quick way."""

    @property
    def quick(self) -> Quick | None:
        """The quick way, if there is one."""
        quick: Quick | None = getattr(self.endpoint, _ATTRIBUTE, None)
        return quick

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The quick way, if there is one."""
        return self.quick or super().get_route_handler()  # type: ignore[return-value]  # each is a coroutine function


def quickly(quick: Quick) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let an endpoint, whose parameters describe it, be answered by ``quick``."""

    def decorate(endpoint: Callable[..., Any]) -> Callable[..., Any]:
        setattr(endpoint, _ATTRIBUTE, quick)
        return endpoint

    return decorate


def id_of(request: Request, name: str) -> str:
    """An id in the path. Raises :class:`ProblemError`, as FastAPI would have it."""
    told: str = request.path_params[name].replace(SLASH, "/")
    if len(told) > limits.IDENTIFIER_MAX or _ID.match(told) is None:
        detail = f"an id has 1 to {limits.IDENTIFIER_MAX} characters, none of them for control"
        raise ProblemError("invalid", detail, errors=[Fault(detail, parameter=name)])
    return told
