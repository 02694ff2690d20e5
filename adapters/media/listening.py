"""HTTP by which media are told something: bounded in size, number and time, over TLS if asked."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.api.server import ApiServer, drop_who_does_not_read, served, uvicorn_config
from adapters.configuration.shared import LOOPBACK, Port

__all__ = ("Bounded", "Listening", "serving_http")

MIB: Final = 1_048_576
Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0)]


class Listening(BaseModel):
    """Where a medium listens, and within which bounds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = LOOPBACK
    port: Port = 8_085
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_client_ca: Path | None = None
    header_bytes_max: Count = 32_768
    header_timeout_s: Seconds = 10.0
    connections_max: Count = 1_000
    body_bytes_max: Count = MIB
    body_timeout_s: Seconds = 10.0
    in_flight_max: Count = 200
    """Requests at once, from their first byte to their answer: with the size of a body it bounds
    memory."""

    answer_s: Seconds = 10.0
    """How long OneQueue may take to decide: after that the other side is to come again. Below what
    the providers wait, of which Twilio's 15 s are the longest, and X's 10 s the shortest."""

    drain_s: Seconds = 8.0


class Bounded:
    """An app whose requests are not too many, too large or too slow."""

    def __init__(self, app: ASGIApp, listening: Listening) -> None:
        self._app = app
        self._listening = listening
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or self._in_flight >= self._listening.in_flight_max:
            busy = JSONResponse({"error": "busy"}, 503, {"Retry-After": "1", "Connection": "close"})
            await busy(scope, receive, send)
            return
        self._in_flight += 1
        try:
            await self._app(scope, _BoundedBody(receive, self._listening), send)
        finally:
            self._in_flight -= 1


class _BoundedBody:
    """A body as it comes; raises ``HTTPException`` where it is too large or too slow."""

    def __init__(self, receive: Receive, listening: Listening) -> None:
        self._receive = receive
        self._most = listening.body_bytes_max
        self._until_s = asyncio.get_running_loop().time() + listening.body_timeout_s
        self._bytes = 0
        self._is_whole = False

    async def __call__(self) -> Message:
        if self._is_whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until_s):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408, "the body did not arrive in time", _CLOSE) from None
        self._bytes += len(message.get("body", b""))
        if self._bytes > self._most:
            raise HTTPException(413, f"a body has at most {self._most} bytes", _CLOSE)
        self._is_whole = not message.get("more_body", False)
        return message


_CLOSE: Final = {"Connection": "close"}


@asynccontextmanager
async def serving_http(app: ASGIApp, listening: Listening) -> AsyncIterator[str]:
    """Serve an app meanwhile, and let what is asked end then; gives the URL. Raises ``OSError``
    where nobody may listen there, and :class:`adapters.api.https.TlsFilesError`."""
    family = socket.AF_INET6 if ":" in listening.host else socket.AF_INET
    with socket.create_server((listening.host, listening.port), family=family) as listener:
        drop_who_does_not_read(listener)
        address, port = listener.getsockname()[:2]
        host = f"[{address}]" if ":" in address else address
        server = ApiServer(uvicorn_config(Bounded(app, listening), listening))
        async with served(server, listener):
            yield f"{'https' if listening.tls_cert else 'http'}://{host}:{port}"
