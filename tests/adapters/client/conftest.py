"""One router and one API for all tests of this room, and a line to them that can be cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import pytest
import pytest_asyncio

from adapters.client import OneQueue
from tests.served import Served, served


@pytest.fixture(scope="package")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("client")) as found:
        yield found


@pytest.fixture(scope="package")
def admin_key(api: Served) -> str:
    return api.key("admin")


@pytest.fixture(scope="package")
def anna_key(api: Served) -> str:
    return api.key("agent", "anna")


@pytest_asyncio.fixture
async def queue(api: Served, admin_key: str) -> AsyncIterator[OneQueue]:
    """A client of the administrator."""
    async with OneQueue(api.url, admin_key) as found:
        yield found


class Line:
    """A line to the API: ``cut`` ends all that goes over it, ``is_up`` lets others begin."""

    def __init__(self, port: int) -> None:
        self.is_up = True
        self.connections = 0
        self._port = port
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def cut(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.is_up:
            writer.transport.abort()
            return
        self.connections += 1
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        self._open |= {writer, back}
        tasks = [asyncio.create_task(_pass(*way)) for way in ((reader, back), (there, writer))]
        self._tasks.update(tasks)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()


@pytest_asyncio.fixture
async def line(api: Served) -> AsyncIterator[tuple[Line, str]]:
    """A line, and the URL at its near end."""
    made = Line(int(api.url.rpartition(":")[2]))
    server = await asyncio.start_server(made.take, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield made, f"http://127.0.0.1:{port}"
    server.close()
    made.cut()
    await asyncio.gather(*made._tasks, return_exceptions=True)
