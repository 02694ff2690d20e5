"""Where the demo runs: an embedded server in a directory, or one that the user named."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from redis.asyncio import Redis

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.wire import display_url
from router.errors import StoreUnavailable

__all__ = ("ServerGone", "Store", "fresh_tenant", "open_store", "server_name")

TENANT: Final = "demo"


class ServerGone(StoreUnavailable):
    """The server cannot be reached, or no longer."""

    def __init__(self, url: str, detail: str) -> None:
        super().__init__(url, detail)
        self.url = url
        self.detail = detail

    def __str__(self) -> str:
        return f"the server at {display_url(self.url)} does not answer: {self.detail}"


@dataclass(frozen=True, slots=True)
class Store:
    """The server's URL, and where the processes' log files go."""

    url: str
    logs: Path


@contextmanager
def open_store(redis_url: str | None, keep: Path | None) -> Iterator[Store]:
    """A running server. What an embedded one has stored is removed at the end, unless ``keep``."""
    with _directory(keep) as directory, _server(redis_url, directory) as url:
        logs = directory / "logs"
        logs.mkdir(exist_ok=True)
        yield Store(url, logs)


@contextmanager
def _directory(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="oq-demo-") as directory:
        yield Path(directory)


@contextmanager
def _server(redis_url: str | None, directory: Path) -> Iterator[str]:
    if redis_url is not None:
        yield redis_url
        return
    with EmbeddedServer(directory) as server:
        yield server.url


async def fresh_tenant(client: Redis, name: str = TENANT) -> str:
    """A tenant that has no journal yet: ``demo``, or ``demo-2`` and so on where one has run."""
    tenant, number = name, 1
    while await client.exists(Keys(tenant).journal):
        number += 1
        tenant = f"{name}-{number}"
    return tenant


async def server_name(client: Redis) -> str:
    """Name and version, as ``Valkey 9.1.2`` or ``Redis 7.0.15``."""
    info = await client.info("server")
    if info.get("server_name") == "valkey" or "valkey_version" in info:
        return f"Valkey {info['valkey_version']}"
    return f"Redis {info['redis_version']}"
