"""Logging in with an API key or a token of the identity provider, and out again."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.client.errors import Unauthenticated
from adapters.console.addresses import is_own_path
from adapters.console.cookies import Cookies
from adapters.console.provider import CREDENTIAL_CHARACTERS_MAX, Provider, ProviderError
from adapters.console.reach import Reach
from adapters.console.refusals import login_path
from adapters.console.rendering import render
from adapters.console.settings import ConsoleSettings
from adapters.console.visit import form_of

__all__ = ("router",)

router = APIRouter()

REVOKE_S: Final = 2.0
"""Nobody waits for longer to be logged out."""


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


@router.get("/login/provider")
async def leave_for_provider(request: Request) -> Response:
    """Send the browser to the provider, with what it needs to come back."""
    cookies: Cookies = request.app.state.cookies
    try:
        url, departure = await _provider(request).leave(_redirect_uri(request), _next(request))
    except ProviderError as fault:
        return _form(request, str(fault))
    response = RedirectResponse(url, status_code=303)
    cookies.leave(response, departure)
    return response


@router.get("/login/provider/back")
async def come_back_from_provider(request: Request) -> Response:
    """Let the browser carry the provider's token, if the API takes it."""
    cookies: Cookies = request.app.state.cookies
    reach: Reach = request.app.state.reach
    departure = cookies.departure(request)
    try:
        if departure is None:
            raise ProviderError("This login took too long, or was begun elsewhere: begin again.")
        answer = dict(request.query_params)
        token = await _provider(request).come_back(departure, answer, _redirect_uri(request))
        _require_short(token.credential)
        viewer = await reach.caller(token.credential).viewer()
        if not viewer.roles:
            raise ProviderError("The provider knows you, and you have no role here.")
    except ProviderError as fault:
        return _form(request, str(fault))
    except Unauthenticated:
        reach.forget(token.credential)
        return _form(request, "The API does not take the provider's token for a login here.")
    # a page of its own: cookies of ours do not go along on a way that began at another site
    response = render(request, "logged_in.html", {"next": departure.next})
    cookies.log_in_by(response, token)
    cookies.come_back(response)
    return response


@router.post("/logout")
async def log_out(request: Request) -> Response:
    """Let the browser forget the credential, and the provider what gets another one."""
    cookies: Cookies = request.app.state.cookies
    session, refresh = cookies.session(request), cookies.refresh(request)
    response = RedirectResponse(login_path(), status_code=303)
    if session is not None:
        request.app.state.reach.forget(session.credential)
    cookies.log_out(response)
    if refresh is not None and request.app.state.provider is not None:
        with suppress(ProviderError, TimeoutError):  # it is forgotten here all the same
            async with asyncio.timeout(REVOKE_S):
                await _provider(request).revoke(refresh)
    return response


def _form(request: Request, fault: str = "") -> Response:
    status = 422 if fault else 200
    provider = request.app.state.provider
    given = {
        "fault": fault,
        "next": _next(request),
        "is_own_way": _is_own_way(request),
        "provider": request.app.state.settings.oidc_label if provider else "",
    }
    return render(request, "login.html", given, status=status)


def _provider(request: Request) -> Provider:
    found: Provider | None = request.app.state.provider
    if found is None:
        raise HTTPException(404)
    return found


def _redirect_uri(request: Request) -> str:
    """Where the provider is to send the browser back to: registered there, word for word."""
    settings: ConsoleSettings = request.app.state.settings
    base = settings.public_url or str(request.base_url)
    return base.rstrip("/") + "/login/provider/back"


def _require_short(credential: str) -> None:
    if len(credential) > CREDENTIAL_CHARACTERS_MAX:
        raise ProviderError(
            f"The provider's token has {len(credential):,} characters; a browser can carry "
            f"{CREDENTIAL_CHARACTERS_MAX:,}. Let it hold less."
        )


def _is_own_way(request: Request) -> bool:
    """Whether whoever looks came by themselves, or by a page of ours: a page of somebody else may
    lead here with the key of somebody else, and then nobody is to be logged in unasked."""
    return request.headers.get("sec-fetch-site") in {"none", "same-origin"}


def _next(request: Request) -> str:
    wanted = request.query_params.get("next", "/")
    return wanted if is_own_path(wanted) else "/"
