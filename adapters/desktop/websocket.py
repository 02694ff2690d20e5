"""Desktops over a WebSocket of an ASGI server."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from adapters.audit import Origin
from adapters.desktop.closing import CloseCode
from adapters.desktop.codec import CODECS, JSON, Frame
from adapters.desktop.lobby import Lobby
from adapters.desktop.session import Session

__all__ = ("serve_desktop",)

NO_SUBPROTOCOL: Final = 1002


async def serve_desktop(websocket: WebSocket, lobby: Lobby, credential: str = "") -> None:
    """Serve one connection until it is over; ``credential`` is what its header showed, if
    anything."""
    offered: list[str] = websocket.scope["subprotocols"]
    chosen = next((name for name in offered if name in CODECS), None)
    if offered and chosen is None:
        await websocket.close(NO_SUBPROTOCOL)
        return
    await websocket.accept(subprotocol=chosen)
    socket = _AsgiSocket(websocket)
    origin = _origin(websocket)
    if not lobby.has_room(origin.address):
        await socket.close(CloseCode.NOT_NOW, "too many come in: come back later")
        return
    codec = JSON if chosen is None else CODECS[chosen]
    await Session(socket, codec, lobby, credential, origin).run()


def _origin(websocket: WebSocket) -> Origin:
    address = websocket.client.host if websocket.client else ""
    return Origin(address, websocket.headers.get("user-agent", ""))


class _AsgiSocket:
    """A socket of :mod:`adapters.desktop.session`."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket

    async def receive(self) -> Frame | None:
        """The next frame; None: it is closed."""
        message = await self._websocket.receive()
        if message["type"] != "websocket.receive":
            return None
        text: str | None = message.get("text")
        return message["bytes"] if text is None else text

    async def send(self, frame: Frame) -> None:
        """Send a frame; into the void, if the other side has gone: its end is read."""
        try:
            if isinstance(frame, str):
                await self._websocket.send_text(frame)
            else:
                await self._websocket.send_bytes(frame)
        except (WebSocketDisconnect, RuntimeError):
            pass

    async def close(self, code: int, reason: str) -> None:
        """Say that it is over, unless the other side has said so first."""
        with suppress(WebSocketDisconnect, RuntimeError):
            await self._websocket.close(code, reason)
