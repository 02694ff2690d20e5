"""One process of several tenants: what one does or suffers, the others do not notice."""

from __future__ import annotations

import json
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.redis.embedded import EmbeddedServer
from router.events import LeaderStarted
from tests.integration.router_process import RouterProcess, Routers, verify
from tests.tenant import POLICY, Tenant

pytestmark = pytest.mark.servers

TENANTS = ("a", "b", "c")


@pytest.fixture
def one_server(short_path: Path) -> Iterator[EmbeddedServer]:
    """Of one product: what is tested here does not depend on it."""
    with EmbeddedServer(short_path / "data", extra=("--appendfsync", "no")) as server:
        yield server


class House:
    """A router process with its configuration, and the clients of its tenants."""

    def __init__(
        self, server: EmbeddedServer, routers: Routers, directory: Path, port: int
    ) -> None:
        self.server = server
        self.port = port
        self.file = directory / "onequeue.yaml"
        (directory / "policy.yaml").write_text(yaml.safe_dump(POLICY))
        self.write(*TENANTS)
        self.router: RouterProcess = routers.start(
            server.url, "--config", str(self.file), tenant=""
        )

    def write(self, *tenants: str, **changed: dict[str, Any]) -> None:
        document = {
            "serve": {"metrics_port": self.port, "policy": "policy.yaml"},
            "tenants": {name: changed.get(name, {}) for name in tenants},
        }
        self.file.write_text(yaml.safe_dump(document))

    def tell_anew(self, *tenants: str, **changed: dict[str, Any]) -> None:
        self.write(*tenants, **changed)
        self.router.send(signal.SIGHUP)

    def ready(self) -> tuple[int, dict[str, Any]]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz") as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)
        except urllib.error.URLError:
            return 0, {}

    def until(self, what: Callable[[int, dict[str, Any]], bool], timeout_s: float = 20.0) -> None:
        deadline = time.monotonic() + timeout_s
        while not what(*self.ready()):
            assert self.router.process.poll() is None, self.router.last_words()
            assert time.monotonic() < deadline, (self.ready(), self.router.last_words())
            time.sleep(0.02)

    def until_all_lead(self, *tenants: str) -> None:
        led = {name: {"state": "leading", "ready": True} for name in tenants}
        self.until(lambda code, told: (code, told) == (200, led))


@pytest.fixture
def house(
    one_server: EmbeddedServer, routers: Routers, tmp_path: Path, unused_tcp_port: int
) -> House:
    house = House(one_server, routers, tmp_path, unused_tcp_port)
    house.until_all_lead(*TENANTS)
    return house


async def route_one(tenant: Tenant, number: int) -> str:
    """An agent takes an interaction; the id of its last command."""
    agent, name = f"agent-{number}", f"i-{number}"
    tenant.send(
        {"type": "agent_login", "agent_id": agent, "inbox": "desk"},
        {"type": "create", "interaction_id": name, "channel": "chat"},
    )

    def offers() -> list[dict[str, Any]]:
        return [e for e in tenant.work() if e["type"] == "offer" and e["interaction_id"] == name]

    await tenant.until(offers)
    (offer,) = offers()
    taker = offer["agent_id"]
    last, *_ = tenant.send({"type": "accept", "offer_id": offer["offer_id"], "agent_id": taker})
    await tenant.until_consumed(last)
    return last


async def test_what_befalls_one_tenant_leaves_the_others_serving(house: House) -> None:
    a, b, c = (Tenant(house.server, name) for name in TENANTS)
    for tenant in (a, b, c):
        await route_one(tenant, 1)
    # entries that are no commands, and a policy that cannot be
    a.client.xadd(a.keys.inbound, {"m": b"\xc1", "x": b"?"})
    a.send({"type": "replace_policy", "policy": {"channels": 7}}, {"type": "no such thing"})
    # the journal of another is lost: nothing more is handed out, and nobody may begin it anew
    b.client.delete(b.keys.journal)
    house.until(lambda code, told: code == 503 and told["b"]["state"] == "failed")
    _, told = house.ready()
    assert told["b"]["error"].startswith("JournalGone")
    assert {told["a"]["state"], told["c"]["state"]} == {"leading"}
    for tenant in (a, c):
        await route_one(tenant, 2)
        verify(house.server.url, tenant.keys.tenant)
    # a person gives its old state up, and asks for all to be read anew
    house.tell_anew("a", "c")
    house.until_all_lead("a", "c")
    b.client.delete(b.keys.began)
    epochs = [len(tenant.journal().of(LeaderStarted)) for tenant in (a, c)]
    house.tell_anew(*TENANTS)
    house.until_all_lead(*TENANTS)
    await route_one(b, 3)
    assert epochs == [1, 1]
    house.router.send(signal.SIGTERM)
    assert house.router.status() == 0
    assert not any(tenant.client.exists(tenant.keys.leader) for tenant in (a, b, c))
