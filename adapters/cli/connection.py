"""Which server and which tenant: the options that commands share, and clients made from them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final
from urllib.parse import unquote, urlsplit

import redis
import redis.asyncio
import typer
from redis.backoff import NoBackoff
from redis.retry import Retry

from adapters.cli.output import UsageError
from adapters.redis.clients import AsyncClient, Client, primary_url
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.wire import UrlError

__all__ = ("RedisOption", "TenantOption", "open_async", "open_sync", "redis_url")

RedisOption = Annotated[
    str | None,
    typer.Option(
        "--redis",
        metavar="URL",
        envvar="ONEQUEUE_REDIS_URL",
        help="The server of the router: redis://[user:password@]host:port/db, rediss://… (TLS) or "
        "unix:///path/to/socket.",
        show_envvar=True,
    ),
]
TenantOption = Annotated[
    str, typer.Option("--tenant", metavar="NAME", help="1 to 63 of a-z 0-9 _ -")
]

DATA_DIR: Final = Path(".onequeue")
"""Where `onequeue serve` keeps its embedded server unless told otherwise."""

SOCKET_TIMEOUT_S: Final = 10.0
"""Longer than any block that is asked of the server."""


def redis_url(option: str | None) -> str:
    """The URL given, else that of the embedded server that `onequeue serve` runs in this directory.

    Raises :class:`UsageError` that says how to name a server.
    """
    if option:
        return option
    embedded = _embedded_url()
    if embedded:
        return embedded
    raise UsageError(
        "which server? Give --redis URL, set ONEQUEUE_REDIS_URL, or call this where `onequeue "
        "serve` runs with its embedded server"
    )


def _embedded_url() -> str:
    if not DATA_DIR.is_dir():
        return ""
    url = EmbeddedServer(DATA_DIR, binary=Path("unused")).url
    socket = Path(unquote(urlsplit(url).path))
    return url if socket.is_socket() else ""


def open_sync(url: str) -> redis.Redis:
    """A client that never retries by itself. Raises :class:`UrlError`."""
    try:
        return Client.from_url(
            primary_url(url),
            protocol=2,
            legacy_responses=True,
            socket_timeout=SOCKET_TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
        )
    except (ValueError, TypeError) as error:
        raise UrlError(str(error)) from None


def open_async(url: str) -> redis.asyncio.Redis:
    """The same, for asyncio. Raises :class:`UrlError`."""
    from redis.asyncio.retry import Retry as AsyncRetry

    try:
        return AsyncClient.from_url(
            primary_url(url),
            protocol=2,
            legacy_responses=True,
            socket_timeout=SOCKET_TIMEOUT_S,
            retry=AsyncRetry(NoBackoff(), 0),
        )
    except (ValueError, TypeError) as error:
        raise UrlError(str(error)) from None
