"""One line of the log for each page; without its query, which may name a customer."""

from __future__ import annotations

import time
from typing import Final

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.console.guarding import TooLargeError
from adapters.console.refusals import refusal

__all__ = ("PageLog",)

FAULT: Final = "A fault of the console"
QUIET: Final = ("/healthz", "/readyz", "/static/")
"""What is asked for again and again, and worth no line."""


class PageLog:
    """Tells of every page when it has been answered; of a live part that came well, nothing."""

    def __init__(self, app: ASGIApp, logger: structlog.stdlib.BoundLogger) -> None:
        self._app = app
        self._log = logger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"].startswith(QUIET):
            await self._app(scope, receive, send)
            return
        begin_s, status = time.perf_counter(), 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except TooLargeError:
            raise
        except Exception:  # noqa: BLE001  # whatever it is, the browser gets a page
            self._log.exception("a page failed", route=_route(scope))
            if not status:
                page = await refusal(Request(scope), 500, FAULT, "The log of the console has more.")
                await page(scope, receive, noting)
        finally:
            if status >= 400 or not _is_live(scope):
                took_ms = round((time.perf_counter() - begin_s) * 1_000, 2)
                told = {"route": _route(scope), "status": status, "ms": took_ms}
                self._log.info("page", method=scope["method"], **told)


def _route(scope: Scope) -> str | None:
    return getattr(scope.get("route"), "path", None)


def _is_live(scope: Scope) -> bool:
    return any(name == b"hx-target" for name, _ in scope["headers"])
