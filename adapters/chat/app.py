"""What a chat serves over HTTP: the WebSocket of visitors, the widget, and a page to try it on."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from adapters.chat.bundle import PAGE, ROOM, bundled
from adapters.chat.closing import CloseCode
from adapters.chat.connection import Connection
from adapters.chat.hall import Hall
from adapters.chat.settings import ANY_ORIGIN, ChatSettings
from adapters.identity.neighbourhood import FORWARDED, forwarded_for, neighbourhood

__all__ = ("SOCKET_PATH", "build_chat")

SOCKET_PATH: Final = "/chat"
FRESH_S: Final = 300
"""How long browsers use a widget without asking whether there is a newer one."""

HEADERS: Final = {"X-Content-Type-Options": "nosniff"}
POLICY: Final = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
FORBIDDEN: Final = 1008


def build_chat(hall: Hall) -> Starlette:
    """The app of one chat."""
    settings, bundle = hall.settings, bundled()

    async def widget(request: Request) -> Response:
        headers = {
            **HEADERS,
            "ETag": bundle.etag,
            "Cache-Control": f"public, max-age={FRESH_S}",
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        if request.headers.get("if-none-match") == bundle.etag:
            return Response(status_code=304, headers=headers)
        return Response(bundle.script, media_type="text/javascript", headers=headers)

    async def healthz(request: Request) -> Response:
        return Response("ok\n", media_type="text/plain", headers=HEADERS)

    async def page(request: Request) -> Response:
        headers = {**HEADERS, "Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
        return Response((ROOM / PAGE).read_bytes(), media_type="text/html", headers=headers)

    async def style(request: Request) -> Response:
        return Response((ROOM / "page.css").read_bytes(), media_type="text/css", headers=HEADERS)

    async def chat(websocket: WebSocket) -> None:
        await _serve(websocket, hall)

    routes: list[BaseRoute] = [
        Route("/widget.js", widget),
        Route("/healthz", healthz),
        WebSocketRoute(SOCKET_PATH, chat),
    ]
    if settings.has_page:
        routes += [Route("/", page), Route("/page.css", style)]
    return Starlette(routes=routes)


async def _serve(websocket: WebSocket, hall: Hall) -> None:
    if not _is_welcome(websocket, hall.settings):
        hall.meters.turned_away.inc()
        await websocket.close(FORBIDDEN)  # before it is accepted: a 403
        return
    await websocket.accept()
    socket, address = _AsgiSocket(websocket), _address(websocket, hall.settings)
    if hall.is_closing.is_set() or not hall.came(address):
        await socket.close(CloseCode.NOT_NOW, "too many are here: come back later")
        return
    try:
        await Connection(socket, hall, address).run()
    finally:
        hall.went(address)


def _is_welcome(websocket: WebSocket, settings: ChatSettings) -> bool:
    """Whether it comes from a page that may have the widget, or from our own."""
    if ANY_ORIGIN in settings.origins:
        return True
    origin = websocket.headers.get("origin", "").lower()
    is_own = settings.has_page and origin.partition("://")[2] == websocket.headers.get("host", "")
    return is_own or origin in {one.lower() for one in settings.origins}


def _address(connection: HTTPConnection, settings: ChatSettings) -> str:
    """Whose the visitor's address is: as the proxy says, which is believed where there is one."""
    if settings.is_behind_proxy:
        forwarded = forwarded_for(connection.headers.getlist(FORWARDED))
        if forwarded:
            return neighbourhood(forwarded[:64])
    return neighbourhood(connection.client.host) if connection.client else ""


class _AsgiSocket:
    """A socket of :mod:`adapters.chat.connection`."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket

    async def receive(self) -> str | bytes | None:
        """The next frame; None: it is closed."""
        message = await self._websocket.receive()
        if message["type"] != "websocket.receive":
            return None
        text: str | None = message.get("text")
        data: bytes = message.get("bytes") or b""
        return data if text is None else text

    async def send(self, frame: str) -> None:
        """Send a frame; into the void, if the other side has gone: its end is read."""
        with suppress(WebSocketDisconnect, RuntimeError):
            await self._websocket.send_text(frame)

    async def close(self, code: int, reason: str) -> None:
        """Say that it is over, unless the other side has said so first."""
        with suppress(WebSocketDisconnect, RuntimeError):
            await self._websocket.close(code, reason)
