"""A primary that dies and a replica that lagged: real routers, real work, nothing lost."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

import pytest
import yaml
from redis import ConnectionError as ConnectionLost
from redis import Redis

from adapters.redis.embedded import EmbeddedServer
from router import events as ev
from tests.failover import end_at_once, replicated, sentinel
from tests.integration.crew import CREW_POLICY, Crew
from tests.integration.router_process import RouterProcess, Routers, verify
from tests.servers import FAST, PRODUCTS, binary_of, plain_client
from tests.tenant import Notes, Tenant, running_service

Ports: TypeAlias = Callable[[], int]

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]


@pytest.fixture
def policy(tmp_path: Path) -> str:
    path = tmp_path / "policy.yaml"
    path.write_text(yaml.safe_dump(CREW_POLICY))
    return str(path)


async def until_said(router: RouterProcess, event: str) -> None:
    await asyncio.to_thread(router.wait_until_it_says, event)


async def until_all_is_consumed(server: EmbeddedServer) -> None:
    tenant = Tenant(server)
    newest = tenant.client.xrevrange(tenant.keys.inbound, count=1)
    await tenant.until_consumed(newest[0][0].decode())


def check_one_owner_each(server: EmbeddedServer, crew: Crew) -> None:
    """Everything that arrived has ended once, and nobody else has accepted it."""
    verify(server.url)
    journal = Tenant(server).journal()
    created = [event.interaction_id for event in journal.of(ev.InteractionCreated)]
    ended = [event.interaction_id for event in journal.of(ev.InteractionWrappedUp)]
    accepted = Counter(event.interaction_id for event in journal.of(ev.OfferAccepted))
    assert created == [f"i{n}" for n in range(crew.created)]
    assert sorted(ended) == sorted(created)
    assert set(accepted.values()) == {1}


@pytest.mark.parametrize("product", PRODUCTS)
async def test_a_lagging_replica_is_promoted_under_load(
    product: str, short_path: Path, policy: str, routers: Routers
) -> None:
    async with replicated(product, short_path) as pair:
        router = routers.start(pair.address.url, "--policy", policy)
        await until_said(router, "leading")
        with Crew(pair.address.url, seed=7) as crew:
            await asyncio.to_thread(crew.wait_for_endings, 20)
            await pair.lag()
            await asyncio.to_thread(crew.wait_for_endings, 60)
            # a command that the primary alone has seen is lost with it, and its sender's matter
            await asyncio.to_thread(crew.pause)
            await until_all_is_consumed(pair.primary)
            acknowledged = Tenant(pair.primary).journal().ids
            pair.fail_over()
            await until_said(router, "Redis answers again")
            crew.go_on()
            await asyncio.to_thread(crew.finish)
        (restored,) = router.said(
            "the server had lost records of the journal; they have been written again, nothing is "
            "missing"
        )
        assert restored["last"] in acknowledged[-2:]  # the answer to the last may be under way
        assert restored["offers"] > 0
        router.send(signal.SIGTERM)
        assert await asyncio.to_thread(router.status) == 0
        journal = Tenant(pair.replica).journal()
        assert journal.ids[: len(acknowledged)] == acknowledged
        assert len(journal.of(ev.RecordsRestored)) == 1
        await asyncio.to_thread(check_one_owner_each, pair.replica, crew)


async def test_a_router_that_was_replaced_on_the_replica_names_what_is_lost(
    short_path: Path, policy: str, routers: Routers
) -> None:
    async with replicated("valkey", short_path) as pair:
        first = routers.start(pair.address.url, "--policy", policy)
        await until_said(first, "policy in force")
        await pair.lag()
        before = Tenant(pair.primary)
        (last,) = before.send({"type": "create", "interaction_id": "lost", "channel": "voice"})
        await before.until_consumed(last)
        pair.address.refusing = True
        pair.promote()
        second = routers.start(pair.replica.url, "--takeover")
        await until_said(second, "leading")
        pair.address.refusing = False
        pair.address.switch(pair.replica)
        assert await asyncio.to_thread(first.status) == 3
        (told,) = first.said("lost with these records")
        assert told["interactions_created"] == ["lost"]
        await asyncio.to_thread(verify, pair.replica.url)


async def test_sentinels_are_asked_for_the_primary(
    short_path: Path, policy: str, routers: Routers, unused_tcp_port_factory: Ports
) -> None:
    product = "redis"  # which has them in its package
    ports = unused_tcp_port_factory(), unused_tcp_port_factory()
    primary, replica = (
        EmbeddedServer(short_path / name, port=port, binary=binary_of(product), extra=FAST)
        for name, port in zip(("one", "two"), ports, strict=True)
    )
    with primary, replica, sentinel(product, short_path, ports[0]) as watcher:
        before, after = Tenant(primary), Tenant(replica)
        after.client.replicaof("127.0.0.1", ports[0])
        nobody = unused_tcp_port_factory()
        url = f"redis+sentinel://127.0.0.1:{nobody},{watcher}/oq"
        router = routers.start(url, "--policy", policy)
        await until_said(router, "policy in force")
        (last,) = before.send({"type": "create", "interaction_id": "one", "channel": "voice"})
        await before.until_consumed(last)
        await after.until(lambda: after.client.xlen(after.keys.journal) >= 3)
        await after.until(lambda: knows_a_replica(watcher))
        primary.kill()
        await after.until(lambda: is_primary(after.client), 60.0)
        after.send({"type": "create", "interaction_id": "two", "channel": "voice"})
        await after.until(lambda: len(after.journal().of(ev.InteractionCreated)) == 2)
        assert router.process.poll() is None
        await asyncio.to_thread(verify, url)
        end_at_once(replica)


def is_primary(client: Redis) -> bool:
    with suppress(ConnectionLost):  # whoever is promoted closes its connections
        return bool(client.info("replication")["role"] == "master")
    return False


def knows_a_replica(watcher: str) -> bool:
    with Redis.from_url(f"redis://{watcher}", protocol=2) as client:
        return bool(client.sentinel_slaves("oq"))


@pytest.mark.parametrize("product", PRODUCTS)
async def test_a_primary_without_its_replica_refuses_and_takes_it_later(
    product: str, short_path: Path
) -> None:
    """With ``min-replicas-to-write`` nothing is handed out that one server alone has."""
    notes = Notes()
    async with (
        replicated(product, short_path) as pair,
        running_service(pair.address.url, notes=notes),
    ):
        tenant = Tenant(pair.primary)
        seconds, _ = tenant.client.time()
        aside = {"suspension": {"until_ms": (int(seconds) + 2) * 1_000}}
        create = {"type": "create", "interaction_id": "one", "channel": "voice", **aside}
        (*_, last) = tenant.send({"type": "agent_login", "agent_id": "a", "inbox": "desk"}, create)
        await tenant.until_consumed(last)
        with plain_client(pair.replica) as replica:
            replica.replicaof("NO", "ONE")
            tenant.client.config_set("min-replicas-to-write", 1)
            records = tenant.client.xlen(tenant.keys.journal)
            await tenant.until(lambda: any("NOREPLICAS" in str(error) for error in notes.errors))
            assert tenant.client.xlen(tenant.keys.journal) == records
            assert "offer" not in [entry["type"] for entry in tenant.work()]
            replica.replicaof("127.0.0.1", pair.line.port)
        await tenant.until(lambda: "offer" in [entry["type"] for entry in tenant.work()])
        # it is told once the write is done that made the offer visible
        await tenant.until(lambda: bool(notes.recoveries))
