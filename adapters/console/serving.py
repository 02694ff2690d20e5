"""One console process: answers until it is asked to stop, then lets what is asked end."""

from __future__ import annotations

import asyncio
import socket

import structlog
import uvicorn
from fastapi import FastAPI

from adapters.api.server import ApiServer, drop_who_does_not_read, uvicorn_config
from adapters.console.app import build_console, close_console
from adapters.console.settings import ConsoleSettings
from adapters.process.stop_signals import stop_signals

__all__ = ("serve_console",)


async def serve_console(
    settings: ConsoleSettings,
    listener: socket.socket,
    logger: structlog.stdlib.BoundLogger,
) -> None:
    """Serve until SIGTERM or SIGINT."""
    app = build_console(settings, logger=logger)
    server = ApiServer(uvicorn_config(app, settings))
    drop_who_does_not_read(listener)
    stop = asyncio.Event()
    try:
        with stop_signals(stop.set):
            ending = asyncio.create_task(_drain(app, server, stop, settings.linger_s))
            await server.serve([listener])
            ending.cancel()
    finally:
        await close_console(app)
    logger.info("stopped")


async def _drain(
    app: FastAPI, server: uvicorn.Server, stop: asyncio.Event, linger_s: float
) -> None:
    await stop.wait()
    app.state.is_draining = True
    await asyncio.sleep(linger_s)
    server.should_exit = True
