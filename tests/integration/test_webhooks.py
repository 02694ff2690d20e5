"""`onequeue webhooks serve` as a process: killed again and again, doubled, stopped."""

from __future__ import annotations

import asyncio
import signal
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator

import pytest

from adapters.audit import Actor
from adapters.cloudevents import Past
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.wire import Endpoint
from adapters.webhooks.dead_letters import DeadLetters
from adapters.webhooks.register import Register, WantedWebhook
from adapters.webhooks.store import WebhookStore
from tests.adapters.webhooks.receiver import LOCAL, Receiver, receiving, told_by
from tests.integration.router_process import RouterProcess, Routers
from tests.tenant import Tenant, running_service

pytestmark = [
    pytest.mark.servers,
    pytest.mark.parametrize("session_server", ["valkey"], indirect=True),
]
KILLS = 2
WINDOW = 256
"""Events under way at once, as docs/webhooks.md says."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def serve(routers: Routers, server: EmbeddedServer, *options: str) -> RouterProcess:
    return routers.start(server.url, "--allow-loopback", *options, command="webhooks serve")


async def subscribe(tenant: Tenant, server: EmbeddedServer, receiver: Receiver) -> str:
    endpoint = Endpoint(server.url)
    parts = (
        WebhookStore(endpoint, tenant.keys),
        DeadLetters(endpoint, tenant.keys),
        Past(endpoint, tenant.keys),
    )
    register = Register(*parts, LOCAL, Actor("test"))
    made = await register.create(WantedWebhook(url=receiver.hook.url, begin="begin"))
    receiver.secrets.append(made.secrets[0].value)
    for part in parts:
        await part.close()
    return made.id


def send(tenant: Tenant, numbers: range) -> None:
    for n in numbers:
        name = f"i{n}"
        create = {"type": "create", "interaction_id": name, "channel": "voice"}
        tenant.send(create, {"type": "cancel", "interaction_id": name})


async def test_killed_again_and_again_it_loses_nothing_and_repeats_little(
    server: EmbeddedServer, routers: Routers, receiver: Receiver, unused_tcp_port: int
) -> None:
    tenant = Tenant(server)
    async with running_service(server.url):
        webhook = await subscribe(tenant, server, receiver)
        for kill in range(KILLS):
            send(tenant, range(kill * 150, (kill + 1) * 150))
            process = serve(routers, server)
            await tenant.until(more_than(receiver, len(receiver.taken) + 100))
            process.kill()
            tenant.client.delete(tenant.keys.webhook_leader)  # spares the test the wait for it
        third = serve(routers, server, "--metrics-port", str(unused_tcp_port))
        third.wait_until_it_says("delivering")
        fourth = serve(routers, server)
        await tenant.until(lambda: len(set(receiver.ids)) == len(told_by(tenant)))
        repeated = len(receiver.ids) - len(set(receiver.ids))
        assert repeated <= KILLS * WINDOW
        text = await asyncio.to_thread(_scraped, unused_tcp_port)
        assert f'deliveries_total{{outcome="delivered",webhook="{webhook}"}}' in text
        assert "onequeue_webhook_working 1.0" in text

        fourth.wait_until_it_says("waiting: another process delivers")
        third.send(signal.SIGTERM)
        assert third.status() == 0
        fourth.wait_until_it_says("delivering")
        send(tenant, range(1_000, 1_020))
        await tenant.until(lambda: len(set(receiver.ids)) == len(told_by(tenant)))
        fourth.send(signal.SIGINT)
        assert fourth.status() == 0
    assert set(receiver.ids) == {f"t/{name}" for name in told_by(tenant)}
    assert len(receiver.ids) - len(set(receiver.ids)) == repeated  # a stop repeats nothing
    assert in_order(receiver)
    assert not tenant.client.exists(tenant.keys.webhook_leader)
    log = third.last_words() + fourth.last_words()
    assert not any(secret in log for secret in receiver.secrets)


def more_than(receiver: Receiver, count: int) -> Callable[[], bool]:
    return lambda: len(receiver.taken) > count


def in_order(receiver: Receiver) -> bool:
    """Whether all that is about one thing came in its order, the first time that it came."""
    first: dict[str, dict[str, None]] = defaultdict(dict)
    for event in receiver.taken:
        first[event["subject"]].setdefault(event["id"])
    return all(list(ids) == sorted(ids, key=_order) for ids in first.values())


def _order(event_id: str) -> tuple[int, ...]:
    return tuple(map(int, event_id.replace("/", "-").split("-")))


def _scraped(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        text: str = answer.read().decode()
    return text
