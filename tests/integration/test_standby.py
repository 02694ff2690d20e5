"""Two routers as processes: a standby that takes over at once, rolling restarts, handovers."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.redis.embedded import EmbeddedServer
from router import events as ev
from tests.integration.crew import CREW_POLICY, Crew
from tests.integration.router_process import ROOT, RouterProcess, Routers
from tests.integration.test_processes import check_the_end
from tests.tenant import Tenant

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

SOON_S = 10.0
"""On a busy machine; benchmarks/takeover measures what it is (docs/operations.md)."""


@pytest.fixture
def server(short_path: Path) -> Iterator[EmbeddedServer]:
    """Of one product: what is tested here does not depend on it."""
    with EmbeddedServer(short_path / "data") as server:
        yield server


@pytest.fixture
def policy(tmp_path: Path) -> str:
    return written(tmp_path, "of-now")


def written(directory: Path, name: str) -> str:
    """A policy file that differs from others by its name alone."""
    path = directory / f"{name}.yaml"
    path.write_text(yaml.safe_dump(CREW_POLICY | {"name": name}))
    return str(path)


def called(server: EmbeddedServer, *arguments: str) -> tuple[int, Any]:
    """One call of `onequeue` with --json: exit status and answer (or what it said of an error)."""
    command = (sys.executable, "-m", "adapters.cli.main", *arguments)
    done = subprocess.run(
        [*command, "--redis", server.url, "--tenant", "t", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


def started(routers: Routers, server: EmbeddedServer, policy: str) -> RouterProcess:
    """A router that leads, or stands by and could lead."""
    router = routers.start(server.url, "--policy", policy)
    deadline_s = time.monotonic() + 30
    while not (router.said("leading") or router.said("waiting: another router leads")):
        assert time.monotonic() < deadline_s
        assert router.process.poll() is None, router.last_words()
        time.sleep(0.01)
    return router


def test_offers_flow_from_the_standby_when_the_leader_sleeps_or_is_killed(
    server: EmbeddedServer, policy: str, routers: Routers, tmp_path: Path
) -> None:
    # one that was started to stand by lets another begin
    second = routers.start(server.url, "--standby")
    second.wait_until_it_says("connected")
    first = started(routers, server, policy)
    second.wait_until_it_says("waiting: another router leads")
    with Crew(server.url, seed=1) as crew:
        crew.wait_for_endings(20)
        first.send(signal.SIGSTOP)
        second.wait_until_it_says("leading", timeout_s=SOON_S)
        crew.wait_for_endings(20, timeout_s=SOON_S)
        third = started(routers, server, written(tmp_path, "of-last-week"))
        first.send(signal.SIGCONT)
        assert first.status() == 3
        second.kill()
        third.wait_until_it_says("leading", timeout_s=SOON_S)
        crew.wait_for_endings(20, timeout_s=SOON_S)
        crew.finish()
        third.send(signal.SIGTERM)
        assert third.status() == 0
    check_the_end(server, crew)
    # whoever takes over changes nothing but who leads
    in_force = Tenant(server).journal().of(ev.PolicyReplaced)
    assert [event.policy["name"] for event in in_force] == ["of-now"]


def test_rolling_upgrade_fails_no_command(
    server: EmbeddedServer, policy: str, routers: Routers
) -> None:
    """The standby is replaced, the leader hands over, stands by, and is replaced in its turn."""
    first, second = started(routers, server, policy), started(routers, server, policy)
    with Crew(server.url, seed=2) as crew:
        crew.wait_for_endings(20)
        second.send(signal.SIGTERM)
        assert second.status() == 0
        second = started(routers, server, policy)
        code, told = called(server, "handover")
        assert (code, told["done"], told["epoch"]) == (0, True, 2)
        assert f":{second.process.pid}:" in told["leader"]
        first.wait_until_it_says("handed over")
        crew.wait_for_endings(20)
        first.wait_until_it_says("waiting: another router leads")
        code, seen = called(server, "status")
        assert (code, seen["leader"], seen["epoch"]) == (0, told["leader"], 2)
        assert [standby["id"] for standby in seen["standbys"]] == [told["from"]]
        second.send(signal.SIGTERM)
        assert second.status() == 0
        crew.wait_for_endings(20)
        crew.finish()
        first.send(signal.SIGTERM)
        assert first.status() == 0
    assert len(first.said("leading")) == 2
    check_the_end(server, crew)
