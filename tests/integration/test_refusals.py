"""A router as a process on a server that says no: it stays, says what is wrong, and can be read."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.redis.embedded import EmbeddedServer
from router import events as ev
from tests.integration.router_process import ROOT, Routers, verify
from tests.refusing import full
from tests.tenant import Tenant

pytestmark = [pytest.mark.servers, pytest.mark.timeout(120)]

LOGIN = {"type": "agent_login", "agent_id": "ann", "inbox": "desk"}


def create(name: str) -> dict[str, str]:
    return {"type": "create", "interaction_id": name, "channel": "chat"}


def scraped(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return {
        name: float(value)
        for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")
    }


def stats(url: str) -> str:
    command = (sys.executable, "-m", "adapters.cli.main", "stats", "--redis", url, "--tenant", "t")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def any_server(short_path: Path) -> Iterator[EmbeddedServer]:
    """Of one product: that both answer so is tested with the service alone."""
    with EmbeddedServer(short_path) as server:
        yield server


def test_a_full_server_is_read_from_and_told_of(
    any_server: EmbeddedServer, routers: Routers, unused_tcp_port: int
) -> None:
    server = any_server
    tenant = Tenant(server)
    router = routers.start(server.url, "--metrics-port", str(unused_tcp_port))
    router.wait_until_it_says("policy in force")
    (last,) = tenant.send(LOGIN, create("one"))[-1:]
    wait_for(tenant, last)
    assert len(tenant.journal().of(ev.OfferIssued)) == 1
    with full(server, ("XADD", tenant.keys.inbound, "*", "j", '{"type":"odd"}')):
        router.wait_until_it_says("Redis failed us, trying again")
        (told, *_) = router.said("Redis failed us, trying again")
        assert told["error"].startswith("Redis answered OOM")
        assert "raise it" in told["remedy"]
        found = scraped(unused_tcp_port)
        assert found['onequeue_redis_refusals_total{code="OOM"}'] >= 1
        assert found["onequeue_redis_failed_attempts"] >= 1
        verify(server.url)
        assert "agents: 1 available" in stats(server.url)
        assert router.process.poll() is None
    router.wait_until_it_says("Redis answers again")
    assert scraped(unused_tcp_port)["onequeue_redis_failed_attempts"] == 0
    (last,) = tenant.send(create("two"))
    wait_for(tenant, last)
    assert len(tenant.journal().of(ev.OfferIssued)) == 2
    router.send(signal.SIGTERM)
    assert router.status() == 0
    verify(server.url)


def test_a_server_without_its_data_ends_the_router(
    server: EmbeddedServer, routers: Routers
) -> None:
    tenant = Tenant(server)
    router = routers.start(server.url)
    router.wait_until_it_says("policy in force")
    began = tenant.client.get(tenant.keys.began)
    tenant.client.flushall()
    tenant.send(LOGIN, create("one"))
    assert router.status() == 4
    # what a snapshot of the server's may have kept of us
    tenant.client.set(tenant.keys.began, began)
    assert routers.start(server.url).status() == 4
    assert not tenant.client.exists(tenant.keys.journal)
    assert not tenant.client.exists(tenant.keys.work("desk"))


def wait_for(tenant: Tenant, entry_id: str) -> None:
    asyncio.run(tenant.until_consumed(entry_id))
