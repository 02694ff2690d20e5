"""The app: nobody sees a page, or changes anything, before it is known who they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from adapters.console.app import PAGES, build_console
from adapters.console.settings import ConsoleSettings

FOR_ANYBODY = {
    "/login", "/login/provider", "/login/provider/back", "/logout", "/theme", "/healthz", "/readyz",
}  # fmt: skip
ROUTES = [route for router in PAGES for route in router.routes if isinstance(route, APIRoute)]


def calls_of(dependant: Dependant) -> Iterator[Any]:
    for each in dependant.dependencies:
        yield each.call
        yield from calls_of(each)


@pytest.mark.parametrize(
    "route", ROUTES, ids=[f"{min(route.methods or ())} {route.path}" for route in ROUTES]
)
async def test_every_page_but_a_few_asks_who_looks(route: APIRoute) -> None:
    asks = {getattr(call, "__qualname__", "") for call in calls_of(route.dependant)}
    assert ("_visit" in asks) == (route.path not in FOR_ANYBODY)


async def test_who_is_not_logged_in_changes_nothing() -> None:
    """Whatever they send: they are led to the login page, and nobody asks the API."""
    app = build_console(ConsoleSettings(api="http://127.0.0.1:1"))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://console") as console:
        for route in ROUTES:
            if "POST" in (route.methods or ()) and route.path not in FOR_ANYBODY:
                path = route.path.replace("{kind}", "agents").replace("{version}", "1")
                answer = await console.post(path, headers={"Origin": "http://console"})
                assert (answer.status_code, answer.headers["location"]) == (303, "/login"), path
