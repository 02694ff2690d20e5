"""Real servers for tests: every product at hand, and a proxy that loses replies."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from adapters.redis.embedded import EmbeddedServer, find_server

__all__ = ("PRODUCTS", "LossyProxy", "plain_client", "start_server")

PRODUCTS = ("valkey", "redis")
REDIS_BINARY = "redis-server"
FAST = ("--appendfsync", "no")
"""For tests that never take the power away. A server that is killed loses nothing with it, unlike
with ``everysec``: that holds writes back in memory for up to two seconds while the disk is busy."""


def binary_of(product: str) -> Path:
    """The server binary of a product; skips the test without it, but never in CI."""
    if product == "valkey":
        return find_server()
    found = shutil.which(REDIS_BINARY)
    if found is None:
        message = f"{REDIS_BINARY} is not on the PATH"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return Path(found)


def start_server(product: str, directory: Path) -> EmbeddedServer:
    """A running server of that product on a fresh directory."""
    server = EmbeddedServer(directory, binary=binary_of(product), extra=FAST)
    server.start()
    return server


def plain_client(server: EmbeddedServer) -> Any:
    """An ordinary client, as anyone else would use (its answers have too many types to name)."""
    return Redis.from_url(server.url, protocol=2, legacy_responses=True)


class LossyProxy:
    """A proxy before a server's unix socket. While ``losing`` it forwards a request, then hangs up
    before the reply; while ``refusing`` it hangs up before the request. ``lose_reply_to`` names a
    word: of the next request that holds it, the reply is lost."""

    def __init__(self, server: EmbeddedServer, directory: Path) -> None:
        self._upstream = server.url.removeprefix("unix://")
        self._path = directory / "proxy.sock"
        self.losing = False
        self.refusing = False
        self.lose_reply_to = b""
        self.lost = 0
        self.lost_one = asyncio.Event()

    @property
    def url(self) -> str:
        return f"unix://{self._path}"

    async def __aenter__(self) -> LossyProxy:
        self._listener = await asyncio.start_unix_server(self._serve, self._path)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listener.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_unix_connection(self._upstream)
        doomed = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._requests(reader, up_writer, doomed))
                group.create_task(self._replies(up_reader, writer, doomed))
        except* ConnectionError:
            pass
        finally:
            writer.close()
            up_writer.close()

    async def _requests(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, doomed: asyncio.Event
    ) -> None:
        while data := await source.read(65_536):
            if self.refusing:
                raise ConnectionResetError
            if self.lose_reply_to and self.lose_reply_to in data:
                self.lose_reply_to = b""
                doomed.set()
            sink.write(data)
            await sink.drain()
        raise ConnectionResetError

    async def _replies(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, doomed: asyncio.Event
    ) -> None:
        while data := await source.read(65_536):
            if self.losing or doomed.is_set():
                self.lost += 1
                self.lost_one.set()
                raise ConnectionResetError
            sink.write(data)
            await sink.drain()
        raise ConnectionResetError
