"""The server under our hand, killed and paused for real."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from adapters.redis.keys import Keys
from adapters.redis.stream_ids import StreamId
from benchmarks.chaos.server import NoSuchServer, Server, binary_of
from tests import servers

pytestmark = pytest.mark.servers

INBOUND = Keys("t").inbound


@pytest.fixture(params=servers.PRODUCTS)
async def server(request: pytest.FixtureRequest, short_path: Path) -> AsyncIterator[Server]:
    server = Server(servers.binary_of(request.param), short_path / "data", "always", "t")
    await server.start()
    yield server
    await server.stop()


async def test_what_was_acknowledged_before_a_kill_is_there_after_it(server: Server) -> None:
    kept = cast("bytes", await server.client.xadd(INBOUND, {"m": b""}))
    await server.kill()
    await server.start_again()
    (survivors,) = server.survivors
    assert survivors.present == {kept.decode()}
    assert survivors.position == StreamId(0, 0)
    assert not survivors.lacks(kept.decode())
    # had it acknowledged this one as well, it would have lost it
    assert survivors.lacks(str(StreamId.parse(kept).next()))


async def test_a_paused_server_answers_once_it_goes_on(server: Server) -> None:
    await server.client.ping()
    with server.paused():
        asking = asyncio.ensure_future(server.client.ping())
        await asyncio.wait({asking}, timeout=0.1)
        assert not asking.done()
    assert await asking


def test_a_server_can_be_named_by_its_path() -> None:
    assert binary_of(str(binary_of("embedded"))) == binary_of("embedded")
    with pytest.raises(NoSuchServer, match="no such program"):
        binary_of("no-such-server")
