"""Twice what the router can take, for a while: everything has one outcome, and agents go on."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from router import events as ev
from tests.integration.router_process import RouterProcess, Routers, verify
from tests.servers import plain_client
from tests.tenant import POLICY, Tenant

pytestmark = [
    pytest.mark.servers,
    pytest.mark.timeout(240),
    pytest.mark.skipif(sys.platform != "linux", reason="reads a process' memory from /proc"),
]

SURGE_S = 3.0
TICK_S = 0.02
INBOUND_MAX = 2_000
MEMORY_MIB_MAX = 512
AGENTS = 20
GATE, DESK = "gate", "desk"


class Client:
    """A client of the tenant with a thread of its own, until it is left."""

    def __init__(self, server: EmbeddedServer) -> None:
        self.client = plain_client(server)
        self.keys = Keys("t")
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._failure: BaseException | None = None

    def __enter__(self) -> Any:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(30)
        self.client.close()
        assert self._failure is None, self._failure

    def send(self, *commands: dict[str, Any]) -> None:
        with self.client.pipeline(transaction=False) as pipeline:
            for command in commands:
                pipeline.xadd(self.keys.inbound, {"m": msgspec.msgpack.encode(command)})
            pipeline.execute()

    def turn(self) -> None:
        """What it does again and again."""
        raise NotImplementedError

    def _run(self) -> None:
        try:
            while not self._ended.is_set():
                self.turn()
        except BaseException as error:
            self._failure = error
            raise


class Flood(Client):
    """Creates at a fixed rate, whatever becomes of them."""

    def __init__(self, server: EmbeddedServer, a_second: int) -> None:
        super().__init__(server)
        self._first = self._a_tick = round(a_second * TICK_S)
        self._due_s = time.monotonic()
        self.sent = 0

    def press(self) -> None:
        """As much again: the router is quicker than when it was measured."""
        self._a_tick += self._first

    def turn(self) -> None:
        numbers = range(self.sent, self.sent + self._a_tick)  # which may be more by the next line
        self.send(*(create(f"f{number}") for number in numbers))
        self.sent = numbers.stop
        self._due_s += TICK_S
        time.sleep(max(0.0, self._due_s - time.monotonic()))


class Desk(Client):
    """Agents who accept all that they are offered, and are done with it at once."""

    def __init__(self, server: EmbeddedServer) -> None:
        super().__init__(server)
        self._after = "0-0"
        self.assigned = 0
        names = (f"agent-{n}" for n in range(AGENTS))
        self.send(*({"type": "agent_login", "agent_id": name, "inbox": DESK} for name in names))

    def turn(self) -> None:
        found = self.client.xread({self.keys.work(DESK): self._after}, count=500, block=50)
        for entry_id, fields in found[0][1] if found else ():
            self._after = entry_id
            self._answer(msgspec.msgpack.decode(fields[b"m"]))

    def _answer(self, message: dict[str, Any]) -> None:
        names = {name: message.get(name) for name in ("agent_id", "interaction_id", "offer_id")}
        if message["type"] == "offer":
            del names["interaction_id"]
            self.send({"type": "accept", **names})
        elif message["type"] == "assigned":
            self.assigned += 1
            del names["offer_id"]
            self.send({"type": "complete", **names})


def create(name: str) -> dict[str, Any]:
    return {"type": "create", "interaction_id": name, "channel": "chat", "reply_to": GATE}


def taken_a_second(tenant: Tenant) -> int:
    """How many creates the router takes when there is nothing else to do."""
    count, began_s = 2_000, time.monotonic()
    (*_, last) = tenant.send(*(create(f"w{n}") for n in range(count)))
    asyncio.run(tenant.until_consumed(last))
    return round(count / (time.monotonic() - began_s))


def peak_mib(router: RouterProcess) -> int:
    """The most memory that a process has had."""
    status = Path(f"/proc/{router.process.pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) // 1_024


def until(what: Callable[[], object], timeout_s: float = 60.0) -> None:
    assert waited_for(what, timeout_s), "it did not come about"


def waited_for(what: Callable[[], object], timeout_s: float) -> bool:
    """Whether it came about in time."""
    deadline = time.monotonic() + timeout_s
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def options(tmp_path: Path) -> tuple[str, ...]:
    path = tmp_path / "policy.yaml"
    path.write_text(yaml.safe_dump(POLICY))
    return ("--policy", str(path), "--inbound-max-entries", str(INBOUND_MAX))


def test_a_surge_of_twice_the_routers_rate(
    short_path: Path, routers: Routers, options: tuple[str, ...]
) -> None:
    with EmbeddedServer(short_path) as server:
        tenant = Tenant(server)
        router = routers.start(server.url, *options)
        router.wait_until_it_says("policy in force")
        rate = taken_a_second(tenant)
        with Desk(server) as desk:
            until(lambda: desk.assigned > AGENTS)
            with Flood(server, 2 * rate) as flood:
                before = desk.assigned
                while not waited_for(lambda: router.said("intake changed"), SURGE_S):
                    flood.press()
                # once intake is closed, answers come through while the flood goes on
                until(lambda: desk.assigned > before + 3 * AGENTS)
            (last,) = tenant.send({"type": "inquire_version", "agent_id": "agent-0"})
            asyncio.run(tenant.until_consumed(last))
            until(lambda: router.said("intake changed")[-1]["open"])
            desk.send(create("after"))
            until(lambda: any(e.interaction_id == "after" for e in created(tenant)))
        check_conservation(tenant, flood.sent)
        assert peak_mib(router) < MEMORY_MIB_MAX
        verify(server.url)
        tenant.client.close()


def created(tenant: Tenant) -> list[Any]:
    return tenant.journal().of(ev.InteractionCreated)


def check_conservation(tenant: Tenant, sent: int) -> None:
    """Each create of the flood was taken or refused, once, and whoever sent it was told."""
    taken = {event.interaction_id for event in created(tenant)}
    refused = tenant.journal().of(ev.Rejected)
    names = [event.target for event in refused]
    assert len(refused) > 100
    assert {event.code for event in refused} == {"overloaded"}
    assert all(event.detail and event.retry_after_ms for event in refused)
    assert len(names) == len(set(names))
    assert taken.isdisjoint(names)
    flooded = {f"f{number}" for number in range(sent)}
    assert flooded == {name for name in taken.union(names) if name.startswith("f")}
    told = [entry["target"] for entry in tenant.work(GATE) if entry["type"] == "rejected"]
    assert told == names
