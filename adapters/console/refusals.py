"""What cannot be shown, as pages: no session, no permission, nothing there, no API."""

from __future__ import annotations

from typing import Final, cast

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.api.paths import with_slashes
from adapters.client.errors import (
    BadAnswer,
    ClientError,
    Forbidden,
    NotFound,
    Problem,
    Unauthenticated,
    Unavailable,
    Unreachable,
)
from adapters.console.addresses import address, here, is_own_path, left_at, shown_at
from adapters.console.cookies import Cookies
from adapters.console.reach import Reach
from adapters.console.rendering import render
from adapters.console.viewer import Viewer
from adapters.console.visit import Barred, SessionOver

__all__ = ("add_refusals", "login_path")

UNREACHABLE: Final = 502


def add_refusals(app: FastAPI) -> None:
    """Tell every error as a page of the console."""
    app.add_exception_handler(SessionOver, _session_over)
    app.add_exception_handler(Unauthenticated, _session_over)
    app.add_exception_handler(Barred, _barred)
    app.add_exception_handler(ClientError, _of_client)
    app.add_exception_handler(HTTPException, _of_path)
    app.add_exception_handler(RequestValidationError, _of_parameters)
    app.add_exception_handler(TimeoutError, _too_slow)


def login_path(back: str = "") -> str:
    """The login page, and where it is to lead."""
    return address("login", next="" if back == "/" else back)


async def _session_over(request: Request, error: Exception) -> Response:
    """To the login page, and back to where one was."""
    cookies: Cookies = request.app.state.cookies
    session = cookies.session(request)
    path = _provider_path if _is_by_provider(request) else login_path
    if request.headers.get("hx-request"):
        response = Response(status_code=204, headers={"HX-Redirect": path(shown_at(request))})
    else:
        back = here(request) if request.method == "GET" else ""
        response = RedirectResponse(path(back), status_code=303)
    if session is not None:
        request.app.state.reach.forget(session.credential)
        cookies.over(response)
    return response


def _is_by_provider(request: Request) -> bool:
    """Whether they come from the provider at once, which knows them still."""
    cookies: Cookies = request.app.state.cookies
    return request.app.state.provider is not None and cookies.is_by_provider(request)


def _provider_path(back: str = "") -> str:
    return address("login", "provider", next="" if back == "/" else back)


async def _barred(request: Request, error: Exception) -> Response:
    return await refusal(request, 403, "This page is not for you", str(error))


async def _of_path(request: Request, error: Exception) -> Response:
    found = cast("HTTPException", error)
    if found.status_code == 404:
        return await refusal(request, 404, "There is no such page", _path(request))
    return await refusal(request, found.status_code, "That cannot be done here", found.detail)


def _path(request: Request) -> str:
    """What was asked for, as people read it."""
    return with_slashes(request.scope["path"])


async def _of_parameters(request: Request, error: Exception) -> Response:
    faults = cast("RequestValidationError", error).errors()
    told = "; ".join(f"{'.'.join(map(str, each['loc'][1:]))}: {each['msg']}" for each in faults)
    return await refusal(request, 422, "That address cannot be meant", told)


async def _too_slow(request: Request, error: Exception) -> Response:
    return await refusal(request, 408, "That did not arrive in time", "Please send it again.")


async def _of_client(request: Request, error: Exception) -> Response:
    status, title = _told(error)
    return await refusal(request, status, title, _detail(error))


def _told(error: Exception) -> tuple[int, str]:
    """The status, and what it means to a person."""
    if isinstance(error, Unreachable):
        return UNREACHABLE, "The API cannot be reached"
    if isinstance(error, BadAnswer):
        return UNREACHABLE, "The API has answered what cannot be understood"
    if isinstance(error, NotFound):
        return 404, "There is no such thing"
    if isinstance(error, Forbidden):
        return 403, "You may not do this"
    if isinstance(error, Unavailable):
        return 503, "The API is not ready"
    return getattr(error, "status", 500), "This could not be done"


def _detail(error: Exception) -> str:
    return error.detail or error.body.title if isinstance(error, Problem) else str(error)


async def refusal(request: Request, status: int, title: str, detail: str) -> Response:
    """A page that says what is wrong; for a part of a page, the same in a few words."""
    context = {"status": status, "title": title, "detail": detail, "again": _again(request)}
    if request.headers.get("hx-request"):
        response = render(request, "refusal_part.html", context, status=status)
        # in place of what is shown nothing: beside it
        response.headers["HX-Retarget"] = "#notices"
        response.headers["HX-Reswap"] = "innerHTML"
        return response
    return render(request, "refusal.html", context, viewer=await _viewer(request), status=status)


def _again(request: Request) -> str:
    """Where the same can be tried once more: a change by the page that asked for it."""
    path = here(request) if request.method == "GET" else left_at(request)
    return path if is_own_path(path) else "/"


async def _viewer(request: Request) -> Viewer | None:
    """Whoever looks, for the menu, if that can be known now."""
    cookies: Cookies = request.app.state.cookies
    reach: Reach = request.app.state.reach
    session = cookies.session(request)
    try:
        return None if session is None else await reach.caller(session.credential).viewer()
    except ClientError:
        return None
