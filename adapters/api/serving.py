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

from adapters.api.admission import Admits
from adapters.api.app import build_app
from adapters.api.hosted import Hosted
from adapters.api.meters import ApiMeters
from adapters.api.patience import impatient
from adapters.api.readers import Readers
from adapters.api.settings import ApiSettings
from adapters.projection.projection import Projection
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from adapters.stop_signals import stop_signals
from adapters.submitting.submitter import Submitter

__all__ = ("ApiOrder", "Tls", "hosted_tenant", "serve_api")

BACKLOG: Final = 2_048
KEEP_ALIVE_S: Final = 75
WS_FRAME_BYTES_MAX: Final = 262_144
"""Above what a desktop may say, so that it is told that it was too much."""


@dataclass(frozen=True, slots=True)
class Tls:
    """The files of a certificate and its key (PEM)."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiOrder:
    """What is served, and where. ``linger_s``: how long it goes on answering after it has said
    that it is not ready any more, so that nobody sends to it when it ends."""

    endpoint: Endpoint
    tenants: tuple[str, ...]
    listener: socket.socket
    settings: ApiSettings
    tls: Tls | None = None
    linger_s: float = 0.0
    archive: Path | None = None


def hosted_tenant(
    endpoint: Endpoint,
    tenant: str,
    readers: Readers,
    logger: structlog.stdlib.BoundLogger,
    archive: Path | None = None,
) -> Hosted:
    """What the API holds of a tenant; its projection is to be run by whoever asks."""
    keys = Keys(tenant)
    projection = Projection(endpoint, keys, logger)
    submitter = Submitter(endpoint, projection)
    return Hosted(endpoint, keys, projection, submitter, readers, archive)


async def serve_api(
    order: ApiOrder,
    authenticator: Admits,
    meters: ApiMeters,
    logger: structlog.stdlib.BoundLogger,
) -> None:
    """Serve until SIGTERM or SIGINT, and then until what is in flight has ended."""
    readers = Readers()
    hosted = {
        name: hosted_tenant(order.endpoint, name, readers, logger, order.archive)
        for name in order.tenants
    }
    meters.watch_freshness({name: each.projection.freshness for name, each in hosted.items()})
    app = build_app(hosted, authenticator, order.settings, meters=meters, logger=logger)
    server = _Server(_config(app, order))
    following = [asyncio.create_task(each.projection.run()) for each in hosted.values()]
    following.append(asyncio.create_task(app.state.lobby.run()))
    try:
        with stop_signals(app.state.draining.set):
            ending = asyncio.create_task(_drain(app, server, order.linger_s, logger))
            await server.serve(sockets=[order.listener])
            ending.cancel()
    finally:
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
        await app.state.lobby.close()
        await _close(hosted)
        readers.close()
    logger.info("stopped")


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


def _config(app: FastAPI, order: ApiOrder) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=impatient(order.settings),
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
        limit_concurrency=order.settings.connections_max,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=round(order.settings.drain_s),
        ssl_certfile=order.tls.certificate if order.tls else None,
        ssl_keyfile=order.tls.key if order.tls else None,
    )


class _Server(uvicorn.Server):
    """Leaves the signals to whoever runs it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
