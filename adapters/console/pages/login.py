"""Logging in with an API key or a token of the identity provider, and out again."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.client.errors import Unauthenticated
from adapters.console.addresses import is_own_path
from adapters.console.cookies import Cookies
from adapters.console.reach import Reach
from adapters.console.refusals import login_path
from adapters.console.rendering import render
from adapters.console.visit import form_of

__all__ = ("router",)

router = APIRouter()

CREDENTIAL_CHARACTERS_MAX: Final = 2_500
"""A cookie holds 4 KiB, and what is sealed is longer by a third."""


@router.get("/login")
async def show_login(request: Request) -> Response:
    """The form."""
    return _form(request)


@router.post("/login")
async def log_in(request: Request) -> Response:
    """Ask the API whose the credential is, and let the browser carry it."""
    fields = await form_of(request)
    credential = fields.get("key", "")
    if len(credential) > CREDENTIAL_CHARACTERS_MAX or not credential.isascii():
        return _form(request, "This is no API key of OneQueue.")
    reach: Reach = request.app.state.reach
    cookies: Cookies = request.app.state.cookies
    caller = reach.caller(credential)
    try:
        await caller.viewer()
    except Unauthenticated:
        reach.forget(credential)
        wrong = "The API does not know this key: it may have expired, or been revoked."
        return _form(request, wrong if credential else "Please give a key.")
    response = RedirectResponse(_next(request), status_code=303)
    cookies.log_in(response, credential)
    return response


@router.post("/logout")
async def log_out(request: Request) -> Response:
    """Let the browser forget the credential."""
    cookies: Cookies = request.app.state.cookies
    session = cookies.session(request)
    response = RedirectResponse(login_path(), status_code=303)
    if session is not None:
        request.app.state.reach.forget(session.credential)
    cookies.log_out(response)
    return response


def _form(request: Request, fault: str = "") -> Response:
    status = 422 if fault else 200
    given = {"fault": fault, "next": _next(request), "is_own_way": _is_own_way(request)}
    return render(request, "login.html", given, status=status)


def _is_own_way(request: Request) -> bool:
    """Whether whoever looks came by themselves, or by a page of ours: a page of somebody else may
    lead here with the key of somebody else, and then nobody is to be logged in unasked."""
    return request.headers.get("sec-fetch-site") in {"none", "same-origin"}


def _next(request: Request) -> str:
    wanted = request.query_params.get("next", "/")
    return wanted if is_own_path(wanted) else "/"
