"""A house for each module of stories, so that none meets what another has left there, and a browser
for all; tests run in the loop of the package."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from adapters.redis.embedded import EmbeddedServer
from tests.chromium import PROGRAM
from tests.console.house import POLICY, House, open_house
from tests.console.story import LATER_MS, Story
from tests.servers import start_server

expect.set_options(timeout=LATER_MS)


@pytest.fixture(scope="module")
def house_server() -> Iterator[EmbeddedServer]:
    with tempfile.TemporaryDirectory(prefix="oq-") as directory:
        server = start_server("valkey", Path(directory))
        yield server
        server.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def house(house_server: EmbeddedServer) -> AsyncIterator[House]:
    async with open_house(house_server) as found:
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


@pytest_asyncio.fixture(loop_scope="package")
async def story(house: House, browser: Browser) -> AsyncIterator[Story]:
    found = Story(house, browser)
    yield found
    await found.end()
    assert found.faults == []


@pytest_asyncio.fixture(loop_scope="package")
async def restored(house: House) -> AsyncIterator[None]:
    """The policy of the house for the stories that follow, whoever must approve by now."""
    yield
    (entry_id,) = house.tenant.send({"type": "replace_policy", "policy": POLICY})
    await house.tenant.until_consumed(entry_id)
