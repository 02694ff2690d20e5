"""One house and one browser for all tests of the chat, in the loop of the package."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from adapters.redis.embedded import EmbeddedServer
from tests.chat.house import ChatHouse, open_house
from tests.chromium import PROGRAM
from tests.servers import start_server

expect.set_options(timeout=30_000)


@pytest.fixture(scope="package")
def chat_server() -> Iterator[EmbeddedServer]:
    with tempfile.TemporaryDirectory(prefix="oq-") as directory:
        server = start_server("valkey", Path(directory))
        yield server
        server.stop()


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def house(
    chat_server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ChatHouse]:
    async with open_house(chat_server, tmp_path_factory.mktemp("chat")) as found:
        yield found


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser() -> AsyncIterator[Browser]:
    if PROGRAM is None:
        message = "chromium is not on the PATH"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(executable_path=PROGRAM, args=["--no-sandbox"])
        yield found
        await found.close()
