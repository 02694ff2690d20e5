"""Three tenants in one process: each decides what it decides in a process of its own."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import signal
import weakref
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import LogCapture

from adapters.cli.connection import open_sync
from adapters.configuration.reading import read_sources
from adapters.leading import serving
from adapters.leading.observers import Observers
from adapters.leading.serving import Order
from adapters.redis.embedded import EmbeddedServer
from adapters.tenants.health import TenantsHealth
from adapters.tenants.metrics import TenantMetrics
from adapters.tenants.orders import Request, orders_of
from adapters.tenants.serving import serve_tenants
from adapters.verify import check_stream
from router.errors import CallerError
from router.policy import parse_policy
from router.service import Service
from router.share import Share
from tests.tenant import Tenant, running_service

pytestmark = pytest.mark.servers

CREATES = 60
AGENTS = 4
NAMES = ("a", "b", "c")


def policy_of(tenant: str) -> dict[str, Any]:
    """Each tenant has a channel of its own, and one has little room."""
    room = {"intake": {"open_max": CREATES // 2}} if tenant == "b" else {}
    channel = {"cost": 1, "maximum": 1_000, "auto_accept": True, "offer_ttl_s": 60, "target_s": 60}
    return {
        "capacity": 1_000,
        "channels": {f"chat-{tenant}": channel},
        "queues": {"general": {}},
        "default_queue": "general",
        "skills": {f"skill-{number}": {} for number in range(AGENTS)},
        **room,
    }


def traffic(tenant: str) -> list[list[dict[str, Any]]]:
    """Commands in waves whose outcome does not depend on how a wave is cut into batches: only one
    agent can have each interaction, and what a wave is about was there before."""
    draw = random.Random(tenant)
    agents = [f"agent-{number}" for number in range(AGENTS)]
    logins = [
        {"type": "agent_login", "agent_id": agent, "inbox": "desk", "skills": {f"skill-{n}": 1}}
        for n, agent in enumerate(agents)
    ]
    names = [f"i-{draw.randrange(CREATES)}" for _ in range(CREATES)]
    creates = [
        {
            "type": "create",
            "interaction_id": name,
            "channel": f"chat-{draw.choice((tenant, tenant, tenant, 'x'))}",
            "requirements": [{"skill": f"skill-{int(name[2:]) % AGENTS}", "op": ">=", "level": 1}],
        }
        for name in names
    ]
    endings = [
        {"type": "complete", "interaction_id": f"i-{number}", "agent_id": agents[number % AGENTS]}
        for number in draw.sample(range(CREATES), CREATES // 2)
    ]
    strays: list[dict[str, Any]] = [{"type": "nonsense"}, {"type": "replace_policy", "policy": {}}]
    return [logins, [*creates, *strays], endings]


def facts(tenant: Tenant) -> Counter[tuple[Any, ...]]:
    """What was decided about whom, and why not."""
    told = ("interaction_id", "agent_id", "channel", "queue", "code", "target", "reason")
    return Counter(
        (type(event).__name__, *(getattr(event, name, None) for name in told))
        for event in tenant.journal().events
        if hasattr(event, "interaction_id") or hasattr(event, "code")
    )


@pytest.fixture
def one_server(short_path: Path) -> Iterator[EmbeddedServer]:
    """Of one product: what is tested here does not depend on it."""
    with EmbeddedServer(short_path / "data", extra=("--appendfsync", "no")) as server:
        yield server


def ordered(url: str, *tenants: str) -> dict[str, Order]:
    request = Request(redis_url=url, tenants=tenants)
    orders = orders_of(request, read_sources(None, {}))
    return {
        name: Order(
            endpoint=order.endpoint,
            keys=order.keys,
            policy=parse_policy(policy_of(name)),
            intake=order.intake,
            takeover=False,
        )
        for name, order in orders.items()
    }


class House:
    """The process, in this one."""

    def __init__(self) -> None:
        self.log = LogCapture()
        self.health = TenantsHealth()
        self.metrics = TenantMetrics()
        self.next: Mapping[str, Order] | CallerError = {}
        logger = structlog.wrap_logger(structlog.PrintLogger(), processors=[self.log])
        self._logger = logger

    async def serve(self, orders: Mapping[str, Order]) -> None:
        """Until the signal."""
        await serve_tenants(orders, self._anew, self._logger, self.health, self.metrics)

    def _anew(self) -> Mapping[str, Order]:
        if isinstance(self.next, CallerError):
            raise self.next
        return self.next

    def said(self, event: str) -> list[Any]:
        return [entry for entry in self.log.entries if entry["event"] == event]

    async def until(self, what: Any) -> None:
        async with asyncio.timeout(20):
            while not what():  # noqa: ASYNC110  (what it waits for has no event)
                await asyncio.sleep(0.01)


@asynccontextmanager
async def hosted(orders: Mapping[str, Order]) -> AsyncIterator[House]:
    house = House()
    running = asyncio.create_task(house.serve(orders))
    await house.until(house.health.is_ready)
    yield house
    os.kill(os.getpid(), signal.SIGTERM)
    await running


async def play(tenants: list[Tenant]) -> None:
    """All waves of all tenants, side by side."""
    waves = [traffic(tenant.keys.tenant) for tenant in tenants]
    for wave in zip(*waves, strict=True):
        last = [tenant.send(*sent)[-1] for tenant, sent in zip(tenants, wave, strict=True)]
        for tenant, entry in zip(tenants, last, strict=True):
            await tenant.until_consumed(entry)
        for tenant in tenants:
            await tenant.until(partial(_is_settled, tenant))


def _is_settled(tenant: Tenant) -> bool:
    return not tenant.journal().records[-1].partial


async def test_each_decides_what_it_decides_alone(one_server: EmbeddedServer) -> None:
    tenants = [Tenant(one_server, name) for name in NAMES]
    async with hosted(ordered(one_server.url, *NAMES)) as house:
        await play(tenants)
        together = [facts(tenant) for tenant in tenants]
        await house.until(
            lambda: house.metrics.registry.get_sample_value(
                "onequeue_commands_total", {"tenant": "c"}
            )
        )
        rejected = house.metrics.registry.get_sample_value(
            "onequeue_rejected_commands_total", {"tenant": "b", "code": "quota_exceeded"}
        )
        assert rejected is not None
        assert rejected > 0
        assert (
            house.metrics.registry.get_sample_value(
                "onequeue_rejected_commands_total", {"tenant": "a", "code": "quota_exceeded"}
            )
            is None
        )
    with open_sync(one_server.url) as client:
        for name in NAMES:
            assert not check_stream(client, name).violations_total
        found = {key.decode().split("}")[0].split("{")[1] for key in client.keys("onequeue:*")}
        assert found == set(NAMES)
        client.flushall()
    told = {entry["tenant"] for entry in house.said("policy in force")}
    assert told == set(NAMES)
    for name, before in zip(NAMES, together, strict=True):
        tenant = Tenant(one_server, name)
        async with running_service(one_server.url, name, policy=policy_of(name)):
            await play([tenant])
        assert facts(tenant) == before
    kinds = [Counter(fact[0] for fact in before.elements()) for before in together]
    for kind in kinds:
        assert min(kind["OfferAccepted"], kind["InteractionCompleted"], kind["Rejected"]) > 5, kind
    assert len({frozenset(before) for before in together}) == len(NAMES)


class Few(Share):
    """A share of three commands at once."""

    def __init__(self) -> None:
        self.told: list[int] = []

    def commands_max(self) -> int:
        return 3

    def took(self, commands: int, took_s: float) -> None:
        self.told.append(commands)


async def test_a_share_cuts_batches_and_nothing_else(one_server: EmbeddedServer) -> None:
    tenant, share, stopped = Tenant(one_server, "a"), Few(), asyncio.Event()
    order, quiet = ordered(one_server.url, "a")["a"], LogCapture()
    logger = structlog.wrap_logger(structlog.PrintLogger(), processors=[quiet])
    routing = asyncio.create_task(serving.route_tenant(order, Observers(), logger, stopped, share))
    await play([tenant])
    stopped.set()
    await routing
    consumed = [record.consumed for record in tenant.journal().records]
    sent = [command for wave in traffic("a") for command in wave]
    assert max(consumed) == 3
    assert sum(consumed) == sum(share.told) == len(sent)
    before = facts(tenant)
    tenant.client.flushall()
    async with running_service(one_server.url, "a", policy=policy_of("a")):
        await play([tenant])
    assert facts(tenant) == before
    assert max(record.consumed for record in tenant.journal().records) > 3


async def test_a_state_that_is_let_go_needs_no_collector(
    one_server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[weakref.ref[Service]] = []

    class Watched(Service):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            made.append(weakref.ref(self))

    monkeypatch.setattr(serving, "Service", Watched)
    gc.disable()
    try:
        async with hosted(ordered(one_server.url, "a", "b")) as house:
            await house.until(lambda: len(house.said("policy in force")) == 2)
            house.next = {}
            os.kill(os.getpid(), signal.SIGHUP)
            await house.until(lambda: not house.health.details())
            await asyncio.sleep(0)
            assert len(made) == 2
            assert [service() for service in made] == [None, None]
    finally:
        gc.enable()


async def test_a_configuration_that_cannot_be_read_changes_nothing(
    one_server: EmbeddedServer,
) -> None:
    orders = ordered(one_server.url, "a", "b")
    async with hosted(orders) as house:
        house.next = CallerError("a fault in line 3")
        os.kill(os.getpid(), signal.SIGHUP)
        await house.until(lambda: house.said("cannot be read anew; all goes on as before"))
        assert set(house.health.details()) == {"a", "b"}
        house.next = {"b": orders["b"]}
        os.kill(os.getpid(), signal.SIGHUP)
        await house.until(lambda: set(house.health.details()) == {"b"})
        await house.until(lambda: len(house.said("tenants")) == 2)
        labels = {s.labels.get("tenant") for m in house.metrics.collect() for s in m.samples}
        assert labels == {"b"}
        assert house.health.is_ready()


def test_limits_of_a_tenant_stand_before_those_of_all(tmp_path: Path) -> None:
    file = tmp_path / "onequeue.yaml"
    file.write_text(
        "redis_url: redis://one\nserve: {inbound_max_entries: 7, inbound_max_age_s: 9}\n"
        "tenants:\n  a: {inbound_max_entries: 8, redis_url: redis://two}\n  b: {standby: yes}\n"
    )
    request = Request(config=file, options={"inbound_max_age_s": 5.0})
    orders = orders_of(request, read_sources(file, {}))
    assert [order.intake[1:] for order in orders.values()] == [(8, 5_000), (7, 5_000)]
    assert [order.endpoint.url for order in orders.values()] == ["redis://two", "redis://one"]
    assert [order.standby for order in orders.values()] == [False, True]
