"""Real sources asked at once: a database, a service, tables; in time or from memory, or not."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from adapters.connectors.document import Connectors
from adapters.connectors.facts import SourceView
from adapters.connectors.gathering import Gathering
from tests.adapters.edge.hook import Exchange, Hook


@pytest.fixture
def crm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(tmp_path / "crm.sqlite3")
    connection.execute("CREATE TABLE accounts (id TEXT, name TEXT, tier INTEGER)")
    connection.execute("INSERT INTO accounts VALUES ('c1', 'Mia', 3), ('o''x', 'Odd', 1)")
    connection.commit()
    monkeypatch.setenv("CRM", f"sqlite:///{tmp_path}/crm.sqlite3")
    yield connection
    connection.close()


SQL: dict[str, Any] = {
    "kind": "sql",
    "url": {"env": "CRM"},
    "query": "SELECT name, tier FROM accounts WHERE id = :customer_id",
    "map": {"name": "name", "level": "tier"},
    "deadline_ms": 10_000,
}


@asynccontextmanager
async def gathering(**sources: dict[str, Any]) -> AsyncIterator[Gathering]:
    found = Gathering(Connectors.model_validate({"sources": sources}))
    try:
        yield found
    finally:
        await found.close()


async def said(found: Gathering, customer: str = "c1") -> dict[str, SourceView]:
    return {view.source: view for view in await found.gather(customer)}


def short(view: SourceView) -> tuple[str, dict[str, Any]]:
    return view.state, view.facts


async def test_a_database_answers_with_its_first_row_and_is_never_written(
    crm: sqlite3.Connection,
) -> None:
    writing = {**SQL, "query": "WITH a AS (SELECT :customer_id) SELECT * FROM nothing"}
    async with gathering(crm=SQL, other=writing) as found:
        views = await said(found)
        assert short(views["crm"]) == ("fresh", {"name": "Mia", "level": 3})
        assert views["crm"].age_ms < 60_000
        assert short(views["other"]) == ("failed", {})
        assert short((await said(found, "o'x"))["crm"]) == ("fresh", {"name": "Odd", "level": 1})
        assert short((await said(found, "' OR 1=1 --"))["crm"]) == ("fresh", {})
        crm.execute("UPDATE accounts SET tier = 9")
        crm.commit()
        assert short((await said(found))["crm"]) == ("cached", {"name": "Mia", "level": 3})
    async with gathering(crm={**SQL, "map": {"x": "gone"}}) as found:
        assert short((await said(found))["crm"]) == ("failed", {})


async def test_a_service_answers_with_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "Bearer x")

    def answer(exchange: Exchange) -> None:
        if exchange.path.endswith("nobody"):
            exchange.say({}, 404)
        elif exchange.path.endswith("large"):
            exchange.raw(b'"' + b"x" * 300_000 + b'"')
        elif exchange.path.endswith("moved"):
            exchange.raw(b"", 302, Location="/customers/c1")
        else:
            exchange.say({"account": {"balance": 1.5, "flags": ["a/b", "c"]}, "x": {"deep": {}}})

    with Hook(answer) as hook:
        pointers = {"balance": "/account/balance", "flag": "/account/flags/0", "none": "/a/b/0"}
        source = {
            "kind": "http",
            "url": hook.url.rsplit("/", 1)[0] + "/customers/{customer_id}",
            "headers": {"Authorization": {"env": "TOKEN"}},
            "map": pointers,
            "deadline_ms": 10_000,
        }
        deep = {**source, "map": {"x": "/x"}}
        async with gathering(billing=source, deep=deep) as found:
            views = await said(found, "c/1 ä")
            assert short(views["billing"]) == (
                "fresh", {"balance": 1.5, "flag": "a/b", "none": None}
            )  # fmt: skip
            assert short(views["deep"]) == ("failed", {})
            assert hook.asked[0].path == "/customers/c%2F1%20%C3%A4"
            assert hook.asked[0].headers["Authorization"] == "Bearer x"
            assert short((await said(found, "nobody"))["billing"]) == ("fresh", {})
            for wrong in ("large", "moved"):
                assert short((await said(found, wrong))["billing"]) == ("failed", {})


async def test_tables_are_read_again_when_they_are_others(tmp_path: Path) -> None:
    table, other = tmp_path / "a.csv", tmp_path / "a.parquet"
    table.write_text("customer_id,score\nc1,7\n")
    parquet.write_table(pa.table({"who": ["c1"], "score": [9]}), other)
    csv = {"kind": "file", "path": str(table), "map": {"nps": "score"}, "cache_s": 0, "reload_s": 1}
    columns = {**csv, "path": str(other), "key": "who"}
    async with gathering(
        csv={**csv, "deadline_ms": 10_000},
        parquet={**columns, "deadline_ms": 10_000},
        none={**csv, "path": str(tmp_path / "none.csv"), "deadline_ms": 10_000},
    ) as found:
        views = await said(found)
        assert short(views["csv"]) == ("fresh", {"nps": "7"})
        assert short(views["parquet"]) == ("fresh", {"nps": 9})
        assert short(views["none"]) == ("failed", {})
        assert short((await said(found, "c2"))["csv"]) == ("fresh", {})
        table.write_text("customer_id,score\nc1,8\n")
        async with asyncio.timeout(30):
            while (await said(found))["csv"].facts != {"nps": "8"}:  # noqa: ASYNC110  # nobody tells of it
                await asyncio.sleep(0.1)


async def test_a_source_that_is_slow_or_down_holds_up_nobody(crm: sqlite3.Connection) -> None:
    released = threading.Event()
    broken = False

    def answer(exchange: Exchange) -> None:
        if broken:
            exchange.say({}, 500)
            return
        released.wait(30)
        exchange.say({"x": 1})

    with Hook(answer) as hook:
        url = hook.url.rsplit("/", 1)[0] + "/{customer_id}"
        slow = {"kind": "http", "url": url, "map": {"x": "/x"}, "deadline_ms": 9_000, "cache_s": 0}
        async with gathering(crm=SQL, slow={**slow, "deadline_ms": 100}) as found:
            views = await said(found)
            assert short(views["crm"])[0] in {"fresh", "cached"}
            assert short(views["slow"]) == ("late", {})
        released.set()
        async with gathering(slow=slow) as found:
            assert short((await said(found))["slow"]) == ("fresh", {"x": 1})
            broken = True
            for _ in range(3):
                stale = (await said(found))["slow"]
                assert short(stale) == ("stale", {"x": 1})
            assert stale.as_of_ms > 0
            before = len(hook.asked)
            assert short((await said(found))["slow"]) == ("stale", {"x": 1})
            assert len(hook.asked) == before  # it is left alone for a while
            assert short((await said(found, "c2"))["slow"]) == ("failed", {})


async def test_a_source_that_never_answers_does_not_keep_its_places(
    crm: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.connectors.gathering.GIVEN_UP_S", 0.05)
    async with gathering(hung=SQL | {"deadline_ms": 50}) as found:
        source = found._sources[0]

        async def hang(customer_id: str) -> Any:
            await asyncio.Event().wait()

        monkeypatch.setattr(source._way, "ask", hang)
        assert short((await said(found))["hung"]) == ("late", {})
        async with asyncio.timeout(30):
            while source._under_way:  # noqa: ASYNC110  # nobody tells of it
                await asyncio.sleep(0.01)
