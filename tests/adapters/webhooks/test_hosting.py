"""Delivering for many tenants: what each is told, and that each hears of its own alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, ExitStack
from ipaddress import ip_network
from pathlib import Path

import pytest
import structlog

from adapters.audit import Actor
from adapters.cloudevents import Past
from adapters.configuration.reading import read_sources
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from adapters.tenants.metrics import TenantMetrics
from adapters.tenants.standing import Standing
from adapters.webhooks.dead_letters import DeadLetters
from adapters.webhooks.destinations import Destinations
from adapters.webhooks.hosting import Delivering, WebhookRequest
from adapters.webhooks.register import Register, WantedWebhook
from adapters.webhooks.serving import WebhookOrder
from adapters.webhooks.store import WebhookStore
from adapters.webhooks.terms import Terms
from tests.adapters.webhooks.receiver import LOCAL, Receiver, receiving, told_by
from tests.tenant import Tenant, running_service

FILE = """
redis_url: redis://one
webhooks: {archive: archives, retry_for: 5m, networks: [10.1.0.0/16]}
tenants: {a: {}, b: {redis_url: redis://two}}
"""


def orders(file: Path, *tenants: str, **options: object) -> dict[str, WebhookOrder]:
    request = WebhookRequest(
        config=file, tenants=tenants, url=lambda read: read.redis_url(None), options=options
    )
    return request.orders(read_sources(file, {}))


def test_what_each_tenant_is_told(tmp_path: Path) -> None:
    file = tmp_path / "onequeue.yaml"
    file.write_text(FILE)
    found = orders(file)
    assert [one.endpoint.url for one in found.values()] == ["redis://one", "redis://two"]
    assert [one.archive for one in found.values()] == [
        tmp_path / "archives" / "a", tmp_path / "archives" / "b"
    ]  # fmt: skip
    assert {one.terms for one in found.values()} == {Terms(retry_for_s=300.0)}
    networks = (ip_network("10.1.0.0/16"),)
    assert {one.destinations for one in found.values()} == {Destinations(networks)}
    # who reads the file again finds the same, and starts nobody anew
    assert orders(file) == found
    (one,) = orders(file, "a", timeout_s=3.0).values()
    assert one.terms.timeout_s == 3.0


def has_all(receiver: Receiver, tenant: Tenant) -> Callable[[], bool]:
    return lambda: len(receiver.ids) >= 3 == len(told_by(tenant))


async def subscribed(endpoint: Endpoint, keys: Keys, receiver: Receiver) -> None:
    async with AsyncExitStack() as stack:
        parts = (WebhookStore(endpoint, keys), DeadLetters(endpoint, keys), Past(endpoint, keys))
        for part in parts:
            stack.push_async_callback(part.close)
        register = Register(*parts, LOCAL, Actor("test"))
        made = await register.create(WantedWebhook(url=receiver.hook.url, begin="begin"))
        receiver.secrets.append(made.secrets[0].value)


@pytest.mark.servers
@pytest.mark.parametrize("session_server", ["valkey"], indirect=True)
async def test_each_hears_of_its_own_alone(server: EmbeddedServer) -> None:
    endpoint, metrics, stopped = Endpoint(server.url), TenantMetrics(), asyncio.Event()
    delivering, working = Delivering(structlog.get_logger(), metrics), []
    async with AsyncExitStack() as services:
        with ExitStack() as hooks:
            receivers = {}
            for name in ("a", "b"):
                await services.enter_async_context(running_service(server.url, name))
                receivers[name] = hooks.enter_context(receiving())
                keys = Keys(name)
                await subscribed(endpoint, keys, receivers[name])
                order = WebhookOrder(
                    endpoint=endpoint, keys=keys, destinations=LOCAL, terms=Terms()
                )
                work = delivering.deliver(order, Standing(name), stopped)
                working.append(asyncio.create_task(work))
                create = {"type": "create", "interaction_id": f"of-{name}", "channel": "voice"}
                Tenant(server, name).send(create)
            for name, receiver in receivers.items():
                tenant = Tenant(server, name)
                await tenant.until(has_all(receiver, tenant))
                assert set(receiver.ids) == {f"{name}/{event}" for event in told_by(tenant)}
                assert {event["source"] for event in receiver.taken} == {f"/onequeue/{name}"}
            stopped.set()
            await asyncio.gather(*working)
    tenants = {
        sample.labels["tenant"]
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == "onequeue_webhook_deliveries_total"
    }
    assert tenants == {"a", "b"}
