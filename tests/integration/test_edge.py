"""`onequeue edge` as a process before a real router: killed, doubled, stopped; nothing is lost."""

from __future__ import annotations

import asyncio
import signal
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from adapters.redis.embedded import EmbeddedServer
from router.events import InteractionCancelled, InteractionCreated, Rejected, Repeated
from tests.adapters.edge.hook import Exchange, Hook
from tests.integration.router_process import RouterProcess, Routers, verify
from tests.tenant import Tenant

pytestmark = [pytest.mark.servers, pytest.mark.any_server]
RULES = """
rules:
  - name: who
    webhook: {{url: "{url}", secret: {{file: {secret}}}}}
    deadline_s: 10
    concurrency: 64
    default: {{attributes: {{tier: unknown}}}}
"""


def gold(exchange: Exchange) -> None:
    time.sleep(0.005)
    exchange.say({"priority": 4, "attributes": {"tier": "gold"}})


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook(gold) as hook:
        yield hook


@pytest.fixture
def rules(hook: Hook, tmp_path: Path) -> str:
    (tmp_path / "secret").write_text("s3cret")
    path = tmp_path / "edge.yaml"
    path.write_text(RULES.format(url=hook.url, secret=tmp_path / "secret"))
    return str(path)


def start(routers: Routers, server: EmbeddedServer, *options: str) -> RouterProcess:
    return routers.start(server.url, *options, command="edge")


def send(tenant: Tenant, numbers: range) -> None:
    pipeline = tenant.client.pipeline(transaction=False)
    for n in numbers:
        name = f"i{n}"
        create = {"type": "create", "interaction_id": name, "channel": "voice"}
        for command in (create, {"type": "cancel", "interaction_id": name}):
            pipeline.xadd(tenant.keys.edge, {"m": msgspec.msgpack.encode(command)})
    pipeline.execute()


def scraped(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        text: str = answer.read().decode()
    return text


async def until_fewer(tenant: Tenant, left: int) -> None:
    await tenant.until(lambda: tenant.client.xlen(tenant.keys.edge) < left)


async def until_cancelled(tenant: Tenant, interactions: int) -> None:
    def done() -> bool:
        newest = tenant.client.xlen(tenant.keys.edge)
        return not newest and len(tenant.journal().of(InteractionCancelled)) >= interactions

    await tenant.until(done, timeout_s=60.0)


async def test_an_edge_that_is_killed_again_and_again(
    server: EmbeddedServer, routers: Routers, rules: str, hook: Hook
) -> None:
    tenant = Tenant(server)
    routers.start(server.url).wait_until_it_says("leading")
    send(tenant, range(300))
    for _ in range(2):
        edge = start(routers, server, rules)
        left = tenant.client.xlen(tenant.keys.edge)
        await until_fewer(tenant, left)
        edge.kill()
        tenant.client.delete(tenant.keys.edge_leader)  # spares the test the wait for its lease
    start(routers, server, rules)
    await until_cancelled(tenant, 300)
    journal = tenant.journal()
    created = journal.of(InteractionCreated)
    assert Counter(event.interaction_id for event in created) == {f"i{n}": 1 for n in range(300)}
    assert {event.priority for event in created} == {4}
    assert journal.of(Rejected) == journal.of(Repeated) == []
    assert len(hook.asked) > 300
    verify(server.url)


async def test_a_second_edge_waits_and_takes_over(
    server: EmbeddedServer, routers: Routers, rules: str, unused_tcp_port: int
) -> None:
    tenant = Tenant(server)
    routers.start(server.url).wait_until_it_says("leading")
    first = start(routers, server, rules, "--metrics-port", str(unused_tcp_port))
    first.wait_until_it_says("working")
    second = start(routers, server, rules)
    second.wait_until_it_says("waiting: another edge works")
    send(tenant, range(10))
    await until_cancelled(tenant, 10)
    text = await asyncio.to_thread(scraped, unused_tcp_port)
    assert "onequeue_edge_commands_total 20.0" in text
    assert 'onequeue_edge_questions_total{outcome="answered",rule="who"} 10.0' in text
    first.send(signal.SIGTERM)
    assert first.status() == 0
    second.wait_until_it_says("working")
    send(tenant, range(10, 20))
    await until_cancelled(tenant, 20)
    second.send(signal.SIGINT)
    assert second.status() == 0
    assert not tenant.client.exists(tenant.keys.edge_leader)


async def test_a_stop_in_the_middle_of_a_question_leaves_the_command_where_it_is(
    server: EmbeddedServer, routers: Routers, rules: str, hook: Hook
) -> None:
    tenant = Tenant(server)
    hook.answer = lambda exchange: hook.released.wait()
    edge = start(routers, server, rules)
    send(tenant, range(1))
    await tenant.until(lambda: hook.asked)
    edge.send(signal.SIGTERM)
    assert edge.status() == 0
    assert tenant.client.xlen(tenant.keys.edge) == 2
    assert not tenant.client.exists(tenant.keys.inbound)


def test_who_is_not_let_in_is_told_at_once(
    server: EmbeddedServer, routers: Routers, rules: str
) -> None:
    url = server.url.replace("unix://", "unix://nobody:secret@")
    edge = routers.start(url, rules, command="edge")
    assert edge.status() == 2
    assert "NOAUTH" in edge.last_words() or "WRONGPASS" in edge.last_words()
    assert "nobody:secret" not in edge.last_words()
