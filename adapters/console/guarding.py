"""Guards of every request: changes come from our own pages, bodies are bounded, and browsers are
told what a page of ours may load, and that nobody may frame or keep it."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.api.paths import unescaped
from adapters.console.settings import ConsoleSettings
from router.errors import CallerError

__all__ = ("CONTENT_SECURITY_POLICY", "Guards", "TooLargeError")

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
SAFE: Final = frozenset({"GET", "HEAD"})
KEPT: Final = "public, max-age=31536000, immutable"
"""Files of static/ have their digest in their URL."""


class TooLargeError(CallerError):
    """More has come than is taken."""


class Guards:
    """The outermost layer."""

    def __init__(self, app: ASGIApp, settings: ConsoleSettings) -> None:
        self._app = app
        self._most = settings.body_bytes_max
        self._public = _origin(settings.public_url or "")
        is_tls = settings.tls_cert is not None
        self._is_tls = is_tls or (settings.public_url or "").startswith("https:")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        guarded = self._with_headers(scope, send)
        fault = self._fault(scope)
        if fault:
            await _refused(fault, 403)(scope, receive, guarded)
            return
        try:
            scope["path"] = unescaped(scope.get("raw_path") or scope["path"].encode())
        except ValueError:
            await _refused("such an address cannot be meant", 400)(scope, receive, guarded)
            return
        try:
            await self._app(scope, self._bounded(receive), guarded)
        except TooLargeError:
            await _refused(f"at most {self._most} bytes are taken", 413)(scope, receive, guarded)

    def _fault(self, scope: Scope) -> str:
        """Why it may be sent by a page of somebody else; "": it is not."""
        if scope["method"] in SAFE:
            return ""
        headers = Headers(scope=scope)
        if not self._is_ours(_origin(headers.get("origin", "")), headers.get("host", "")):
            return "changes are made by pages of this console alone (Origin)"
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return "changes are made by pages of this console alone (Sec-Fetch-Site)"
        return ""

    def _is_ours(self, origin: tuple[str, str], host: str) -> bool:
        """Whether a page of this origin is the console's. Without a public URL a proxy may speak
        TLS where the console does not: then the name decides."""
        if self._public[1]:
            return origin == self._public
        return bool(host) and origin[1] == host

    def _bounded(self, receive: Receive) -> Receive:
        had = 0

        async def bounded() -> Message:
            nonlocal had
            message = await receive()
            had += len(message.get("body", b""))
            if had > self._most:
                raise TooLargeError
            return message

        return bounded

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        is_file = scope["path"].startswith("/static/")

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                is_kept = is_file and message["status"] in {200, 304}
                headers["Cache-Control"] = KEPT if is_kept else "no-store"
                if self._is_tls:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        return guarded


def _origin(url: str) -> tuple[str, str]:
    """The scheme and the name of a URL, without the port that goes without saying."""
    found = urlsplit(url)
    usual = {"http": ":80", "https": ":443"}.get(found.scheme, "")
    return found.scheme, found.netloc.lower().removesuffix(usual)


def _refused(fault: str, status: int) -> PlainTextResponse:
    return PlainTextResponse(f"{fault}\n", status_code=status)
