"""The archiver as a process beside a router: killed at any moment, on a full disk, trimming."""

from __future__ import annotations

import asyncio
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.archive import Archive, kept_states
from adapters.history import open_history
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from tests.integration.crew import CREW_POLICY, Crew
from tests.integration.router_process import RouterProcess, Routers
from tests.servers import FAST, plain_client
from tests.tenant import Notes, running_service

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]
ROOT = Path(__file__).parents[2]
KEYS = Keys("t")


@pytest.fixture
def seed() -> int:
    """New in every run; printed with a failure, and taken from ONEQUEUE_TEST_SEED if given."""
    seed = int(os.environ.get("ONEQUEUE_TEST_SEED", random.SystemRandom().randrange(2**32)))
    sys.stdout.write(f"ONEQUEUE_TEST_SEED={seed}\n")
    return seed


@pytest.fixture
def server(short_path: Path) -> Iterator[EmbeddedServer]:
    """Of one product: what depends on the server is tested with both, without processes."""
    with EmbeddedServer(short_path / "data", extra=FAST) as server:
        yield server


@pytest.fixture
def router(server: EmbeddedServer, routers: Routers, tmp_path: Path) -> RouterProcess:
    policy = tmp_path / "policy.yaml"
    policy.write_text(yaml.safe_dump(CREW_POLICY))
    router = routers.start(server.url, "--policy", str(policy))
    router.wait_until_it_says("leading")
    return router


@pytest.fixture
def client(server: EmbeddedServer) -> Iterator[Any]:
    with plain_client(server) as client:
        yield client


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (sys.executable, "-m", "adapters.cli.main", *words),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def wait_until(what: Any, timeout_s: float = 40.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not what():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.01)


def held(directory: Path) -> list[tuple[str, bytes]]:
    return [(mark.record_id, data) for mark, data in Archive(directory, "t").records()]


def test_killed_at_any_moment_it_has_every_record_once(
    server: EmbeddedServer,
    router: RouterProcess,
    routers: Routers,
    client: Any,
    tmp_path: Path,
    seed: int,
) -> None:
    chance, directory = random.Random(seed), tmp_path / "archive"
    options = ("--dir", str(directory), "--segment-bytes", "30000", "--snapshot-every", "0s")
    with Crew(server.url, seed) as crew:
        for _ in range(3):
            archiver = routers.start(server.url, *options, command="archive")
            archiver.wait_until_it_says("archiving")
            time.sleep(chance.uniform(0.0, 1.2))
            archiver.kill()
            client.delete(KEYS.archiver)  # or each would wait for the lease to run out
        crew.finish()
    router.send(signal.SIGTERM)
    assert router.status() == 0
    done = command("archive", "--redis", server.url, "--tenant", "t", *options, "--once")
    assert done.returncode == 0, done.stderr
    journal = [(raw.decode(), fields[b"r"]) for raw, fields in client.xrange(KEYS.journal)]
    assert held(directory) == journal
    assert len(list(directory.glob("*.segment"))) > 1


def test_the_journal_is_trimmed_under_load_and_nothing_is_missing(
    server: EmbeddedServer,
    router: RouterProcess,
    routers: Routers,
    client: Any,
    tmp_path: Path,
    seed: int,
) -> None:
    directory = tmp_path / "archive"
    options = ("--dir", str(directory), "--snapshot-every", "1s", "--keep-journal", "0s")
    archiver = routers.start(server.url, *options, command="archive")
    with Crew(server.url, seed) as crew:
        wait_until(lambda: len(archiver.said("trimmed")) >= 2)
        crew.wait_for_endings(20)
        router.kill()
        router = routers.start(server.url, "--takeover")
        crew.finish()
    router.send(signal.SIGTERM)
    assert router.status() == 0
    archiver.send(signal.SIGTERM)
    assert archiver.status() == 0
    assert client.xrange(KEYS.journal, count=1)[0][0] > b"1-0"

    state, restored_from = asyncio.run(recovered(server))
    where = ("--redis", server.url, "--tenant", "t")
    replayed = command("replay", *where, "--archive", str(directory), "--json")
    assert replayed.returncode == 0, replayed.stderr
    told = json.loads(replayed.stdout)
    assert [one["equal"] for one in told["snapshots"]] == [True, True]
    assert restored_from == [told["snapshots"][1]["record_id"]]
    assert blake2b(state, digest_size=16).hexdigest() == told["digest"]
    (kept,) = kept_states(directory)
    assert open_history(None, "t", directory).stood_before(kept.now_ms + 1) is not None

    checked = command("verify", *where, "--archive", str(directory))
    assert checked.returncode == 0, checked.stdout + checked.stderr


async def recovered(server: EmbeddedServer) -> tuple[bytes, list[str]]:
    """The state of a router that has recovered from a snapshot, and of which record that was."""
    notes = Notes()
    async with running_service(server.url, notes=notes, policy=None) as (service, _):
        pass
    return service.engine.state_bytes(), notes.restored_from


def test_a_full_disk_is_said_and_it_goes_on_when_there_is_room(
    server: EmbeddedServer,
    router: RouterProcess,
    routers: Routers,
    client: Any,
    tmp_path: Path,
    seed: int,
) -> None:
    directory = tmp_path / "archive"
    options = ("--dir", str(directory), "--snapshot-every", "1s", "--keep-journal", "0s")
    archiver = routers.start(server.url, *options, command="archive")
    with Crew(server.url, seed) as crew:
        archiver.wait_until_it_says("snapshot written")
        (segment,) = directory.glob("*.segment")
        limits = (segment.stat().st_size + 100, resource.RLIM_INFINITY)
        resource.prlimit(archiver.process.pid, resource.RLIMIT_FSIZE, limits)
        archiver.wait_until_it_says("cannot archive, trying again")
        assert "too large" in archiver.said("cannot archive, trying again")[0]["error"]
        archived, trimmed = client.get(KEYS.archived), client.get(KEYS.trimmed)
        crew.wait_for_endings(30)
        assert (client.get(KEYS.archived), client.get(KEYS.trimmed)) == (archived, trimmed)
        limits = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(archiver.process.pid, resource.RLIMIT_FSIZE, limits)
        archiver.wait_until_it_says("archiving again")
        crew.finish()
    router.send(signal.SIGTERM)
    assert router.status() == 0
    archiver.send(signal.SIGTERM)
    assert archiver.status() == 0
    where = ("--redis", server.url, "--tenant", "t", "--archive", str(directory))
    checked = command("verify", *where)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_one_archiver_of_a_tenant_works_and_the_next_goes_on(
    server: EmbeddedServer, router: RouterProcess, routers: Routers, client: Any, tmp_path: Path
) -> None:
    options = ("--dir", str(tmp_path / "archive"))
    first = routers.start(server.url, *options, command="archive")
    first.wait_until_it_says("archiving")
    second = routers.start(server.url, *options, command="archive")
    second.wait_until_it_says("waiting: another archiver works")
    once = command("archive", "--redis", server.url, "--tenant", "t", *options, "--once")
    assert (once.returncode, "another archiver works" in once.stderr) == (0, True)
    first.send(signal.SIGTERM)
    assert first.status() == 0
    second.wait_until_it_says("archiving")
    second.send(signal.SIGTERM)
    assert second.status() == 0
    assert held(tmp_path / "archive")


def test_a_server_that_is_lost_is_restored_from_the_archive(
    server: EmbeddedServer,
    router: RouterProcess,
    routers: Routers,
    client: Any,
    tmp_path: Path,
    seed: int,
) -> None:
    where = ("--redis", server.url, "--tenant", "t")
    directory = str(tmp_path / "archive")
    with Crew(server.url, seed) as crew:
        crew.wait_for_endings(10)
        router.kill()
        assert command("archive", *where, "--dir", directory, "--once").returncode == 0
        lost = client.xrevrange(KEYS.journal, count=1)[0]
        client.delete(*client.keys("onequeue:{t}:[^iw]*"))  # all but inbound and work streams
        restored = command("restore", *where, "--archive", directory)
        assert restored.returncode == 0, restored.stderr
        assert client.xrange(KEYS.journal) == [lost]
        router = routers.start(server.url)
        crew.finish()
    router.send(signal.SIGTERM)
    assert router.status() == 0
    assert command("archive", *where, "--dir", directory, "--once").returncode == 0
    checked = command("verify", *where, "--archive", directory)
    assert checked.returncode == 0, checked.stdout + checked.stderr
