"""The shortcut: requests for quick routes go straight to their endpoints, all others to the
framework, whose own layers and search for a route take longer than a write takes here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.api.contract.quick import Quick, QuickRoute

__all__ = ("Handlers", "Shortcut")

Handlers: TypeAlias = Mapping[Any, Callable[[Request, Any], Any]]
"""What an exception becomes, by its class."""

Shape: TypeAlias = tuple[str, ...]
"""The parts of a path, with a mark where a parameter stands."""

_ANY: Final = "/"
"""No part is that."""


class _Way(NamedTuple):
    route: QuickRoute
    quick: Quick
    names: tuple[tuple[int, str], ...]
    """Where in the path each parameter stands."""


class Shortcut:
    """Answers what has a quick way, as the framework would."""

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute], handlers: Handlers) -> None:
        self._app = app
        self._handlers = handlers
        self._ways = {
            (method, _shape(route.path)): _way(route, quick)
            for route, quick in _quick_ones(routes)
            for method in route.methods or ()
        }
        self._places = {tuple(at for at, _ in way.names) for way in self._ways.values()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        way = self._way(scope) if scope["type"] == "http" else None
        if way is None:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive, send)
        try:
            response = await way.quick(request)
        except Exception as error:
            handler = self._handler(error)
            if handler is None:
                raise
            response = await handler(request, error)
        await response(scope, receive, send)

    def _way(self, scope: Scope) -> _Way | None:
        """Where it leads; the scope names it then, as the framework has it."""
        parts = tuple(scope["path"].split("/"))
        for places in self._places:
            shape = tuple(_ANY if at in places else part for at, part in enumerate(parts))
            way = self._ways.get((scope["method"], shape))
            if way is not None and all(parts[at] for at in places):
                scope["route"], scope["endpoint"] = way.route, way.route.endpoint
                scope["path_params"] = {name: parts[at] for at, name in way.names}
                return way
        return None

    def _handler(self, error: Exception) -> Callable[[Request, Any], Any] | None:
        known = (self._handlers.get(kind) for kind in type(error).__mro__)
        return next((handler for handler in known if handler is not None), None)


def _quick_ones(routes: Iterable[BaseRoute]) -> Iterator[tuple[QuickRoute, Quick]]:
    for route in routes:
        if isinstance(route, QuickRoute) and route.quick is not None:
            yield route, route.quick


def _way(route: QuickRoute, quick: Quick) -> _Way:
    parts = enumerate(route.path.split("/"))
    return _Way(route, quick, tuple((at, part[1:-1]) for at, part in parts if _is_parameter(part)))


def _shape(path: str) -> Shape:
    return tuple(_ANY if _is_parameter(part) else part for part in path.split("/"))


def _is_parameter(part: str) -> bool:
    return part.startswith("{")
