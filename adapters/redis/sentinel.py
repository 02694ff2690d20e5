"""Sentinels: processes that watch a primary, promote a replica, and know who is the primary now.

``redis+sentinel://[user:password@]host:port,host:port/service[/db]`` names them (``rediss`` for
TLS); user and password are the server's. Whenever a connection is to be made, they are asked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from adapters.redis.route import Route, with_address
from router.errors import StoreUnavailable

__all__ = ("SentinelRoute", "Watched", "is_sentinel", "watched_by")

SCHEMES: Final = {"redis+sentinel": "redis", "rediss+sentinel": "rediss"}
PORT: Final = 26_379


class Watched(NamedTuple):
    """What a URL says: the sentinels' URLs, the service they watch, and the server's URL, in which
    only its address is to be put."""

    sentinels: tuple[str, ...]
    service: str
    server: str


def is_sentinel(url: str) -> bool:
    """Whether a URL names sentinels."""
    return urlsplit(url).scheme in SCHEMES


def watched_by(url: str) -> Watched:
    """The parts of such a URL. Raises ``ValueError``, whose text quotes nothing of it."""
    parts = urlsplit(url)
    scheme = SCHEMES[parts.scheme]
    user, at, hosts = parts.netloc.rpartition("@")
    service, _, db = parts.path.lstrip("/").partition("/")
    if not (service and all(hosts.split(","))):
        raise ValueError("sentinels or service missing")
    options = dict(parse_qsl(parts.query))
    names = [options.pop(f"sentinel_{part}", "") for part in ("username", "password")]
    own = ":".join(quote(name, safe="") for name in names) + "@" if any(names) else ""
    query = f"?{urlencode(options)}" if options else ""
    return Watched(
        tuple(_sentinel(f"{scheme}://{own}{host}{query}") for host in hosts.split(",")),
        service,
        f"{scheme}://{user}{at}nowhere/{db}{query}",
    )


def _sentinel(url: str) -> str:
    return url if urlsplit(url).port else with_address(url, "", PORT)


class SentinelRoute(Route):
    """The way to the primary that sentinels name; ``ask`` puts a command to one of them."""

    def __init__(self, watched: Watched, ask: Callable[..., Awaitable[Any]]) -> None:
        super().__init__(watched.server)
        self._watched = watched
        self._ask = ask
        self.wants_nodes = False

    async def url(self) -> str:
        """Where the primary is now. Raises :class:`StoreUnavailable` when no sentinel knows."""
        faults = []
        for sentinel in self._watched.sentinels:
            try:
                address = await self._ask(
                    sentinel, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._watched.service
                )
            except StoreUnavailable as error:
                faults.append(str(error))
                continue
            if address:
                return with_address(self._watched.server, address[0].decode(), int(address[1]))
            faults.append(f"it watches no {self._watched.service}")
        raise StoreUnavailable("no sentinel names a primary: " + "; ".join(faults))

    def moved(self, detail: str) -> bool:
        """Sentinels do not watch clusters."""
        return False

    def failed(self, url: str) -> None:
        """They are asked again with the next connection."""
