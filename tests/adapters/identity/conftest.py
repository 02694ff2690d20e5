"""One server for all tests of this room."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from adapters.redis.embedded import EmbeddedServer
from tests.servers import plain_client, start_server


@pytest.fixture(scope="package")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    server = start_server("valkey", tmp_path_factory.mktemp("identity"))
    yield server
    server.stop()


@pytest.fixture
def one_server(running_server: EmbeddedServer) -> EmbeddedServer:
    """A running server, empty."""
    with plain_client(running_server) as client:
        client.flushall()
    return running_server
