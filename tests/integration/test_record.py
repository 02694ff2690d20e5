"""`onequeue record` as processes: killed at any moment, replaced, asked, rebuilt."""

from __future__ import annotations

import asyncio
import json
import random
import signal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters.cli import record
from adapters.record.database import Database
from adapters.record.migrating import migrate
from adapters.record.position import place_of
from adapters.redis.embedded import EmbeddedServer
from tests.adapters.record.told import Floor, follower_of, rows_of
from tests.integration.router_process import RouterProcess, Routers
from tests.tenant import running_service

pytestmark = [
    pytest.mark.servers,
    pytest.mark.parametrize("session_server", ["valkey"], indirect=True),
]
BY_THE_WAY = {"writer", "number"}
"""What two ways to the same record may differ in."""


def keeper(routers: Routers, server: EmbeddedServer, url: str) -> RouterProcess:
    return routers.start(server.url, "--url", url, "--metrics-port", "0", command="record serve")


def asked(server: EmbeddedServer, url: str, *words: str) -> tuple[int, dict[str, Any]]:
    where = ["--url", url, "--redis", server.url, "--tenant", "t", "--json"]
    done = CliRunner().invoke(record.app, [*words, *where], catch_exceptions=False)
    return done.exit_code, json.loads(done.stdout)


async def traffic(floor: Floor, stopped: asyncio.Event) -> None:
    """Calls that come, are noted and given up, until it is told to stop; and all of it decided."""
    number, sent = 0, [""]
    while not stopped.is_set() or number < 150:
        number += 1
        name = f"x{number}"
        given = {"customer_id": f"c{number % 7}", "conversation_id": f"k{number % 31}"}
        sent = floor.tenant.send(
            {"type": "create", "interaction_id": name, "channel": "voice", **given},
            {"type": "note", "interaction_id": name, "text": "a note"},
            {"type": "cancel", "interaction_id": name},
        )
        await asyncio.sleep(0.01)
    await floor.tenant.until_consumed(sent[-1])


def newest_of(floor: Floor) -> str:
    (newest,) = floor.tenant.client.xrevrange(floor.tenant.keys.journal, count=1)
    found: str = newest[0].decode()
    return found


async def settled(floor: Floor, url: str) -> dict[str, Any]:
    """All rows, once the record is where the journal ends."""
    database = Database(url)
    try:
        async with asyncio.timeout(90):
            # the router may still write
            while (await place_of(database, "t")).record_id != newest_of(floor):  # noqa: ASYNC110  # nobody tells of it
                await asyncio.sleep(0.05)
        return await rows_of(database, BY_THE_WAY)
    finally:
        await database.close()


async def test_killed_at_any_moment_it_folds_everything_once(
    server: EmbeddedServer, routers: Routers, tmp_path: Path
) -> None:
    url, draw = f"sqlite:///{tmp_path}/killed.sqlite3", random.Random(5)
    async with running_service(server.url):
        floor, stopped = Floor(server), asyncio.Event()
        await floor.history()
        sending = asyncio.create_task(traffic(floor, stopped))
        for _ in range(2):
            process = keeper(routers, server, url)
            await asyncio.to_thread(process.wait_until_it_says, "keeping the record")
            await asyncio.sleep(draw.uniform(0.0, 0.15))
            process.kill()
            floor.tenant.client.delete(floor.tenant.keys.record_leader)  # it would run out
        stopped.set()
        await sending
        process = keeper(routers, server, url)
        killed = await settled(floor, url)
        code, told = await asyncio.to_thread(asked, server, url, "status")
        assert code == 0
        assert (told["position"], told["journal"]) == (floor.tenant.journal().ids[-1],) * 2
        assert str(process.process.pid) in told["holder"]
        process.send(signal.SIGTERM)
        assert await asyncio.to_thread(process.status) == 0
        other = Database(f"sqlite:///{tmp_path}/other.sqlite3")
        await migrate(other)
        async with follower_of(server, "", other) as follower:
            while await follower.step():
                pass
        assert await rows_of(other, BY_THE_WAY) == killed
        await other.close()
        code, told = await asyncio.to_thread(asked, server, url, "rebuild", "--yes")
        assert (code, told["holder"]) == (0, None)
        assert await settled(floor, url) == killed
        code, told = await asyncio.to_thread(asked, server, url, "status")
        assert (code, told["holder"]) == (1, None)
