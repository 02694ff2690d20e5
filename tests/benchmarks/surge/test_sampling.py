from __future__ import annotations

import os
import time

import pytest

from adapters.redis.embedded import EmbeddedServer
from benchmarks.floor.wire import connect
from benchmarks.surge.sampling import Sampler, server_pid

pytestmark = pytest.mark.servers


async def test_processes_and_server_are_looked_at(server: EmbeddedServer) -> None:
    client = connect(server.url)
    try:
        pid = await server_pid(client)
        assert pid == server.pid
        sampler = Sampler(client, {"me": os.getpid(), "redis": pid})
        await sampler.begin(time.monotonic_ns())
        await client.set("onequeue:{surge}:x", "1")
        await sampler.end()
    finally:
        await client.aclose()
    mine = sampler.processes["me"].as_json()
    assert len(mine["at_s"]) == len(mine["cpu_share"]) == len(mine["rss_mib"]) == 1
    assert mine["rss_peak_mib"] > 10
    assert sampler.commands["SET"] == 1
    assert sampler.redis["memory_mib"][0] > 0
