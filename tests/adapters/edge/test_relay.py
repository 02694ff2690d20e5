"""The relay: every command goes on once, in order where order matters, whatever happens to it."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog

from adapters.edge import relay as relay_module
from adapters.edge.meters import EdgeMeters
from adapters.edge.relay import Relay
from adapters.redis.edge_stream import EdgeStream
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from router.events import InteractionCreated
from tests.servers import LossyProxy
from tests.tenant import Tenant, running_service

pytestmark = pytest.mark.servers
KEYS = Keys("t")
LOG = structlog.get_logger()


class Slow:
    """Marks what it is shown; what is named in ``gates`` waits for its gate."""

    def __init__(self) -> None:
        self.gates: dict[str, asyncio.Event] = {}
        self.shown: list[str] = []

    async def classified(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        name = fields["interaction_id"]
        self.shown.append(name)
        if name in self.gates:
            await self.gates[name].wait()
        if name == "broken":
            raise ValueError(name)
        return {**fields, "priority": 7}


class Edge:
    """The edge's stream and inbound, as clients see them."""

    def __init__(self, server: EmbeddedServer) -> None:
        self.tenant = Tenant(server)
        self.client = self.tenant.client

    def add(self, *commands: Mapping[str, Any]) -> list[bytes]:
        return [
            self.client.xadd(KEYS.edge, {"m": msgspec.msgpack.encode(command)})
            for command in commands
        ]

    def inbound(self) -> list[dict[str, Any]]:
        return [
            msgspec.msgpack.decode(fields[b"m"]) if b"m" in fields else json.loads(fields[b"j"])
            for _, fields in self.client.xrange(KEYS.inbound)
        ]

    def names(self) -> list[str]:
        return [f"{each['type']} {each['interaction_id']}" for each in self.inbound()]

    async def until(self, entries: int) -> None:
        await self.tenant.until(lambda: self.client.xlen(KEYS.inbound) >= entries)
        assert self.client.xlen(KEYS.inbound) == entries


@pytest.fixture
def edge(server: EmbeddedServer) -> Edge:
    return Edge(server)


@asynccontextmanager
async def relaying(url: str, classifier: Slow | None = None) -> AsyncIterator[EdgeMeters]:
    stream, meters = EdgeStream(Endpoint(url, timeout_s=2.0), KEYS), EdgeMeters()
    relay = Relay(stream, classifier or Slow(), meters, LOG)
    running = asyncio.create_task(relay.run())
    try:
        yield meters
    finally:
        assert not running.done(), running
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await stream.close()


def create(name: str, **fields: object) -> dict[str, Any]:
    return {"type": "create", "interaction_id": name, "channel": "voice", **fields}


def cancel(name: str) -> dict[str, Any]:
    return {"type": "cancel", "interaction_id": name}


async def test_creates_are_classified_and_everything_goes_on(
    server: EmbeddedServer, edge: Edge
) -> None:
    (entry_id, *_) = edge.add(create("a", attributes={"x": b"\x00"}), cancel("a"))
    edge.client.xadd(KEYS.edge, {"j": json.dumps(create("b", origin_ms=5))})
    edge.client.xadd(KEYS.edge, {"j": "not JSON"})
    edge.client.xadd(KEYS.edge, {str(number): "x" for number in range(9_000)})
    async with relaying(server.url):
        await edge.until(5)
    origin_ms = int(entry_id.partition(b"-")[0])
    moved = [fields for _, fields in edge.client.xrange(KEYS.inbound)]
    assert [msgspec.msgpack.decode(each[b"m"]) for each in moved if b"m" in each] == [
        create("a", attributes={"x": b"\x00"}, origin_ms=origin_ms, priority=7),
        cancel("a"),
    ]
    others = [each[b"j"] for each in moved if b"j" in each]
    assert others[0] == b"not JSON"
    assert json.loads(others[1]) == create("b", origin_ms=5, priority=7)
    assert [len(each) for each in moved if b"0" in each] == [2]
    assert edge.client.xlen(KEYS.edge) == 0


async def test_nothing_overtakes_what_it_is_about(server: EmbeddedServer, edge: Edge) -> None:
    classifier = Slow()
    classifier.gates = {"a": asyncio.Event(), "c": asyncio.Event()}
    edge.add(create("a"), cancel("a"), create("b"), cancel("b"), create("c"), create("a"))
    async with relaying(server.url, classifier):
        await edge.until(2)
        assert edge.names() == ["create b", "cancel b"]
        assert Counter(classifier.shown) == {"a": 2, "b": 1, "c": 1}
        classifier.gates["a"].set()
        await edge.until(5)
        assert edge.names()[2:] == ["create a", "cancel a", "create a"]
        classifier.gates["c"].set()
        await edge.until(6)


async def test_interactions_of_one_customer_keep_their_order(
    server: EmbeddedServer, edge: Edge
) -> None:
    classifier = Slow()
    classifier.gates["a"] = asyncio.Event()
    edge.add(create("a", customer_id="c"), create("b", customer_id="c"), create("d"))
    async with relaying(server.url, classifier):
        await edge.until(1)
        assert edge.names() == ["create d"]
        classifier.gates["a"].set()
        await edge.until(3)
        assert edge.names()[1:] == ["create a", "create b"]


async def test_a_fault_of_ours_holds_nothing_up(server: EmbeddedServer, edge: Edge) -> None:
    edge.add(create("broken"), create("a"))
    async with relaying(server.url) as meters:
        await edge.until(2)
    assert create("broken") in edge.inbound()
    assert meters.registry.get_sample_value("onequeue_edge_faults_total") == 1


async def test_two_edges_at_once_move_everything_once(server: EmbeddedServer, edge: Edge) -> None:
    commands = [each for n in range(300) for each in (create(f"i{n}"), cancel(f"i{n}"))]
    async with relaying(server.url), relaying(server.url):
        for command in commands:
            edge.add(command)
            await asyncio.sleep(0)
        await edge.until(600)
        await asyncio.sleep(0.05)
    assert sorted_by_name(edge.names()) == [
        f"{each['type']} i{n}" for n in range(300) for each in commands[2 * n : 2 * n + 2]
    ]


def sorted_by_name(names: list[str]) -> list[str]:
    """Stable: what is about one interaction stays in its order."""
    return sorted(names, key=lambda name: int(name.partition(" i")[2]))


async def test_an_edge_that_ends_again_and_again_loses_nothing(
    server: EmbeddedServer, edge: Edge
) -> None:
    edge.add(*[each for n in range(500) for each in (create(f"i{n}"), cancel(f"i{n}"))])
    ends = 0
    while edge.client.xlen(KEYS.edge):
        before = edge.client.xlen(KEYS.inbound)
        async with relaying(server.url):
            await edge.tenant.until(lambda: edge.client.xlen(KEYS.inbound) > before)  # noqa: B023  # it ends before the next round
        ends += 1
    assert ends > 1
    assert sorted_by_name(edge.names()) == [
        f"{kind} i{n}" for n in range(500) for kind in ("create", "cancel")
    ]


async def test_lost_replies_double_nothing(
    server: EmbeddedServer, edge: Edge, short_path: Path
) -> None:
    async with LossyProxy(server, short_path) as proxy, relaying(proxy.url) as meters:
        for n in range(40):
            proxy.lose_reply_to = b"EVAL"
            edge.add(create(f"i{n}"), cancel(f"i{n}"))
            await edge.until(2 * n + 2)
    assert proxy.lost >= 10
    errors = meters.registry.get_sample_value("onequeue_edge_redis_errors_total")
    assert errors is not None
    assert errors >= 10
    assert edge.names() == [f"{kind} i{n}" for n in range(40) for kind in ("create", "cancel")]


async def test_more_than_may_be_held_waits_in_the_stream(
    server: EmbeddedServer, edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "HELD_MAX", 8)
    classifier = Slow()
    classifier.gates = {f"i{n}": asyncio.Event() for n in range(8)}
    edge.add(*[create(f"i{n}") for n in range(50)])
    async with relaying(server.url, classifier):
        await edge.tenant.until(lambda: len(classifier.shown) >= 8)
        await asyncio.sleep(0.05)
        assert classifier.shown == [f"i{n}" for n in range(8)]
        for gate in classifier.gates.values():
            gate.set()
        await edge.until(50)


async def test_time_at_the_edge_counts_as_waiting(server: EmbeddedServer, edge: Edge) -> None:
    (entry_id,) = edge.add(create("a"))
    await asyncio.sleep(0.2)
    async with running_service(server.url), relaying(server.url):
        await edge.tenant.until(lambda: edge.tenant.journal().of(InteractionCreated))
    (created,) = edge.tenant.journal().of(InteractionCreated)
    assert created.origin_ms == int(entry_id.partition(b"-")[0])
    assert created.created_ms - created.origin_ms >= 200
    assert created.priority == 7
