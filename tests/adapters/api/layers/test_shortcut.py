"""The shortcut: it leads where the framework would have led, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from adapters.api.app import ROUTERS
from adapters.api.contract.quick import QuickRoute, quickly
from adapters.api.layers.shortcut import Shortcut

ROUTES = [route for router in ROUTERS for route in router.routes]
QUICK = [route for route in ROUTES if isinstance(route, QuickRoute) and route.quick is not None]


def scope_of(method: str, path: str) -> Scope:
    return {"type": "http", "method": method, "path": path, "headers": [], "query_string": b""}


async def sent_by(app: Shortcut, scope: Scope) -> tuple[int, bytes]:
    told: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        told.append(message)

    await app(scope, receive, send)
    return told[0]["status"], told[1]["body"]


async def framework(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("the framework")(scope, receive, send)


def shortcut(*endpoints: tuple[str, str, Any]) -> Shortcut:
    routes = [QuickRoute(path, endpoint, methods=[method]) for method, path, endpoint in endpoints]
    return Shortcut(framework, routes, {LookupError: unknown})


async def unknown(request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"unknown {error}", status_code=404)


def told(text: str) -> Any:
    async def quick(request: Request) -> Response:
        return PlainTextResponse(f"{text} {request.path_params} {request.scope['route'].path}")

    @quickly(quick)
    async def endpoint() -> None: ...

    return endpoint


def failing(error: Exception) -> Any:
    async def quick(request: Request) -> Response:
        raise error

    @quickly(quick)
    async def endpoint() -> None: ...

    return endpoint


@pytest.mark.parametrize("route", QUICK, ids=lambda route: f"{min(route.methods)} {route.path}")
def test_no_route_before_it_would_have_been_found(route: QuickRoute) -> None:
    path = "/".join("x%" if part.startswith("{") else part for part in route.path.split("/"))
    (method,) = route.methods or {""}
    first = next(one for one in ROUTES if one.matches(scope_of(method, path))[0] is Match.FULL)
    assert first is route
    scope = scope_of(method, path)
    way = Shortcut(framework, ROUTES, {})._way(scope)
    assert way is not None
    assert way.route is route
    assert scope["path_params"] == route.matches(scope_of(method, path))[1]["path_params"]


async def test_what_it_does_not_know_goes_on() -> None:
    app = shortcut(("POST", "/v1/a", told("a")), ("PUT", "/v1/a/{one}/b", told("b")))
    for method, path in (
        ("GET", "/v1/a"),
        ("POST", "/v1/a/"),
        ("POST", "/v1"),
        ("PUT", "/v1/a//b"),
        ("PUT", "/v1/a/x/b/c"),
        ("PUT", "/v1/{one}/x/b"),
    ):
        assert await sent_by(app, scope_of(method, path)) == (200, b"the framework"), path


async def test_its_endpoint_knows_route_and_parameters() -> None:
    app = shortcut(("POST", "/v1/a", told("a")), ("PUT", "/v1/a/{one}/b", told("b")))
    assert await sent_by(app, scope_of("POST", "/v1/a")) == (200, b"a {} /v1/a")
    found = await sent_by(app, scope_of("PUT", "/v1/a/x/b"))
    assert found == (200, b"b {'one': 'x'} /v1/a/{one}/b")


async def test_errors_become_what_the_app_makes_of_them() -> None:
    known, strange = failing(KeyError("x")), failing(ValueError("bad"))
    app = shortcut(("POST", "/v1/a", known), ("POST", "/v1/b", strange))
    assert await sent_by(app, scope_of("POST", "/v1/a")) == (404, b"unknown 'x'")
    with pytest.raises(ValueError, match="bad"):
        await sent_by(app, scope_of("POST", "/v1/b"))
