"""The server's own files are written anew, and what cannot be is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.privacy.server_files import rewrite_server_files
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.wire import Endpoint
from tests.servers import binary_of, plain_client

PLANTED = b"PLANTED-IN-A-FILE"


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[EmbeddedServer]:
    server = EmbeddedServer(tmp_path, binary=binary_of("valkey"), extra=("--save", "3600 1"))
    server.start()
    yield server
    server.stop()


async def rewrite(server: EmbeddedServer) -> list[str]:
    wire = Endpoint(server.url).wire("test")
    try:
        return await rewrite_server_files(wire)
    finally:
        await wire.close()


def holding(directory: Path) -> set[str]:
    paths = [path for path in directory.rglob("*") if path.is_file()]
    return {path.suffix for path in paths if PLANTED in path.read_bytes()}


async def test_nothing_stays_in_them(own_server: EmbeddedServer, tmp_path: Path) -> None:
    with plain_client(own_server) as client:
        client.set("key", PLANTED)
        client.save()
        assert holding(tmp_path) == {".aof", ".rdb"}
        client.bgsave()
        client.delete("key")
        assert await rewrite(own_server) == []
        assert holding(tmp_path) == set()


async def test_what_the_server_refuses_is_told(own_server: EmbeddedServer) -> None:
    with plain_client(own_server) as client:
        client.execute_command("ACL", "SETUSER", "default", "-bgrewriteaof", "-bgsave")
    told = await rewrite(own_server)
    assert [line.partition("until")[0] for line in told] == [
        "the server keeps it in its append-only file ",
        "the server keeps it in its snapshot (RDB) ",
    ]
