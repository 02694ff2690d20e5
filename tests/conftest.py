"""Fixtures for everyone: real servers, one process for each product and test session."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.wire import Endpoint
from tests import hypothesis_profiles
from tests.integration.router_process import Routers
from tests.servers import PRODUCTS, plain_client, start_server

# importing it loads the profile, for tests that say nothing of their own search too
assert hypothesis_profiles.SEARCH


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests with the mark ``any_server`` run on one product, all others on each."""
    test = metafunc.definition
    if "session_server" in metafunc.fixturenames and test.get_closest_marker("any_server"):
        one = pytest.mark.parametrize("session_server", PRODUCTS[:1], indirect=True)
        test.add_marker(one)


LENGTHY = (
    "tests/packaging/test_compiled.py", "tests/router/test_engine_oracle.py", "tests/console/",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes goes first, or the last of the workers is alone with it."""
    items.sort(key=lambda item: not item.nodeid.startswith(LENGTHY))


def pytest_collection_finish() -> None:
    """All that was collected stays: the collector need not walk through it for every test."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def log_of_the_start() -> Iterator[None]:
    """A command that ran in this process logs to its test's standard error, which is closed."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def short_path() -> Iterator[Path]:
    """An empty directory whose path is short enough for unix sockets."""
    with tempfile.TemporaryDirectory(prefix="oq-") as directory:
        yield Path(directory)


@pytest.fixture(scope="session", params=PRODUCTS)
def session_server(request: pytest.FixtureRequest) -> Iterator[EmbeddedServer]:
    """A running server of each product; shared, so it may hold other tests' keys."""
    with tempfile.TemporaryDirectory(prefix="oq-") as directory:
        server = start_server(request.param, Path(directory))
        yield server
        server.stop()


@pytest.fixture
def server(session_server: EmbeddedServer) -> EmbeddedServer:
    """A running server of each product, empty."""
    with plain_client(session_server) as client:
        client.flushall()
        client.script_flush()
    return session_server


@pytest.fixture
def endpoint(server: EmbeddedServer) -> Endpoint:
    """The way to the empty server."""
    return Endpoint(server.url)


@pytest.fixture
def routers(tmp_path: Path) -> Iterator[Routers]:
    """Starts routers as processes; none outlives the test."""
    routers = Routers(tmp_path)
    yield routers
    routers.end()
