"""The way to the API: one pool of connections, and a client for each credential that is in use."""

from __future__ import annotations

import ssl
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

import httpx

from adapters.client import OneQueue, Retries
from adapters.console.people import People
from adapters.console.settings import ConsoleSettings
from adapters.console.viewer import Viewer
from adapters.redis.tls import trust

__all__ = ("Caller", "Reach", "api_trust")

KNOWN_S: Final = 5.0
"""For so long it is believed who somebody is; a revoked key is refused by the API itself."""

FEW: Final = Retries(attempts=2, first_s=0.1, most_s=1.0)
"""A page that waits for longer is worse than one that says what is wrong."""

CONNECTIONS_MAX: Final = 200


@dataclass(slots=True)
class Caller:
    """One credential: its client, and whose it is."""

    queue: OneQueue
    now_s: Callable[[], float]
    people: People
    _viewer: Viewer | None = None
    _known_at_s: float = field(default=0.0)

    async def viewer(self) -> Viewer:
        """Whoever has the credential. Raises :class:`ClientError`."""
        if self._viewer is None or self.now_s() - self._known_at_s > KNOWN_S:
            self._viewer = Viewer(await self.queue.keys.me())
            self._known_at_s = self.now_s()
        return self._viewer


class Reach:
    """Callers by their credentials; those that were not used for longest are forgotten."""

    def __init__(
        self,
        settings: ConsoleSettings,
        now_s: Callable[[], float] = time.monotonic,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._settings = settings
        self._now_s = now_s
        self._transport = transport or _transport(settings)
        self._callers: OrderedDict[bytes, Caller] = OrderedDict()

    def caller(self, credential: str) -> Caller:
        """The caller with this credential, of which only a digest is a key here."""
        known = sha256(credential.encode()).digest()
        found = self._callers.get(known)
        if found is None:
            found = self._callers[known] = self._new(credential)
            if len(self._callers) > self._settings.clients_max:
                self._callers.popitem(last=False)
        self._callers.move_to_end(known)
        return found

    def forget(self, credential: str) -> None:
        """Nobody has this credential any more."""
        self._callers.pop(sha256(credential.encode()).digest(), None)

    async def is_up(self) -> bool:
        """Whether the API says that it can be asked."""
        try:
            async with httpx.AsyncClient(
                base_url=self._settings.api, transport=_Shared(self._transport), timeout=5.0
            ) as http:
                return (await http.get("/readyz")).is_success
        except httpx.TransportError:
            return False

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.aclose()

    def _new(self, credential: str) -> Caller:
        queue = self._client(credential)
        return Caller(queue, self._now_s, People(queue, self._now_s))

    def _client(self, credential: str) -> OneQueue:
        return OneQueue(
            self._settings.api,
            credential,
            timeout_s=self._settings.api_timeout_s,
            retries=FEW,
            transport=_Shared(self._transport),
        )


class _Shared(httpx.AsyncBaseTransport):
    """The pool, for one of many clients: none of them closes it."""

    def __init__(self, pool: httpx.AsyncBaseTransport) -> None:
        self._pool = pool

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """As the pool does."""
        return await self._pool.handle_async_request(request)


def api_trust(settings: ConsoleSettings) -> ssl.SSLContext | bool:
    """Whose certificates the API may show. Raises :class:`TlsFilesError`."""
    if settings.api_ca is None:
        return True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trust(context, str(settings.api_ca))
    return context


def _transport(settings: ConsoleSettings) -> httpx.AsyncHTTPTransport:
    limits = httpx.Limits(max_connections=CONNECTIONS_MAX, max_keepalive_connections=50)
    return httpx.AsyncHTTPTransport(verify=api_trust(settings), limits=limits)
