"""One server for all tests of desktops, and a tenant for each."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from adapters.redis.embedded import EmbeddedServer
from tests.servers import start_server
from tests.tenant import Tenant

NUMBERS = count()


@pytest.fixture(scope="package")
def desk_server() -> Iterator[EmbeddedServer]:
    with tempfile.TemporaryDirectory(prefix="oq-") as directory:
        found = start_server("valkey", Path(directory))
        yield found
        found.stop()


@pytest.fixture
def server(desk_server: EmbeddedServer) -> EmbeddedServer:
    return desk_server


@pytest.fixture
def tenant(server: EmbeddedServer) -> Iterator[Tenant]:
    found = Tenant(server, f"desks-{next(NUMBERS)}")
    with found.client:
        yield found
