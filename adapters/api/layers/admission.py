"""Admission: who asks, by the credential alone, and how often they may."""

from __future__ import annotations

import time
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.api.pages import PAGES_PATH
from adapters.api.problems import ProblemError, refusal, retry_after
from adapters.api.reference import REFERENCE_PATHS
from adapters.api.settings import ApiSettings
from adapters.identity.attempts import Attempts, TooManyAttempts
from adapters.identity.errors import Unauthenticated
from adapters.identity.rates import Rates
from router.errors import StoreUnavailable

__all__ = ("Admission", "credential_of")

OPEN_PATHS: Final = frozenset(
    {"/healthz", "/readyz", "/metrics", "/openapi.json", *REFERENCE_PATHS}
)
"""What anybody may ask for, without a look at credentials."""


class Admission:
    """Notes who asks; endpoints say whether that is enough (adapters/api/contract/access.py)."""

    def __init__(self, app: ASGIApp, attempts: Attempts, settings: ApiSettings) -> None:
        self._app = app
        self._attempts = attempts
        self._rates = Rates(settings.requests_per_s, settings.requests_burst, time.monotonic)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or _is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        try:
            await self._admit(scope)
        except ProblemError as error:
            await refusal(error, scope)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _admit(self, scope: Scope) -> None:
        state = scope["state"]
        address = (scope.get("client") or ("",))[0]
        try:
            principal = await self._attempts.authenticate(credential_of(scope), address)
        except TooManyAttempts as error:
            _refuse(error.wait_s)
        except Unauthenticated as error:
            state["principal"] = error
            state["told"]["unauthenticated"] = error.reason
        except StoreUnavailable as error:
            raise ProblemError("store_unavailable", headers=retry_after(1_000)) from error
        else:
            state["principal"] = principal
            state["told"] |= {"tenant": principal.tenant, "subject": principal.subject}
            _refuse(self._rates.take(f"{principal.tenant} {principal.subject}"))


def _is_open(path: str) -> bool:
    return path in OPEN_PATHS or path.startswith(f"{PAGES_PATH}/")


def credential_of(scope: Scope) -> str:
    """What stands behind ``Authorization: Bearer``; "" where there is none."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, credential = value.decode("latin-1").partition(" ")
            return credential.strip() if scheme.lower() == "bearer" else ""
    return ""


def _refuse(wait_s: float) -> None:
    if wait_s > 0:
        wait_ms = round(wait_s * 1_000)
        raise ProblemError("rate_limited", headers=retry_after(wait_ms), retry_after_ms=wait_ms)
