"""A process with desktops, to be killed: ``desk_process.py REDIS TENANT SOCKET``. Whoever shows an
agent's name is let in as that agent."""

from __future__ import annotations

import asyncio
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from adapters.desktop.terms import DesktopTerms
from adapters.desktop.websocket import serve_desktop
from tests.adapters.desktop.house import House

__all__ = ("TERMS", "serve_house")

TERMS = DesktopTerms(grace_s=0.7, alive_s=1.5, heartbeat_s=0.5, greeting_each_max=3)


async def serve_house(house: House, socket: str) -> uvicorn.Server:
    """A server that has started; set ``should_exit`` to end it."""

    async def desktop(websocket: WebSocket) -> None:
        header = websocket.headers.get("authorization", "")
        await serve_desktop(websocket, house.lobby, header.removeprefix("Bearer "))

    config = uvicorn.Config(
        Starlette(routes=[WebSocketRoute("/v1/desktop", desktop)]),
        uds=socket,
        ws="websockets-sansio",
        lifespan="off",
        log_config=None,
        ws_ping_interval=None,
        ws_per_message_deflate=False,
    )
    server = uvicorn.Server(config)
    server.capture_signals = _nothing  # type: ignore[method-assign]  # they are the tests'
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # nobody tells
        await asyncio.sleep(0.005)
    server.serving = serving  # type: ignore[attr-defined]  # so that it lives
    return server


def _nothing():  # type: ignore[no-untyped-def]  # noqa: ANN202
    from contextlib import nullcontext

    return nullcontext()


async def _main(url: str, tenant: str, socket: str) -> None:
    house = House(url, tenant, TERMS)
    async with asyncio.TaskGroup() as group:
        group.create_task(house.projection.run())
        group.create_task(house.lobby.run())
        await house.projection.until_ready()
        await serve_house(house, socket)


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:4]))
