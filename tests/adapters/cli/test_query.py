"""`onequeue analysis export` and `onequeue query`, on what a real router has done."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from adapters.analysis.schema import TABLES
from adapters.analysis.views import VIEWS
from adapters.cli import query as query_module
from adapters.redis.embedded import EmbeddedServer
from tests.adapters.cli.shell import Done, Shell
from tests.servers import plain_client
from tests.tenant import Tenant, running_service

pytestmark = [pytest.mark.servers, pytest.mark.any_server]
ROOT = Path(__file__).parents[3]
Ask: TypeAlias = Callable[..., Done]


async def _work(server: EmbeddedServer) -> None:
    """Three chats: one is answered and settled, one given up, one still waits."""
    tenant = Tenant(server)
    async with running_service(server.url):
        tenant.send({"type": "agent_login", "agent_id": "ann", "inbox": "desk", "capacity": 30})
        create = {"type": "create", "channel": "chat", "customer_id": "c-1"}
        tenant.send(*({**create, "interaction_id": f"chat-{number}"} for number in range(3)))
        await tenant.until(lambda: _offers(tenant))
        offer = _offers(tenant)[0]
        accept = {"type": "accept", "agent_id": "ann", "offer_id": offer["offer_id"]}
        over = {"agent_id": "ann", "interaction_id": offer["interaction_id"]}
        cancel = {"type": "cancel", "interaction_id": "chat-2"}
        complete = {"type": "complete", **over, "outcome": "solved"}
        *_, last = tenant.send(accept, complete, {"type": "end_wrap_up", **over}, cancel)
        await tenant.until_consumed(last)


def _offers(tenant: Tenant) -> list[dict[str, Any]]:
    return [message for message in tenant.work() if message["type"] == "offer"]


@pytest.fixture
def ask(shell: Shell, server: EmbeddedServer) -> Ask:
    asyncio.run(_work(server))
    where = ("--dir", "out", "--tenant", "t")
    done = shell("analysis", "export", *where, "--redis", server.url)
    assert done.code == 0, done.err
    assert "exported" in done.err
    return lambda *words: shell("query", *where, *words)


def test_service_level_is_that_of_stats(ask: Ask, shell: Shell, server: EmbeddedServer) -> None:
    answer = ask("-f", "json", "from service_level").out
    assert ask("--json", "from service_level").out == answer
    told = [json.loads(line) for line in answer.splitlines()]
    options = ("--interval", "30m", "--by", "queue,channel", "--json", "--from", "2020-01-01")
    stats = shell("stats", *options, "--redis", server.url, "--tenant", "t")
    lines = [
        {**row, "half_hour_ms": each["from_ms"]}
        for each in stats.json["intervals"]
        for row in each["rows"]
    ]
    shared = [name for name in told[0] if name != "half_hour"]
    assert [[row[name] for name in shared] for row in told] == [
        [line[name] for name in shared] for line in lines
    ]
    assert sum(row["offered"] for row in told) == 3


def test_what_comes_later_is_added(ask: Ask, shell: Shell, server: EmbeddedServer) -> None:
    count = ("-f", "csv", "select count(*) as n from events")
    before = ask(*count).out
    export = ("analysis", "export", "--dir", "out", "--tenant", "t", "--redis", server.url)
    again = shell(*export, "--json")
    assert "new=0" in again.err
    assert (again.json["tenant"], again.json["new"]) == ("t", 0)
    assert ask(*count).out == before
    with plain_client(server) as client:
        assert client.get("onequeue:{t}:analysis-exported")


def test_every_form(ask: Ask) -> None:
    sql = "select interaction_id, ended, handle_ms from interactions where answered"
    (line,) = ask("-f", "json", sql).out.splitlines()
    row = json.loads(line)
    (same,) = csv.DictReader(io.StringIO(ask("--format", "csv", sql).out))
    assert {name: str(value) for name, value in row.items()} == same
    assert row["ended"].endswith("+00:00")
    titles, values = ask(sql).out.splitlines()
    assert titles.split() == ["interaction_id", "ended", "handle_ms"]
    assert values.split()[0] == row["interaction_id"]


def test_sums_and_questions_from_standard_input(shell: Shell, ask: Ask) -> None:
    sql = b"select sum(number) as n, sum(number) / 2 as half, null as none from events"
    done = shell("query", "--dir", "out", "--tenant", "t", "-f", "json", "-", typed=sql)
    row = json.loads(done.out)
    assert isinstance(row["n"], int)
    assert row["half"] == row["n"] / 2
    assert row["none"] is None


def test_long_tables_are_cut(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query_module, "TABLE_ROWS_MAX", 2)
    done = ask("select type from events")
    assert len(done.out.splitlines()) == 3
    assert done.err == "the first 2 rows; --format csv or json writes all\n"


def test_the_list_names_every_table_and_view(shell: Shell) -> None:
    done = shell("query", "--dir", "nowhere", "--list", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert {row["name"] for row in rows if row["kind"] == "table"} == set(TABLES)
    assert {row["name"] for row in rows if row["kind"] == "view"} == set(VIEWS)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("drop view events",), "a query is one SELECT"),
        ((), "what is the question? Give one SELECT, or --list"),
        (("--time", "soon", "select 1"), "--time soon:"),
    ],
)
def test_refused(shell: Shell, words: tuple[str, ...], told: str, ask: Ask) -> None:
    done = ask(*words)
    assert done.code == 2
    assert told in done.err


def test_nothing_exported_yet(shell: Shell) -> None:
    done = shell("query", "--dir", "nowhere", "select 1")
    assert done.code == 2
    assert "nothing of tenant 'main' was exported to it; export it first" in done.err


def test_no_journal(shell: Shell, server: EmbeddedServer) -> None:
    done = shell("analysis", "export", "--dir", "out", "--redis", server.url, "--tenant", "t")
    assert done.code == 2
    assert "no journal of tenant 't'" in done.err


def test_the_schema(shell: Shell) -> None:
    told = shell("analysis", "schema", "--json").json
    assert [table["name"] for table in told["tables"]] == list(TABLES)
    assert "| `interaction_id` | text |" in shell("analysis", "schema").out


@pytest.mark.parametrize(
    ("library", "command"),
    [("duckdb", ("query", "select 1")), ("pyarrow", ("analysis", "export"))],
)
def test_without_the_extra(tmp_path: Path, library: str, command: tuple[str, ...]) -> None:
    """In a process of its own, in which the library cannot be found."""
    program = (
        f"import sys; sys.modules[{library!r}] = None\n"
        f"sys.argv = ['onequeue', *{command!r}, '--dir', {str(tmp_path)!r}]\n"
        "from adapters.cli.main import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True, text=True, timeout=60, check=False,
        env={"ONEQUEUE_REDIS_URL": "redis://localhost:1", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert f"analysis needs {library}, which is not installed" in done.stderr
    assert "pip install 'onequeue[analysis]'" in done.stderr
