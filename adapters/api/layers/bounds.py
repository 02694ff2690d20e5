"""The outermost bounds of every request: how long its target may be, and of what it may consist.

What is beyond is refused before anything is done for it.
"""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.api.paths import unescaped
from adapters.api.problems import ProblemError, refusal
from adapters.api.settings import ApiSettings

__all__ = ("Bounds",)


class Bounds:
    """Lets through what has a target within bounds."""

    def __init__(self, app: ASGIApp, settings: ApiSettings) -> None:
        self._app = app
        self._most = settings.target_characters_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            try:
                _check_target(scope, self._most)
            except ProblemError as error:
                await refusal(error, scope)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _check_target(scope: Scope, most: int) -> None:
    """See that the URL is not too long and is UTF-8; an escaped slash stays within its part.

    Raises :class:`ProblemError`.
    """
    raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
    raw_path = raw_path.partition(b"?")[0]
    if len(raw_path) + len(scope["query_string"]) > most:
        raise ProblemError("uri_too_long", f"at most {most} characters are taken")
    if b"%" not in raw_path and b"%" not in scope["query_string"]:
        if not raw_path.isascii():
            raise _bad("the path holds bytes that are not escaped")
        return
    try:
        scope["path"] = unescaped(raw_path)
        unquote_to_bytes(scope["query_string"]).decode()
    except UnicodeDecodeError:
        raise _bad("the URL is not UTF-8") from None
    except ValueError as error:
        raise _bad(str(error)) from None


def _bad(detail: str) -> ProblemError:
    return ProblemError("bad_request", detail)
