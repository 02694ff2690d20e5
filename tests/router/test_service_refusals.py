"""Real servers that say no: nothing is handed out, the service stays, and goes on by itself."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.refusals import REMEDIES, refusal_code
from router import events as ev
from tests.refusing import (
    another_password,
    busy,
    disk_full,
    full,
    guarded,
    read_only,
    too_few_replicas,
    with_a_disk,
    without_rights,
)
from tests.servers import FAST, PRODUCTS
from tests.tenant import Notes, Tenant, running_service

LOGIN = {"type": "agent_login", "agent_id": "ann", "inbox": "desk"}

Refusing = Callable[..., AbstractContextManager[None]]


def create(name: str, channel: str = "chat") -> dict[str, Any]:
    return {"type": "create", "interaction_id": name, "channel": channel}


def added(tenant: Tenant, command: dict[str, Any]) -> tuple[Any, ...]:
    """The command of Redis that adds one to inbound."""
    return ("XADD", tenant.keys.inbound, "*", "m", msgspec.msgpack.encode(command))


def codes(notes: Notes) -> set[str]:
    return set(map(refusal_code, notes.errors))


def offered(tenant: Tenant) -> list[str]:
    return [offer.interaction_id for offer in tenant.journal().of(ev.OfferIssued)]


@pytest.fixture
def tenant(server: EmbeddedServer) -> Tenant:
    return Tenant(server)


@pytest.mark.parametrize(
    ("refusing", "code"),
    [
        (full, "OOM"),
        (read_only, "READONLY"),
        (too_few_replicas, "NOREPLICAS"),
        (without_rights, "NOPERM"),
    ],
)
async def test_writes_that_are_refused(
    server: EmbeddedServer, tenant: Tenant, refusing: Refusing, code: str
) -> None:
    notes = Notes()
    async with running_service(guarded(server), notes=notes) as (service, running):
        tenant.send(LOGIN, create("one"))
        await tenant.until(lambda: offered(tenant) == ["one"])
        before = tenant.client.xlen(tenant.keys.journal), len(tenant.work())
        with refusing(server, added(tenant, create("two"))):
            await tenant.until(lambda: code in codes(notes))
            recoveries, errors = len(notes.recoveries), len(notes.errors)
            await tenant.until(lambda: len(notes.errors) > errors + 2)
            assert (tenant.client.xlen(tenant.keys.journal), len(tenant.work())) == before
            assert not running.done()
            assert len(notes.recoveries) == recoveries
        await tenant.until(lambda: "two" in offered(tenant))
        await tenant.until(lambda: len(notes.recoveries) > recoveries)
        live = service.engine.state_bytes()
    assert code in codes(notes)
    assert code in REMEDIES
    assert tenant.journal().fold().state_bytes() == live


@pytest.mark.parametrize(("refusing", "code"), [(busy, "BUSY"), (another_password, "WRONGPASS")])
async def test_everything_that_is_refused(
    server: EmbeddedServer, tenant: Tenant, refusing: Refusing, code: str
) -> None:
    notes = Notes()
    async with running_service(guarded(server), notes=notes) as (_, running):
        await tenant.until(lambda: tenant.journal().of(ev.PolicyReplaced))
        with refusing(server):
            await tenant.until(lambda: code in codes(notes))
            assert not running.done()
        tenant.send(LOGIN, create("one"))
        await tenant.until(lambda: offered(tenant) == ["one"])
        await tenant.until(lambda: notes.recoveries)
    assert code in REMEDIES


async def test_a_timer_does_not_fire_while_nothing_can_be_written(
    server: EmbeddedServer, tenant: Tenant
) -> None:
    """And the offer that could not be written is made anew before anybody is blamed for it."""
    async with running_service(server.url):
        tenant.send(LOGIN)
        await tenant.until(lambda: tenant.journal().of(ev.AgentAvailable))
        with full(server, added(tenant, create("one", "flash"))):
            await asyncio.sleep(1.5)  # more than the offer stands, and than an append may take
            assert offered(tenant) == []
        await tenant.until(lambda: len(tenant.journal().of(ev.OfferIssued)) >= 2)
    late, anew, *_ = tenant.journal().of(ev.OfferIssued)
    rescinded = tenant.journal().of(ev.OfferRescinded)[0]
    assert (rescinded.offer_id, rescinded.reason) == (late.offer_id, "written_late")
    assert late.offer_id not in [
        expired.offer_id for expired in tenant.journal().of(ev.OfferExpired)
    ]
    assert anew.expires_ms > late.expires_ms + 1_000


async def test_a_server_that_is_slow_to_write(server: EmbeddedServer, tenant: Tenant) -> None:
    notes = Notes()
    names = [f"i{n}" for n in range(3_000)]
    async with running_service(server.url, notes=notes):
        await tenant.until(lambda: tenant.journal().of(ev.PolicyReplaced))
        with tenant.client.pipeline(transaction=True) as pipeline:
            for name in names:
                pipeline.execute_command(*added(tenant, create(name, "voice")))
            pipeline.execute_command(*added(tenant, LOGIN))
            pipeline.execute_command("CLIENT", "PAUSE", 1_500, "WRITE")
            pipeline.execute()
        await tenant.until(lambda: offered(tenant))
    assert [e.interaction_id for e in tenant.journal().of(ev.InteractionCreated)] == names
    assert max(notes.took_s) > 1.0
    assert notes.errors == []


@pytest.fixture(params=PRODUCTS)
def product(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_a_disk_that_is_full(product: str, short_path: Path) -> None:
    notes = Notes()
    with with_a_disk(product, short_path / "own") as server:
        tenant = Tenant(server)
        async with running_service(server.url, notes=notes) as (_, running):
            tenant.send(LOGIN, create("one"))
            await tenant.until(lambda: offered(tenant) == ["one"])
            with disk_full(server):
                tenant.send(create("two"))
                await tenant.until(lambda: "MISCONF" in codes(notes))
                assert not running.done()
            await tenant.until(lambda: "two" in offered(tenant))
        tenant.client.close()


async def test_a_snapshot_of_the_server_that_failed(product: str, short_path: Path) -> None:
    notes = Notes()
    with with_a_disk(product, short_path / "own", "--appendonly", "no") as server:
        tenant = Tenant(server)
        tenant.client.config_set("save", "3600 1")
        async with running_service(server.url, notes=notes):
            await tenant.until(lambda: tenant.journal().of(ev.PolicyReplaced))
            with disk_full(server):
                tenant.send(LOGIN, create("one"))
                tenant.client.bgsave()
                await tenant.until(lambda: saved(tenant, "err"))
                await tenant.until(lambda: "MISCONF" in codes(notes))
            tenant.client.bgsave()
            await tenant.until(lambda: saved(tenant, "ok"))
            tenant.send(create("two"))
            await tenant.until(lambda: "two" in offered(tenant))
        tenant.client.close()


def saved(tenant: Tenant, outcome: str) -> bool:
    found = tenant.client.info("persistence")
    return not found["rdb_bgsave_in_progress"] and found["rdb_last_bgsave_status"] == outcome


async def test_a_server_that_loads_its_data(short_path: Path) -> None:
    notes = Notes()
    with EmbeddedServer(short_path, extra=FAST) as server:
        tenant = Tenant(server)
        async with running_service(server.url, notes=notes):
            await tenant.until(lambda: tenant.journal().of(ev.PolicyReplaced))
            with tenant.client.pipeline(transaction=False) as pipeline:
                for n in range(6_000):
                    pipeline.set(f"filler {n}", n)
                pipeline.execute()
            server.kill()
            with started_slowly(short_path):
                await tenant.until(lambda: "LOADING" in codes(notes))
                await tenant.until(lambda: notes.recoveries)
                tenant.send(LOGIN, create("one"))
                await tenant.until(lambda: offered(tenant) == ["one"])
        tenant.client.close()


@contextmanager
def started_slowly(directory: Path) -> Iterator[None]:
    """A server that takes its time for every key that it loads."""
    ended = threading.Event()

    def serve() -> None:
        # a server ends with the thread that has started it
        with EmbeddedServer(directory, extra=(*FAST, "--key-load-delay", "100")):
            ended.wait()

    serving = threading.Thread(target=serve)
    serving.start()
    yield
    ended.set()
    serving.join()
