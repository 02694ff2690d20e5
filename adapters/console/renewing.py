"""Renewing: a login by the provider goes on without anybody being sent there, as long as it gives
other tokens for its refresh token.

A refresh token may be good for one time only. So of all requests that come with the same one, one
renews, and the others get what it got.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec
import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.console.cookies import Cookies
from adapters.console.provider import Provider, ProviderError, ProviderRefusedError, Refresh, Token

__all__ = ("Renewals", "Renewing")

KEPT_S: Final = 60.0
"""For so long requests may still come with the cookie from before."""

RETRY_S: Final = 5.0
"""A provider that could not be reached is asked again after so long."""

RENEWALS_MAX: Final = 1_000
APART: Final = ("/static/", "/login", "/logout", "/healthz", "/readyz")
"""What asks for no session, or ends it."""


class _Begun(NamedTuple):
    renewal: asyncio.Task[Token]
    at_s: float


class Renewals:
    """Other tokens for refresh tokens, each asked for once; ``now_s`` is a clock."""

    def __init__(self, provider: Provider, now_s: Callable[[], float] = time.monotonic) -> None:
        self._provider = provider
        self._now_s = now_s
        self._begun: OrderedDict[bytes, _Begun] = OrderedDict()

    async def of(self, refresh: Refresh) -> Token:
        """What the provider gives, or gave just now. Raises :class:`ProviderError`."""
        known = sha256(refresh.token.encode()).digest()
        begun = self._begun.get(known)
        if begun is None or self._is_over(begun, known):
            renewal = asyncio.create_task(self._provider.renew(refresh))
            begun = self._begun[known] = _Begun(renewal, self._now_s())
            self._begun.move_to_end(known)
            self._make_room()
        # whoever hangs up does not take it from the others
        token = await asyncio.shield(begun.renewal)
        age_s = self._now_s() - begun.at_s
        left_s = max(token.lifetime_s - age_s, 1.0) if token.lifetime_s else 0.0
        return msgspec.structs.replace(token, lifetime_s=left_s)

    def _is_over(self, begun: _Begun, known: bytes) -> bool:
        if not begun.renewal.done():
            return False
        age_s = self._now_s() - begun.at_s
        if begun.renewal.cancelled() or begun.renewal.exception() is not None:
            return age_s > RETRY_S
        token = begun.renewal.result()
        lasts = sha256(token.refresh.encode()).digest() == known  # it is good for more than once
        return age_s > (min(KEPT_S, token.lifetime_s / 2) if lasts and token.lifetime_s else KEPT_S)

    def _make_room(self) -> None:
        while self._begun:
            oldest = next(iter(self._begun.values()))
            if len(self._begun) <= RENEWALS_MAX and self._now_s() - oldest.at_s <= KEPT_S:
                return
            self._begun.popitem(last=False)


class Renewing:
    """Between the guards and the pages: a request whose token is nearly over goes on with another
    one, and its answer brings that to the browser."""

    def __init__(
        self,
        app: ASGIApp,
        cookies: Cookies,
        provider: Provider,
        logger: structlog.stdlib.BoundLogger,
    ) -> None:
        self._app = app
        self._cookies = cookies
        self._renewals = Renewals(provider)
        self._log = logger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"].startswith(APART):
            await self._app(scope, receive, send)
            return
        request, response = Request(scope), Response()
        refresh = self._cookies.refresh(request)
        if refresh is not None and self._cookies.is_due(refresh):
            await self._renew(request, response, refresh)
        await self._app(scope, receive, _adding(response, send))

    async def _renew(self, request: Request, response: Response, refresh: Refresh) -> None:
        """Where that cannot be, the login goes on until its token is over."""
        try:
            token = await self._renewals.of(refresh)
        except ProviderRefusedError as error:
            self._log.info("a login is not renewed", reason=str(error))
            self._cookies.forget_refresh(response)
            return
        except ProviderError as error:
            self._log.warning("a login could not be renewed", reason=str(error))
            return
        request.state.session = self._cookies.renew(response, token, refresh)


def _adding(response: Response, send: Send) -> Send:
    """Sends, with the cookies of ``response`` in front of those of the page: that of a page that
    ends the login comes last, and counts."""
    ours = [(name, value) for name, value in response.raw_headers if name == b"set-cookie"]

    async def adding(message: Message) -> None:
        if ours and message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            message["headers"] = [*ours, *headers.raw]
        await send(message)

    return adding
