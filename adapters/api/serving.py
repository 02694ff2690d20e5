"""One API process: follows its tenants' journals, answers, and drains when it is asked to stop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
import uvicorn
from fastapi import FastAPI

from adapters.api.app import build_app
from adapters.api.hosted import Hosted
from adapters.api.https import server_context
from adapters.api.meters import ApiMeters
from adapters.api.patience import impatient
from adapters.api.readers import Readers
from adapters.api.settings import ApiSettings
from adapters.calm_collecting import collect_calmly
from adapters.identity.attempts import Admits
from adapters.projection.projection import Projection
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from adapters.stop_signals import stop_signals
from adapters.submitting.submitter import Submitter
from adapters.turns import first_of

__all__ = (
    "ApiOrder",
    "ApiServer",
    "drop_who_does_not_read",
    "hosted_tenant",
    "serve_api",
    "uvicorn_config",
)

BACKLOG: Final = 2_048
KEEP_ALIVE_S: Final = 75
UNREAD_MS_MAX: Final = 30_000
WS_FRAME_BYTES_MAX: Final = 262_144
"""Above what a desktop may say, so that it is told that it was too much."""


@dataclass(frozen=True, slots=True)
class ApiOrder:
    """Whom it serves (each tenant with the way to its server), and where."""

    endpoints: Mapping[str, Endpoint]
    listener: socket.socket
    settings: ApiSettings


def hosted_tenant(
    endpoint: Endpoint,
    tenant: str,
    logger: structlog.stdlib.BoundLogger,
    readers: Readers | None = None,
    archive: Path | None = None,
) -> Hosted:
    """What the API holds of a tenant; its projection is to be run by whoever asks."""
    keys = Keys(tenant)
    projection = Projection(endpoint, keys, logger)
    submitter = Submitter(endpoint, projection)
    return Hosted(endpoint, keys, projection, submitter, readers or Readers(), archive)


async def serve_api(
    order: ApiOrder,
    authenticator: Admits,
    meters: ApiMeters,
    logger: structlog.stdlib.BoundLogger,
) -> None:
    """Serve until SIGTERM or SIGINT, and then until what is in flight has ended."""
    readers = Readers()
    hosted = {
        name: hosted_tenant(endpoint, name, logger, readers, order.settings.archive)
        for name, endpoint in order.endpoints.items()
    }
    meters.watch_freshness({name: each.projection.freshness for name, each in hosted.items()})
    app = build_app(hosted, authenticator, order.settings, meters=meters, logger=logger)
    meters.watch_desktops(lambda: app.state.lobby.entered - app.state.lobby.left)
    server = ApiServer(uvicorn_config(app, order.settings))
    drop_who_does_not_read(order.listener)
    follow = [each.projection.run() for each in hosted.values()]
    try:
        with stop_signals(app.state.draining.set):
            ending = asyncio.create_task(_drain(app, server, order.settings.linger_s, logger))
            # should one of the others end, there is nothing left to serve from
            lobby = app.state.lobby
            ready = asyncio.gather(*(each.projection.until_ready() for each in hosted.values()))
            calm = collect_calmly(lambda: lobby.entered, lambda: lobby.left, ready)
            follow += [lobby.run(), calm]
            await first_of(server.serve([order.listener]), *follow)
            ending.cancel()
    finally:
        await app.state.lobby.close()
        await app.state.jobs.end()
        await app.state.erasures.end()
        await _close(hosted)
        readers.close()
    logger.info("stopped")


def drop_who_does_not_read(listener: socket.socket) -> None:
    """Let the kernel drop connections whose peers take nothing for so long: a server can only close
    those whose buffers can be emptied first."""
    if hasattr(socket, "TCP_USER_TIMEOUT") and listener.family != socket.AF_UNIX:
        # what is accepted inherits it
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MS_MAX)


async def _drain(
    app: FastAPI, server: uvicorn.Server, linger_s: float, logger: structlog.stdlib.BoundLogger
) -> None:
    await app.state.draining.wait()
    logger.info("draining", linger_s=linger_s)
    await asyncio.sleep(linger_s)
    app.state.lobby.empty()
    server.should_exit = True


async def _close(hosted: Mapping[str, Hosted]) -> None:
    for each in hosted.values():
        await each.close()


def uvicorn_config(app: FastAPI, settings: ApiSettings) -> uvicorn.Config:
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
