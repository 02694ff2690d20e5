"""How a process serves HTTP: within bounds, over TLS if asked, and without signals of its own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from adapters.api.https import server_context
from adapters.api.layers.patience import impatient
from adapters.api.settings import ServerSettings

__all__ = ("ApiServer", "drop_who_does_not_read", "served", "uvicorn_config")

BACKLOG: Final = 2_048
KEEP_ALIVE_S: Final = 75
UNREAD_MS_MAX: Final = 30_000
WS_FRAME_BYTES_MAX: Final = 262_144
"""Above what a desktop may say, so that it is told that it was too much."""


def drop_who_does_not_read(listener: socket.socket) -> None:
    """Let the kernel drop connections whose peers take nothing for so long: a server can only close
    those whose buffers can be emptied first."""
    if hasattr(socket, "TCP_USER_TIMEOUT") and listener.family != socket.AF_UNIX:
        # what is accepted inherits it
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MS_MAX)


def uvicorn_config(app: ASGIApp, settings: ServerSettings) -> uvicorn.Config:
    """How uvicorn is run. Raises :class:`TlsFilesError`."""
    context = server_context(settings)
    return uvicorn.Config(
        app,
        http=impatient(settings),
        ws="websockets-sansio",
        # desktops have heartbeats of their own, and 5,000 compressors would take a gigabyte
        ws_ping_interval=None,
        ws_per_message_deflate=False,
        ws_max_size=WS_FRAME_BYTES_MAX,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        limit_concurrency=settings.connections_max,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=round(settings.drain_s),
        ssl_context_factory=None if context is None else lambda *_: context,
    )


class ApiServer(uvicorn.Server):
    """Leaves the signals to whoever runs it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them alone."""
        yield


@asynccontextmanager
async def served(server: ApiServer, listener: socket.socket) -> AsyncIterator[asyncio.Task[None]]:
    """Serve meanwhile, and let what is asked end then; gives the task that serves."""
    serving = asyncio.create_task(server.serve([listener]))
    try:
        yield serving
    finally:
        await _end(server, serving)


async def _end(server: ApiServer, serving: asyncio.Task[None]) -> None:
    # a server that is cancelled leaves its socket with the loop: the next one that gets the number
    # of its file would never hear of a connection
    server.should_exit = True
    try:
        await asyncio.wait({serving})
    except asyncio.CancelledError:
        server.force_exit = True
        await asyncio.wait({serving})
        raise
    finally:
        if serving.done() and not serving.cancelled():
            serving.exception()  # whoever waits for the task is told of it
