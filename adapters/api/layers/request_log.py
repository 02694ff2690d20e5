"""The outermost layer: each request gets an id, is measured, and is told of in one line of the log.

The line has no query and no body, nor anything that names a customer.
"""

from __future__ import annotations

import re
import secrets
import time
from typing import Any, Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.api.meters import ApiMeters
from adapters.api.problems import ProblemError, problem_response

__all__ = ("RequestLog",)

REQUEST_ID: Final = b"x-request-id"
_SANE: Final = re.compile(rb"[A-Za-z0-9_.:-]{1,64}")

QUIET: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""What is asked for every few seconds, and worth no line."""

TOLD_IDS: Final = ("interaction_id", "offer_id", "agent_id")


class RequestLog:
    """Tells of every request when it has been answered."""

    def __init__(
        self, app: ASGIApp, meters: ApiMeters, logger: structlog.stdlib.BoundLogger
    ) -> None:
        self._app = app
        self._meters = meters
        self._log = logger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = _Request(scope, send)
        try:
            await self._app(scope, receive, request.send)
        except Exception:  # noqa: BLE001  # whatever it is, the client gets an answer
            self._log.exception("a request failed", request_id=request.request_id)
            request.told["code"] = "internal"
            if not request.status:
                await problem_response(ProblemError("internal"), request.request_id)(
                    scope, receive, request.send
                )
        finally:
            self._tell(scope, request)

    def _tell(self, scope: Scope, request: _Request) -> None:
        route = getattr(scope.get("route"), "path", None)
        self._meters.answered(scope["method"], route, request.status, request.took_s)
        if scope["path"] in QUIET:
            return
        found = scope.get("path_params") or {}
        self._log.info(
            "request",
            method=scope["method"],
            route=route,
            status=request.status,
            ms=round(request.took_s * 1_000, 2),
            request_id=request.request_id,
            **{name: found[name] for name in TOLD_IDS if name in found},
            **request.told,
        )


class _Request:
    """What is known of one request."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.request_id = _id_of(scope)
        self.told: dict[str, Any] = {}
        self.status = 0
        self.took_s = 0.0
        self._send = send
        self._begin_s = time.perf_counter()
        scope["state"] = {
            **scope.get("state", {}),
            "request_id": self.request_id,
            "told": self.told,
        }

    async def send(self, message: Message) -> None:
        """Send on, with the request's id."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.took_s = time.perf_counter() - self._begin_s
            headers = [*message.get("headers", ()), (REQUEST_ID, self.request_id.encode())]
            message = {**message, "headers": headers}
        await self._send(message)


def _id_of(scope: Scope) -> str:
    """The id that the client gives, if it is sane, else a fresh one."""
    for name, value in scope["headers"]:
        if name == REQUEST_ID and _SANE.fullmatch(value):
            return str(value, "ascii")
    return secrets.token_hex(8)
