"""Connections that do not wait for ever: a request's head must be short, and arrive in time."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from adapters.api.problems import PROBLEM_TYPE, ProblemError
from adapters.api.settings import ApiSettings, ServerSettings

__all__ = ("ImpatientProtocol", "impatient")


class ImpatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with bounds on the head of each request."""

    settings: ClassVar[ServerSettings] = ApiSettings()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._head_bytes = 0
        self._in_head = True
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Somebody has connected, and is to ask for something soon."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """They have gone."""
        self._head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in what has come."""
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > self.settings.header_bytes_max:
            detail = f"at most {self.settings.header_bytes_max} bytes are taken"
            self._refuse(ProblemError("headers_too_large", detail))

    def on_message_begin(self) -> None:
        """The first byte of a request is there."""
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        """Its head is there."""
        self._head_came()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """What has come is no HTTP: a problem like any other."""
        self._refuse(ProblemError("bad_request", "this is not HTTP"))

    def _await_head(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._in_head = True
        self._deadline = self.loop.call_later(self.settings.header_timeout_s, self._head_is_late)

    def _head_came(self) -> None:
        self._in_head = False
        self._head_bytes = 0
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _head_is_late(self) -> None:
        detail = f"the request did not arrive within {self.settings.header_timeout_s:g} s"
        self._refuse(ProblemError("timeout", detail))

    def _refuse(self, error: ProblemError) -> None:
        """Answer without a request, and hang up; if an answer is on its way, only hang up."""
        self._head_came()
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(_raw(error))
        self.transport.close()


def impatient(settings: ServerSettings) -> type[ImpatientProtocol]:
    """The protocol with these bounds."""
    return type("ImpatientProtocol", (ImpatientProtocol,), {"settings": settings})


def _raw(error: ProblemError) -> bytes:
    body = msgspec.json.encode(error.problem())
    head = (
        f"HTTP/1.1 {error.status} \r\ncontent-type: {PROBLEM_TYPE}\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body
