"""Traces of a real router, sent by OTLP over HTTP to a receiver that is asked what it got."""

from __future__ import annotations

import asyncio
import gzip
import os
import queue
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import structlog
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from adapters.configuration.reading import read_sources
from adapters.redis.embedded import EmbeddedServer
from adapters.tenants.health import TenantsHealth
from adapters.tenants.metrics import TenantMetrics
from adapters.tenants.process import TenantsProcess
from adapters.tracing.exporting import Exporter, collector_url
from adapters.tracing.hosting import TraceRequest, Tracing
from adapters.tracing.spans import Span, Trace
from tests.integration.router_process import Routers
from tests.tenant import Tenant, running_service

pytestmark = pytest.mark.servers

SPAN = Span(Trace(1, 0, is_sampled=True), 2, 0, "interaction", 1_000, 2_000, {})
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Receiver(HTTPServer):
    """Takes traces in as a collector does."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.spans: list[Any] = []
        self.services: set[str] = set()
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1/traces"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        assert self.path == "/v1/traces"
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        sent = ExportTraceServiceRequest.FromString(body)
        for of_resource in sent.resource_spans:
            named = {pair.key: pair.value.string_value for pair in of_resource.resource.attributes}
            self.server.services.add(named["service.name"])
            for of_scope in of_resource.scope_spans:
                self.server.spans += of_scope.spans
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        thread = threading.Thread(target=receiver.serve_forever, daemon=True)
        thread.start()
        yield receiver
        receiver.shutdown()
        thread.join()


@pytest.fixture
def one_server(short_path: Path) -> Iterator[EmbeddedServer]:
    """Of one product: what is tested here does not depend on it."""
    with EmbeddedServer(short_path / "data", extra=("--appendfsync", "no")) as server:
        yield server


async def route_one(tenant: Tenant) -> None:
    tenant.send(
        {"type": "agent_login", "agent_id": "ann", "inbox": "desk"},
        {
            "type": "create",
            "interaction_id": "i1",
            "channel": "chat",
            "attributes": {"traceparent": PARENT, "name": "somebody"},
        },
    )
    await tenant.until(lambda: [e for e in tenant.work() if e["type"] == "offer"])
    offer = next(e for e in tenant.work() if e["type"] == "offer")
    accept = {"type": "accept", "offer_id": offer["offer_id"], "agent_id": "ann"}
    await tenant.until_consumed(tenant.send(accept)[-1])


def test_what_the_collector_does_not_take_is_told_once_until_it_does(receiver: Receiver) -> None:
    told: queue.Queue[bool] = queue.Queue()
    exporter = Exporter(receiver.url, told.put)
    try:
        receiver.status = 400
        for _ in range(2):
            assert exporter.export([SPAN]) == 1
            exporter.flush()
        assert told.get(timeout=30) is False
        receiver.status = 200
        exporter.export([SPAN])
        assert told.get(timeout=30) is True
        assert told.empty()
    finally:
        exporter.close()


@pytest.mark.parametrize(
    ("endpoint", "environment", "url"),
    [
        ("http://c:1/t", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://d:1"}, "http://c:1/t"),
        (None, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://d:1/"}, "http://d:1/v1/traces"),
        (None, {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://e:1/x"}, "http://e:1/x"),
        (None, {}, "http://localhost:4318/v1/traces"),
    ],
)
def test_where_traces_go(endpoint: str | None, environment: dict[str, str], url: str) -> None:
    assert collector_url(endpoint, environment) == url


def test_the_command_says_where_it_sends_and_that_nobody_listens(
    one_server: EmbeddedServer, routers: Routers, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = "http://user:secret@127.0.0.1:1/v1/traces"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", nowhere)
    tracer = routers.start(one_server.url, command="trace")
    tracer.wait_until_it_says("nobody listens there: traces are lost until a collector does")
    (told,) = tracer.said("sends traces")
    assert told["endpoint"] == "http://127.0.0.1:1/v1/traces"
    assert "secret" not in tracer.last_words()


async def test_a_trace_reaches_the_collector(
    one_server: EmbeddedServer, receiver: Receiver
) -> None:
    logger = structlog.wrap_logger(structlog.PrintLogger(), processors=[_quiet])
    request = TraceRequest(config=None, tenants=("t", "u"), url=lambda _: one_server.url)
    exporter, metrics, health = Exporter(receiver.url, print), TenantMetrics(), TenantsHealth()
    process = TenantsProcess(
        run=Tracing(exporter, logger, metrics).trace,
        anew=request.anew,
        logger=logger,
        health=health,
        metrics=metrics,
    )
    tenant = Tenant(one_server, "t")
    async with running_service(one_server.url, "t"):
        running = asyncio.create_task(process.serve(request.orders(read_sources(None, {}))))
        await tenant.until(health.is_ready)
        await route_one(tenant)
        value = metrics.registry.get_sample_value
        await tenant.until(lambda: value("onequeue_trace_spans_total", {"tenant": "t"}) == 3)
        assert value("onequeue_trace_open_interactions", {"tenant": "t"}) == 0
        os.kill(os.getpid(), signal.SIGTERM)
        await running
    await asyncio.to_thread(exporter.close)
    spans = {span.name.removeprefix("onequeue "): span for span in receiver.spans}
    assert set(spans) == {"interaction", "decide", "offer"}
    assert receiver.services == {"onequeue"}
    root = spans["interaction"]
    assert {span.trace_id.hex() for span in spans.values()} == {PARENT[3:35]}
    assert root.parent_span_id.hex() == PARENT[36:52]
    assert {spans[name].parent_span_id for name in ("decide", "offer")} == {root.span_id}
    assert root.start_time_unix_nano <= spans["offer"].start_time_unix_nano
    assert root.end_time_unix_nano == spans["offer"].end_time_unix_nano
    told = {pair.key: pair.value.string_value for pair in root.attributes}
    assert told["onequeue.agent"] == "ann"
    assert "somebody" not in str(receiver.spans)


def _quiet(*_: object) -> str:
    raise structlog.DropEvent
