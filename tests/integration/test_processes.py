"""Processes killed, paused and replaced while work goes on: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from adapters.redis.embedded import EmbeddedServer
from router import events as ev
from tests.integration.crew import CREW_POLICY, Crew
from tests.integration.router_process import Routers, verify
from tests.servers import FAST, PRODUCTS, binary_of
from tests.tenant import Tenant, running_service

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]


@pytest.fixture
def seed() -> int:
    """New in every run; printed with a failure, and taken from ONEQUEUE_TEST_SEED if given."""
    seed = int(os.environ.get("ONEQUEUE_TEST_SEED", random.SystemRandom().randrange(2**32)))
    sys.stdout.write(f"ONEQUEUE_TEST_SEED={seed}\n")
    return seed


@pytest.fixture(params=PRODUCTS)
def durable(request: pytest.FixtureRequest, short_path: Path) -> Iterator[EmbeddedServer]:
    """A server of our own, to be killed: with these settings it then loses nothing it answered."""
    server = EmbeddedServer(short_path / "data", binary=binary_of(request.param), extra=FAST)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def any_server(short_path: Path) -> Iterator[EmbeddedServer]:
    """The same, of one product only: for what does not depend on the server."""
    with EmbeddedServer(short_path / "data") as server:
        yield server


@pytest.fixture
def policy(tmp_path: Path) -> str:
    path = tmp_path / "policy.yaml"
    path.write_text(yaml.safe_dump(CREW_POLICY))
    return str(path)


def check_the_end(server: EmbeddedServer, crew: Crew) -> None:
    """Everything has ended once, the checker agrees, and recovery folds to the same bytes."""
    verify(server.url)
    tenant = Tenant(server)
    journal = tenant.journal()
    created = [event.interaction_id for event in journal.of(ev.InteractionCreated)]
    ended = [event.interaction_id for event in journal.of(ev.InteractionWrappedUp)]
    assert created == [f"i{n}" for n in range(crew.created)]
    assert sorted(ended) == sorted(created)
    asyncio.run(check_recovery(server, tenant))


async def check_recovery(server: EmbeddedServer, tenant: Tenant) -> None:
    async with running_service(server.url, policy=None) as (service, _):
        recovered = service.engine.state_bytes()
        assert tenant.journal().fold().state_bytes() == recovered


def test_router_killed_ten_times(
    any_server: EmbeddedServer, policy: str, routers: Routers, seed: int
) -> None:
    chance = random.Random(seed)
    options = ("--policy", policy, "--takeover")
    with Crew(any_server.url, seed) as crew:
        for number in range(10):
            router = routers.start(any_server.url, *options)
            if number % 4 != 3:
                router.wait_until_it_says("leading")
                crew.wait_for_endings(chance.randrange(30))
            else:
                # some die while they start, take the lead or recover
                time.sleep(chance.uniform(0.5, 2.0))
            router.kill()
        router = routers.start(any_server.url, *options)
        crew.finish()
        router.send(signal.SIGTERM)
        assert router.status() == 0
    check_the_end(any_server, crew)
    assert len(crew.ended) > 100


def test_server_killed_under_a_running_router(
    durable: EmbeddedServer, policy: str, routers: Routers, seed: int
) -> None:
    chance = random.Random(seed)
    router = routers.start(durable.url, "--policy", policy)
    router.wait_until_it_says("leading")
    with Crew(durable.url, seed) as crew:
        for _ in range(5):
            time.sleep(chance.uniform(0.1, 0.5))
            durable.kill()
            time.sleep(chance.uniform(0.0, 0.3))
            durable.start()
        crew.finish()
    # the crew may have seen the last end before the router has looked whether Redis answers
    router.wait_until_it_says("Redis answers again")
    router.send(signal.SIGTERM)
    assert router.status() == 0
    check_the_end(durable, crew)


def test_duel(any_server: EmbeddedServer, policy: str, routers: Routers, seed: int) -> None:
    """Two routers that replace each other again and again: each loser stops with status 3."""
    options = ("--policy", policy, "--takeover")
    with Crew(any_server.url, seed) as crew:
        leader = routers.start(any_server.url, *options)
        leader.wait_until_it_says("leading")
        for _ in range(5):
            challenger = routers.start(any_server.url, *options)
            assert leader.status() == 3
            leader = challenger
        crew.finish()
        leader.send(signal.SIGTERM)
        assert leader.status() == 0
    check_the_end(any_server, crew)


def test_leader_that_was_asleep_writes_nothing_more(
    any_server: EmbeddedServer, policy: str, routers: Routers, seed: int
) -> None:
    with Crew(any_server.url, seed) as crew:
        sleeper = routers.start(any_server.url, "--policy", policy)
        sleeper.wait_until_it_says("leading")
        time.sleep(0.2)
        sleeper.send(signal.SIGSTOP)
        # its lease runs out by itself
        leader = routers.start(any_server.url, "--policy", policy)
        leader.wait_until_it_says("leading")
        sleeper.send(signal.SIGCONT)
        assert sleeper.status() == 3
        crew.finish()
        leader.send(signal.SIGTERM)
        assert leader.status() == 0
    check_the_end(any_server, crew)


def test_second_router_waits_for_its_turn(
    any_server: EmbeddedServer, policy: str, routers: Routers
) -> None:
    first = routers.start(any_server.url, "--policy", policy)
    first.wait_until_it_says("leading")
    second = routers.start(any_server.url, "--policy", policy)
    second.wait_until_it_says("waiting: another router leads")
    assert not second.said("leading")
    first.send(signal.SIGTERM)
    assert first.status() == 0
    second.wait_until_it_says("leading", timeout_s=10.0)
    second.send(signal.SIGINT)
    assert second.status() == 0


def test_journal_that_vanishes_ends_the_router(
    any_server: EmbeddedServer, policy: str, routers: Routers
) -> None:
    router = routers.start(any_server.url, "--policy", policy)
    router.wait_until_it_says("policy in force")
    Tenant(any_server).client.flushall()
    assert router.status() == 4
