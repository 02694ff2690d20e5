"""The medium: visitors come in over WebSockets, and what agents answer goes back to them."""

from __future__ import annotations

import asyncio
import socket
from typing import ClassVar, Final, NamedTuple

import structlog
from pydantic import BaseModel

from adapters.api.server import ApiServer, drop_who_does_not_read, served, uvicorn_config
from adapters.chat.app import build_chat
from adapters.chat.hall import Hall
from adapters.chat.line import Line
from adapters.chat.meters import ChatMeters
from adapters.chat.settings import ChatSettings
from adapters.chat.tokens import Tokens, fresh_secret
from adapters.chat.visit import VisitTerms
from adapters.media.desk import ApiDesk
from adapters.media.plugin import Desk, DeskClosed
from adapters.process.turns import first_of
from router.errors import CallerError

__all__ = ("Chat", "ChatUnusable")

ACCOUNT_CHARACTERS_MAX: Final = 64
"""So that the ids of interactions name their messages, not digests of them."""

KEPT: Final = "secret"


class ChatUnusable(CallerError):
    """A chat that cannot be served as it is set up."""


class Parts(NamedTuple):
    """What a run needs."""

    desk: ApiDesk
    hall: Hall


class Chat:
    """Web chat: a widget for any page, and the WebSocket that it speaks to."""

    Settings: ClassVar[type[BaseModel]] = ChatSettings

    def __init__(self, settings: ChatSettings) -> None:
        self._settings = settings
        self._log: structlog.stdlib.BoundLogger = structlog.get_logger()
        self._meters: ChatMeters | None = None
        self.url = ""
        """Where it listens, once it does."""

    async def run(self, desk: Desk, stop: asyncio.Event) -> None:
        """Serve until ``stop`` is set. Raises :class:`ChatUnusable`, or ``OSError`` where the port
        is taken: another start may find it free."""
        parts = self._parts(desk)
        settings = self._settings
        with socket.create_server((settings.host, settings.port), reuse_port=False) as listener:
            drop_who_does_not_read(listener)
            server = ApiServer(uvicorn_config(build_chat(parts.hall), settings))
            self.url = self._url(listener)
            self._log.info("listening", url=self.url)
            desk.connected()
            async with served(server, listener) as serving:
                try:
                    working = (parts.hall.run(), self._send(parts), asyncio.wait({serving}))
                    await first_of(stop.wait(), *working)
                finally:
                    await parts.hall.close()

    def _parts(self, desk: Desk) -> Parts:
        if not isinstance(desk, ApiDesk):
            raise ChatUnusable("a chat asks the API how interactions stand: it needs its desk")
        if len(desk.account) > ACCOUNT_CHARACTERS_MAX:
            told = f"the account {desk.account!r} has more than {ACCOUNT_CHARACTERS_MAX} characters"
            raise ChatUnusable(told)
        line = Line(desk.queue, self._settings.channel)
        tokens = Tokens(_secret(desk), desk.account)
        meters = self._meters = self._meters or ChatMeters(desk.registry)
        return Parts(desk, Hall(VisitTerms(desk, line, self._settings), tokens, meters))

    async def _send(self, parts: Parts) -> None:
        """Messages stand in the dialogue, from which whoever is there reads on, and whoever comes
        reads: so they are sent once that is known here."""
        async for message in parts.desk.outgoing():
            parts.hall.told(message)
            try:
                await parts.desk.delivered(message.message_id, state="sent")
            except DeskClosed:
                return

    def _url(self, listener: socket.socket) -> str:
        scheme = "https" if self._settings.tls_cert else "http"
        return f"{scheme}://{self._settings.host}:{listener.getsockname()[1]}"


def _secret(desk: Desk) -> bytes:
    """The secret of this account's tokens, made at the first start: without it sessions are
    strangers."""
    kept = desk.checkpoint.load()
    if not isinstance(kept.get(KEPT), str):
        kept = {**kept, KEPT: fresh_secret()}
        desk.checkpoint.save(kept)
    found: str = kept[KEPT]
    return bytes.fromhex(found)
