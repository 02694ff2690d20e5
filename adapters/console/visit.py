"""A visit: one request of somebody who has logged in; what every page depends on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from adapters.client import OneQueue
from adapters.console.cookies import Cookies, Notice, Tone
from adapters.console.people import People
from adapters.console.reach import Reach
from adapters.console.rendering import render
from adapters.console.settings import ConsoleSettings
from adapters.console.viewer import Viewer
from adapters.identity.permissions import Permission
from router.errors import CallerError

__all__ = ("AnyVisit", "Barred", "SessionOver", "Visit", "form_of", "visiting")


FILES_MAX: Final = 10
FIELDS_MAX: Final = 5_000
"""A grid of skills has a field for each agent and skill that is shown."""


class SessionOver(CallerError):
    """Nobody is logged in, or not any more."""

    def __str__(self) -> str:
        return "log in, please"


class Barred(CallerError):
    """Whoever has logged in may not see this page."""

    def __init__(self, permission: Permission) -> None:
        super().__init__(permission)
        self.permission = permission

    def __str__(self) -> str:
        return f"this page takes the permission {self.permission}"


@dataclass(frozen=True, slots=True)
class Visit:
    """One request. ``queue`` asks the API with the credential of whoever looks; ``people`` are
    those who are named by keys."""

    request: Request
    viewer: Viewer
    queue: OneQueue
    people: People

    @property
    def settings(self) -> ConsoleSettings:
        """Those of the console."""
        found: ConsoleSettings = self.request.app.state.settings
        return found

    def may(self, permission: Permission | str) -> bool:
        """Whether they may for all of the tenant."""
        return self.viewer.may(permission)

    def page(self, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """The page of a template; its live part, where only that is asked for. It may name
        (``person``) those whom :meth:`People.meet` has been told of."""
        freshness = self.queue.freshness
        return render(
            self.request,
            template,
            {"person": self.people.named, **context},
            viewer=self.viewer,
            freshness=freshness,
            status=status,
        )

    @property
    def now_ms(self) -> int:
        """The time, as far as the API's newest answer goes."""
        return int(time.time() * 1_000) - self.queue.freshness.age_ms

    def go(self, path: str, told: str = "", tone: Tone = "good") -> Response:
        """On to another page of the console, which tells something once."""
        response = _redirect(self.request, path)
        if told:
            cookies: Cookies = self.request.app.state.cookies
            cookies.tell(response, Notice(told, tone))
        return response

    async def form(self) -> FormData:
        """What was sent, files too; in time, or ``TimeoutError``."""
        return await _form_data(self.request)

    async def fields(self) -> dict[str, str]:
        """The fields that are texts, without spaces around them."""
        return await form_of(self.request)


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form that are texts, without spaces around them. Raises ``TimeoutError``."""
    form = await _form_data(request)
    return {name: value.strip() for name, value in form.items() if isinstance(value, str)}


async def _form_data(request: Request) -> FormData:
    async with asyncio.timeout(request.app.state.settings.body_timeout_s):
        return await request.form(max_files=FILES_MAX, max_fields=FIELDS_MAX)


def _redirect(request: Request, path: str) -> Response:
    if request.headers.get("hx-request"):
        # htmx goes there itself: a redirect would be followed, and put into the page
        return Response(status_code=204, headers={"HX-Redirect": path})
    return RedirectResponse(path, status_code=303)


async def _visit(request: Request) -> Visit:
    cookies: Cookies = request.app.state.cookies
    reach: Reach = request.app.state.reach
    session = cookies.session(request)
    if session is None:
        raise SessionOver
    caller = reach.caller(session.credential)
    return Visit(request, await caller.viewer(), caller.queue, caller.people)


AnyVisit = Annotated[Visit, Depends(_visit)]
"""Of anybody who has logged in."""


def visiting(permission: Permission, *, is_own: bool = False) -> Callable[..., Awaitable[Visit]]:
    """A dependency: the visit of somebody with this permission; with ``is_own`` it is enough to
    have it for one's own agent. Raises :class:`SessionOver`, :class:`Barred`, or what the client
    raises."""

    async def visit(visit: AnyVisit) -> Visit:
        may = visit.viewer.may_own if is_own else visit.viewer.may
        if not may(permission):
            raise Barred(permission)
        return visit

    return visit
