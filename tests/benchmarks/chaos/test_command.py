"""The chaos run as anybody starts it: real processes, a short storm; then the same with a plant."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from redis.asyncio import Redis

from adapters.cli.output import Exit
from adapters.redis.keys import Keys
from benchmarks.chaos.evidence import gather
from benchmarks.chaos.faults import FaultKind
from benchmarks.chaos.ledger import read_ledger
from benchmarks.chaos.report import make_report
from benchmarks.chaos.routers import Routers
from benchmarks.chaos.scenario import INBOXES, TENANT
from benchmarks.chaos.server import Server, binary_of
from benchmarks.chaos.settings import Settings
from benchmarks.floor.wire import read_stream, unpack
from tests.adapters.cli.shell import Shell

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

SHORT = ("--minutes", "0.2", "--load", "8", "--agents", "30")
FIGURES = ("acknowledged", "faults", "lost", "doubled", "violations", "longest_pause_ms")


class Outcome(NamedTuple):
    """A run that has ended, and all that it left."""

    directory: Path
    code: int
    said: str
    report: dict[str, Any]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """One run for all who look at it, also where several processes run the tests."""
    own = tmp_path_factory.getbasetemp()
    place = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "chaos"
    place.mkdir(exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "ended.json").exists():
            run_in(place)
    code, said = json.loads((place / "ended.json").read_text(encoding="utf-8"))
    file = place / "report.json"
    assert file.exists(), said
    return Outcome(place / "kept", code, said, json.loads(file.read_text(encoding="utf-8")))


def run_in(place: Path) -> None:
    program = [sys.executable, "-m", "benchmarks.engine.command", "chaos"]
    done = subprocess.run(
        [*program, *SHORT, "--keep", str(place / "kept"), "--json", str(place / "report.json")],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    ended = json.dumps([done.returncode, done.stdout + done.stderr])
    (place / "ended.json").write_text(ended, encoding="utf-8")


@pytest.fixture
def copy(outcome: Outcome, short_path: Path) -> Path:
    """All that the run left, to be tampered with."""
    return Path(shutil.copytree(outcome.directory, short_path / "copy"))


async def judged(
    directory: Path, tampering: Callable[[Redis], Awaitable[Any]] | None = None
) -> dict[str, Any]:
    """The report on a directory, after somebody was at its server."""
    settings = Settings(
        minutes=0.2, seed=1, load=8, agents=30, rate=1, kinds=(), server=binary_of("embedded"),
        appendfsync="always",
    )  # fmt: skip
    server = Server(settings.server, directory / "data", "always", TENANT)
    await server.start()
    try:
        if tampering is not None:
            assert await tampering(server.client)
        evidence = await gather(server, Routers([]), directory / "ledgers", [], 0)
    finally:
        await server.stop()
    return make_report(settings, evidence)


def test_a_short_storm_of_every_kind_is_weathered(outcome: Outcome) -> None:
    report = outcome.report
    assert outcome.code == Exit.OK, outcome.said
    assert report["passed"]
    assert report["failures"] == []
    assert {kind: report["kinds"][kind]["faults"] > 0 for kind in FaultKind} == dict.fromkeys(
        FaultKind, True
    )
    assert report["faults"] == sum(figures["faults"] for figures in report["kinds"].values())
    assert "passed: nothing lost" in outcome.said


def test_the_report_bears_its_figures_by_name(outcome: Outcome) -> None:
    report = outcome.report
    assert all(isinstance(report[name], int) for name in FIGURES)
    assert report["acknowledged"] > report["offers"] > 50
    assert (report["lost"], report["doubled"], report["violations"]) == (0, 0, 0)
    assert (report["lost_by_server"], report["left_open"]) == (0, 0)
    assert 0 < report["longest_pause_ms"] < 60_000
    assert report["takeovers"] > 0
    assert report["settings"]["appendfsync"] == "always"
    assert report["environment"]["python"]


async def test_a_command_without_an_outcome_fails_the_run(copy: Path) -> None:
    bogus = json.dumps(["ack", "1-1", "create", "never-came", 1, False]) + "\n"
    with (copy / "ledgers" / "customers").open("a") as ledger:
        ledger.write(bogus)
    report = await judged(copy)
    assert (report["passed"], report["lost"]) == (False, 1)
    assert report["failures"] == [
        "1 lost, first command 1-1: create never-came has no outcome",
    ]


async def test_a_work_entry_that_is_gone_fails_the_run(copy: Path) -> None:
    told = read_ledger(copy / "ledgers" / INBOXES[0]).told
    entry = next(line for line in told if line.kind == "assigned")
    key = Keys(TENANT).work(INBOXES[0])
    report = await judged(copy, lambda client: client.xdel(key, entry.entry_id))
    assert (report["passed"], report["lost"]) == (False, 0)
    assert report["violations"] >= 1


async def test_a_record_that_is_gone_fails_the_run(copy: Path) -> None:
    """What the clients were told, they know even where the journal has forgotten it."""
    report = await judged(copy, forget_an_acceptance)
    assert not report["passed"]
    assert report["lost"] > 0
    assert report["violations"] > 0


async def forget_an_acceptance(client: Redis) -> int:
    key = Keys(TENANT).journal
    for record_id, fields in await read_stream(client, key, "0-0", count=10_000):
        if any(event["type"] == "offer_accepted" for event in unpack(fields[b"r"])["events"]):
            return await client.xdel(key, record_id)
    return 0


def test_a_kind_that_does_not_exist_is_refused(shell: Shell) -> None:
    ended = shell("bench", "chaos", "--faults", "router_kill,flood")
    assert ended.code == Exit.USAGE
    assert "--faults flood: there is no such kind; the kinds are router_kill" in ended.err


def test_a_server_that_is_not_here_is_named(shell: Shell) -> None:
    ended = shell("bench", "chaos", "--server", "no-such-server")
    assert ended.code == Exit.USAGE
    assert "--server no-such-server: no such program" in ended.err


def test_a_directory_that_holds_something_is_left_alone(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    ended = shell("bench", "chaos", "--keep", str(tmp_path))
    assert ended.code == Exit.USAGE
    assert "it holds something already" in ended.err
