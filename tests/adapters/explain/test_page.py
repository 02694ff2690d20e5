"""docs/explain.md: its worked example comes out as printed, its tables name every field."""

from __future__ import annotations

import inspect
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from adapters.explain.evaluation import FILTERS
from adapters.explain.interaction import Stage
from adapters.redis.embedded import EmbeddedServer
from adapters.verify.floor import ledger_problem, offers_problem, room_problem
from router.commands import LinkKind
from router.lifecycle import AgentStatus
from tests.adapters.cli.shell import Shell
from tests.adapters.explain.written import Written, a_floor, create, login
from tests.servers import plain_client

PAGE = Path(__file__).parents[3] / "docs" / "explain.md"


def console_lines() -> Iterator[tuple[str, str]]:
    """Each command of the page with the output that follows it."""
    for block in re.findall(r"^```console\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def policy() -> dict[str, Any]:
    (block,) = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    document: dict[str, Any] = yaml.safe_load(block)
    return document


@pytest.fixture
def shell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(monkeypatch, capsys)


def test_the_worked_example(
    shell: Shell, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEQUEUE_REDIS_URL", server.url)
    floor, explained = Written(policy()), 0
    for line, output in console_lines():
        words = shlex.split(line)
        if words[:2] == ["redis-cli", "XADD"]:
            assert words[2:5] == ["onequeue:{main}:inbound", "*", "j"]
            floor.send(json.loads(words[5]))
            continue
        assert words.pop(0) == "onequeue"
        with plain_client(server) as client:
            client.flushall()
        floor.write(server)
        done = shell(*words)
        assert (done.code, done.err) == (0, "")
        assert done.out == output
        explained += 1
    assert explained == 4


def documented(title: str, column: int = 1) -> set[str]:
    """The names in a column of a section's table."""
    section = PAGE.read_text().split(f"\n### {title}\n")[1].split("\n##")[0]
    rows = [line.split("|") for line in section.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row[column])}


def test_every_field_of_the_json_is_on_the_page(shell: Shell, server: EmbeddedServer) -> None:
    a_floor().write(server)
    ask = ("--json", "--redis", server.url, "--why-not", "gus", "--why-not", "ben")
    offer = shell("explain", "1-4", *ask).json
    assert documented("An offer") == set(offer)
    told = documented("An offer", 2)
    assert told >= set(offer["queue"]) | set(offer["interaction"])
    life = shell("explain", "--interaction", "call-1", *ask).json
    assert documented("An interaction") == set(life)
    first = life["offers"][0]
    assert set(first) == set(offer) - {"tenant"} | {"outcome"}
    events = {"classified", "overflowed", "diverted", "moved", "stepped", "reclassified"}
    events |= set(get_args(LinkKind))
    stages = events | {"suspended", "due", "resumed", "linked", "expired", "told"}
    stages |= {"attempt_failed", "idled", "waking", "woken", "noted", *Stage._fields}
    assert documented("An interaction", 2) == {"outcome", *first["outcome"], *stages}
    waiting = shell("explain", "--interaction", "call-2", *ask).json["waiting"]
    assert documented("What waits") == set(waiting)
    agents = [*offer["candidates"], *offer["filtered"], *offer["why_not"]]
    assert documented("Agents") == {name for one in agents for name in one}
    parts = [*offer["candidates"][0]["terms"], *offer["filtered"][0]["obstacles"]]
    assert documented("Agents", 2) >= {name for part in parts for name in part}


def test_who_chose_is_on_the_page(shell: Shell, server: EmbeddedServer) -> None:
    floor = Written(policy())
    floor.send(create("i"))
    floor.send(login("ann"))
    floor.write(server)
    chosen_by = shell("explain", "1-1", "--json", "--redis", server.url).json["chosen_by"]
    assert set(chosen_by) | set(chosen_by["choices"][0]) <= documented("An offer", 2)


def test_every_code_of_an_obstacle_is_on_the_page() -> None:
    problems = (room_problem, ledger_problem, offers_problem)
    sources = "".join(inspect.getsource(problem) for problem in problems)
    codes = set(re.findall(r'"(capacity_\w+)"', sources))
    codes |= {status.value for status in AgentStatus} - {"offline", "available"} | {"logged_out"}
    codes |= {"lacking_skill", "excluded_agent", "exclusion", "kept", "asked"}
    codes |= {"due_elsewhere", "untied"}
    assert documented("Codes") == codes
    assert documented("Codes", 2) == set(FILTERS)
