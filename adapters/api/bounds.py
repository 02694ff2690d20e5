"""The outer bounds of every request: how long its parts may be, and how long they may take.

What is beyond is refused before anything is done for it.
"""

from __future__ import annotations

import asyncio
import re
from typing import Final
from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.api.in_flight import until_answered
from adapters.api.meters import ApiMeters
from adapters.api.problems import ProblemError, problem_response
from adapters.api.requests import SLASH
from adapters.api.settings import ApiSettings

__all__ = ("Bounds",)

WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


class Bounds:
    """Lets through what is within bounds, with its whole body at hand."""

    def __init__(self, app: ASGIApp, settings: ApiSettings, meters: ApiMeters) -> None:
        self._app = app
        self._settings = settings
        self._in_flight = 0
        self._arriving_bytes = 0
        meters.watch_in_flight(lambda: self._in_flight)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            _check_target(scope, self._settings.target_characters_max)
            if scope["method"] in WITH_BODY:
                receive = _Given(await self._body(scope, receive), receive)
            self._begin()
        except ProblemError as error:
            await problem_response(error, scope["state"]["request_id"])(scope, receive, send)
            return
        await until_answered(self._app, scope, receive, send, self._end)

    def _begin(self) -> None:
        """Take one more. Raises :class:`ProblemError` when there is no room."""
        if self._in_flight >= self._settings.in_flight_max:
            raise ProblemError("busy", headers={"Retry-After": "1"})
        self._in_flight += 1

    def _end(self) -> None:
        self._in_flight -= 1

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        most = self._settings.body_bytes_max
        if _told_length(scope) > most:
            raise _too_large(most)
        try:
            async with asyncio.timeout(self._settings.body_timeout_s):
                return await self._read(receive, most)
        except TimeoutError:
            detail = f"the body did not arrive within {self._settings.body_timeout_s:g} s"
            raise ProblemError("timeout", detail, headers={"Connection": "close"}) from None

    async def _read(self, receive: Receive, most: int) -> bytes:
        parts: list[bytes] = []
        size = 0
        try:
            while True:
                part, is_last = _part_of(await receive())
                size += len(part)
                self._arriving_bytes += len(part)
                parts.append(part)
                if size > most:
                    raise _too_large(most)
                if self._arriving_bytes > self._settings.arriving_bytes_max:
                    raise ProblemError("busy", headers={"Retry-After": "1", "Connection": "close"})
                if is_last:
                    return b"".join(parts) if len(parts) > 1 else parts[0]
        finally:
            self._arriving_bytes -= size


class _Given:
    """Gives a body that has been read; then whatever comes, which is that the client has gone."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._message: Message | None = {"type": "http.request", "body": body, "more_body": False}
        self._receive = receive

    async def __call__(self) -> Message:
        message, self._message = self._message, None
        return await self._receive() if message is None else message


def _part_of(message: Message) -> tuple[bytes, bool]:
    """A part of a body, and whether it is the last."""
    if message["type"] == "http.disconnect":
        raise ProblemError("timeout", "the client has gone")
    return message.get("body", b""), not message.get("more_body")


def _too_large(most: int) -> ProblemError:
    # what is still on its way is not read
    detail = f"the body has more than {most} bytes"
    return ProblemError("too_large", detail, headers={"Connection": "close"})


def _told_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() and len(value) < 20 else 0  # digits of 2**63
    return 0


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
        parts = [unquote_to_bytes(part).decode() for part in raw_path.split(b"/")]
        unquote_to_bytes(scope["query_string"]).decode()
    except UnicodeDecodeError:
        raise _bad("the URL is not UTF-8") from None
    if any(map(_CONTROL.search, parts)):
        raise _bad("the path holds control characters")
    scope["path"] = "/".join(part.replace("/", SLASH) for part in parts)


def _bad(detail: str) -> ProblemError:
    return ProblemError("bad_request", detail)
