"""One tenant on a cluster: any node's address will do, whatever moves, for every command."""

from __future__ import annotations

import asyncio
import json
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from adapters.redis.keys import Keys
from adapters.redis.server_check import check_server
from adapters.redis.wire import Endpoint
from router import events as ev
from router.errors import StoreUnavailable
from tests.adapters.cli.shell import Done, Shell
from tests.cluster import Cluster, running_cluster, url_of
from tests.integration.crew import CREW_POLICY, Crew
from tests.integration.router_process import Routers, verify
from tests.servers import PRODUCTS
from tests.tenant import Tenant, running_service

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]


def create(name: str) -> dict[str, str]:
    return {"type": "create", "interaction_id": name, "channel": "chat"}


@pytest.fixture(scope="module", params=PRODUCTS)
def shared_cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    with (
        tempfile.TemporaryDirectory(prefix="oq-") as directory,
        running_cluster(request.param, Path(directory)) as cluster,
    ):
        yield cluster


@pytest.fixture
def cluster(shared_cluster: Cluster) -> Cluster:
    shared_cluster.empty()
    return shared_cluster


@pytest.fixture
def policy(tmp_path: Path) -> str:
    path = tmp_path / "policy.yaml"
    path.write_text(yaml.safe_dump(CREW_POLICY))
    return str(path)


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(monkeypatch, capsys)


async def test_a_wire_follows_from_every_node(cluster: Cluster) -> None:
    key = Keys("t").leader
    for url in cluster.urls:
        endpoint = Endpoint(url)
        for wire in (endpoint.wire("one"), endpoint.wire("two")):
            ok, _, found = await wire.exchange(("SET", key, url), ("TIME",), ("GET", key))
            assert (ok, found) == (b"OK", url.encode())
            await wire.close()


async def test_a_transaction_is_moved_as_one(cluster: Cluster) -> None:
    for url in cluster.urls:
        wire = Endpoint(url).wire("test")
        *_, done = await wire.exchange(("MULTI",), ("INCR", "{t}n"), ("INCR", "{t}n"), ("EXEC",))
        await wire.close()
        assert done[1] - done[0] == 1
    assert done == [5, 6]


async def test_a_key_that_is_between_two_nodes_is_not_now(cluster: Cluster) -> None:
    source = cluster.owner()
    target = next(node for node in cluster.nodes if node is not source)
    wire = Endpoint(url_of(target)).wire("test")
    with cluster.moving(source, target):
        with pytest.raises(StoreUnavailable, match="ASK"):
            await wire.call("GET", Keys("t").leader)
        await wire.call("PING")
    assert await wire.call("GET", Keys("t").leader) is None
    await wire.close()


async def test_the_router_serves_from_every_node(cluster: Cluster) -> None:
    tenant = Tenant(cluster.owner())
    for number, url in enumerate(cluster.urls):
        async with running_service(url):
            (entry_id,) = tenant.send(create(f"i{number}"))
            await tenant.until_consumed(entry_id)
    created = tenant.journal().of(ev.InteractionCreated)
    assert [event.interaction_id for event in created] == ["i0", "i1", "i2"]


def test_every_command_takes_the_address_of_any_node(
    cluster: Cluster, routers: Routers, policy: str, tmp_path: Path, shell: Shell
) -> None:
    routers.start(cluster.urls[0], "--policy", policy).wait_until_it_says("policy in force")
    rows = tmp_path / "rows.csv"
    for number, url in enumerate(cluster.urls):

        def run(*command: str, where: tuple[str, ...] = ("--redis", url, "--tenant", "t")) -> Done:
            done = shell(*command, *where)
            assert done.code == 0, done.out + done.err
            return done

        rows.write_text("id,channel\n" + "".join(f"r{number}-{n},chat\n" for n in range(5)))
        run("send", str(rows), "--agents", "2", "--speed", "max", "--handle-s", "0.01")
        run("verify")
        events = [json.loads(line) for line in run("journal", "--json").out.splitlines()]
        offers = [event["offer_id"] for event in events if event["type"] == "offer_issued"]
        assert len(offers) >= 5 * (number + 1)
        assert offers[0] in run("explain", offers[0]).out
        assert run("stats", "--json").json["tenant"] == "t"
        run("policy", "apply", policy)
        run("policy", "versions")


async def test_a_slot_moves_live_and_comes_back(
    cluster: Cluster, routers: Routers, policy: str
) -> None:
    source = cluster.owner()
    target = next(node for node in cluster.nodes if node is not source)
    third = next(node for node in cluster.nodes if node not in (source, target))
    router = routers.start(url_of(third), "--policy", policy)
    await asyncio.to_thread(router.wait_until_it_says, "leading")
    with Crew(url_of(source), seed=3) as crew:
        for old, new in ((source, target), (target, source)):
            await asyncio.to_thread(crew.wait_for_endings, 20)
            await asyncio.to_thread(cluster.migrate, old, new)
        await asyncio.to_thread(crew.wait_for_endings, 20)
        await asyncio.to_thread(crew.finish)
    assert router.process.poll() is None
    router.send(signal.SIGTERM)
    assert await asyncio.to_thread(router.status) == 0
    await asyncio.to_thread(verify, url_of(third))
    created = Tenant(source).journal().of(ev.InteractionCreated)
    assert [event.interaction_id for event in created] == [f"i{n}" for n in range(crew.created)]


async def test_a_replica_that_takes_over_is_found_through_the_other_nodes(
    short_path: Path,
) -> None:
    with running_cluster("valkey", short_path, replica=True) as cluster:
        primary, (replica,) = cluster.nodes[0], cluster.replicas
        name = next(f"t{n}" for n in range(100) if cluster.owner(f"t{n}") is primary)
        tenant, heir = Tenant(primary, name), Tenant(replica, name)
        wire = Endpoint(url_of(replica)).wire("check")
        facts = await check_server(wire, tenant.keys.journal)
        await wire.close()
        assert (facts.role, facts.replicas) == ("master", 1)
        async with running_service(url_of(primary), name) as (service, _):
            (entry_id,) = tenant.send(create("before"))
            await tenant.until(lambda: service.position == entry_id)
            assert tenant.client.execute_command("WAIT", 1, 20_000) == 1
            primary.kill()
            await heir.until(lambda: heir.client.info("replication")["role"] == "master", 60.0)
            (entry_id,) = heir.send(create("after"))
            await heir.until(lambda: service.position == entry_id, 60.0)
    assert service.engine.state.interactions.keys() == {"before", "after"}
