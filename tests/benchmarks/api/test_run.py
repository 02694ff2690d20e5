"""Both ways of `onequeue bench api` create interactions on a real router, and are compared."""

from __future__ import annotations

import asyncio
import socket

import pytest
import structlog

from adapters.api.app import build_app
from adapters.api.layers.development import Everybody
from adapters.api.server import ApiServer, uvicorn_config
from adapters.api.serving import hosted_tenant
from adapters.api.settings import ApiSettings
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from benchmarks.api.run import TARGET_MS, Options, _flood_report, _measure, _report
from benchmarks.api.ways import HttpWay, StreamWay, Unexpected, Way
from router.events import InteractionCreated
from tests.servers import start_server
from tests.tenant import POLICY, Tenant, running_service


async def test_both_ways_are_measured_in_turn(tmp_path_factory: pytest.TempPathFactory) -> None:
    server = start_server("valkey", tmp_path_factory.mktemp("bench-api"))
    try:
        async with running_service(server.url, "b", policy=POLICY):
            took_ns = await measured(server)
        created = Tenant(server, "b").journal().of(InteractionCreated)
    finally:
        server.stop()
    assert {name: len(each) for name, each in took_ns.items()} == {"stream": 5, "http": 5}
    assert len(created) == 10
    report = _report(Options(5, 0.0), took_ns)
    medians = {name: each["p50"] for name, each in report["latency_ms"].items()}
    assert report["added_ms"]["p50"] == pytest.approx(medians["http"] - medians["stream"])
    assert report["met"] == (report["added_ms"]["p50"] <= TARGET_MS)


async def measured(server: EmbeddedServer) -> dict[str, list[int]]:
    hosted = hosted_tenant(Endpoint(server.url), "b", structlog.get_logger())
    following = asyncio.create_task(hosted.projection.run())
    await hosted.projection.until_ready()
    listener = socket.create_server(("127.0.0.1", 0))
    settings = ApiSettings()
    api = ApiServer(uvicorn_config(build_app({"b": hosted}, Everybody("b"), settings), settings))
    serving = asyncio.create_task(api.serve([listener]))
    host, port = listener.getsockname()
    ways: dict[str, Way] = {
        "stream": StreamWay(Endpoint(server.url), Keys("b")),
        "http": HttpWay(host, port),
    }
    try:
        return await _measure(ways, 5, 0.0)
    finally:
        for way in ways.values():
            await way.close()
        api.should_exit = True
        await serving
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await hosted.close()


def test_a_flood_is_told_as_a_ratio() -> None:
    took_ns = {"quiet": [1_000_000] * 9, "flooded": [1_000_000] * 4 + [2_000_000] * 5}
    report = _flood_report(Options(9, 0.0, flood=True), took_ns)
    assert report["ratio"]["p50"] == pytest.approx(2.0, rel=0.01)
    assert not report["met"]


async def test_an_answer_that_was_not_expected_ends_it() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 503 Busy\r\ncontent-length: 4\r\n\r\nbusy")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as listening:
        way = HttpWay(*listening.sockets[0].getsockname())
        with pytest.raises(Unexpected, match="busy"):
            await way.create()
        await way.close()
