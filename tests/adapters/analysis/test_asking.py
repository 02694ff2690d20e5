"""What a query may do, and what it may not."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.analysis import asking
from adapters.analysis.asking import QueryLimits, asked
from adapters.analysis.errors import AnalysisUnusable, QueryRefused
from adapters.analysis.folder import Folder, Reached
from adapters.analysis.layout import Layout
from adapters.analysis.schema import TABLES
from adapters.analysis.standing import Standing
from adapters.analysis.views import VIEWS

LIMITS = QueryLimits()
EVENT = {
    "record_id": "1-0",
    "epoch": 1,
    "lsn": 0,
    "number": 0,
    "happened": 1_767_600_000_000,
    "happened_ms": 1_767_600_000_000,
    "type": "agent_available",
    "agent_id": "ann",
    "payload": "{}",
}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    folder = Folder(tmp_path, "it's")
    reached = Reached("1-0", "00", EVENT["happened_ms"], 1)  # type: ignore[arg-type]
    folder.commit({("events", "2026-01-05"): [EVENT]}, Standing(), reached)
    return tmp_path


def rows(directory: Path, sql: str, limits: QueryLimits = LIMITS) -> list[tuple[Any, ...]]:
    with asked(directory, "it's", sql, limits) as answer:
        return list(answer.rows)


def test_an_answer(directory: Path) -> None:
    with asked(directory, "it's", "select agent_id, happened from events", LIMITS) as answer:
        assert answer.columns == ("agent_id", "happened")
        ((agent, happened),) = answer.rows
    assert (agent, happened.isoformat()) == ("ann", "2026-01-05T08:00:00+00:00")


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_views_of_hardly_anything(directory: Path, view: str) -> None:
    """Tables of which there is no file yet are empty, and no fault."""
    assert rows(directory, f"select count(*) from {view}") == [(0,)]


@pytest.mark.parametrize(
    "sql",
    [
        "create table mine as select 1",
        "copy (select 1) to 'out.csv'",
        "attach 'other.db'",
        "set memory_limit = '1TB'",
        "install httpfs",
        "select 1; select 2",
        "drop view events",
        "insert into events select * from events",
        "pragma enable_profiling",
        "",
    ],
)
def test_only_one_select(directory: Path, sql: str) -> None:
    with pytest.raises(QueryRefused, match="a query is one SELECT"):
        rows(directory, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_text('/etc/hostname')",
        "select * from read_csv('{other}')",
        "from '{other}'",
        "select * from glob('/*')",
        "select * from read_parquet('https://localhost:1/x.parquet')",
        "select * from query('copy (select 1) to ''{other}''')",
        "select * from sqlite_scan('{other}', 'x')",
    ],
)
def test_no_other_file(directory: Path, sql: str) -> None:
    other = directory / "other.csv"
    other.write_text("a,b\n1,2\n")
    with pytest.raises(QueryRefused):
        rows(directory, sql.format(other=other))
    assert other.read_text() == "a,b\n1,2\n"


def test_nothing_of_ours_is_seen(directory: Path) -> None:
    mine = [{"secret": 1}]
    with pytest.raises(QueryRefused, match="mine does not exist"):
        rows(directory, "from mine")
    assert mine


def test_no_longer_than_it_may(directory: Path) -> None:
    forever = "select count(*) from range(1000000) a, range(1000000) b where a.range + b.range < 0"
    began_s = time.monotonic()
    with pytest.raises(QueryRefused, match=r"longer than 0\.2 s: ask for less"):
        rows(directory, forever, QueryLimits(time_s=0.2))
    assert time.monotonic() - began_s < 30


def test_no_longer_while_rows_come(directory: Path) -> None:
    endless = "select a.range, b.range from range(1000000) a, range(1000000) b"
    with pytest.raises(QueryRefused, match="longer than"):
        rows(directory, endless, QueryLimits(time_s=0.2))


def test_no_more_memory_than_it_may(directory: Path) -> None:
    greedy = "select list(range) from range(100000000)"
    with pytest.raises(QueryRefused, match="more memory than it may have"):
        rows(directory, greedy, QueryLimits(memory_mib=64))
    assert not (directory / ".tmp").exists()


def test_what_is_wrong_is_told(directory: Path) -> None:
    with pytest.raises(QueryRefused, match="nosuch"):
        rows(directory, "select nosuch from events")


def test_a_file_that_moves_meanwhile(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Listed where it is written, and in its place when it is opened."""
    layout = Layout(directory, "it's")
    manifest = layout.read()
    assert manifest is not None
    (part,) = manifest.added
    real: Callable[..., dict[str, list[Path]]] = Layout.committed
    listed = iter([{**real(layout, manifest), "events": [layout.writing_path_of(part)]}])
    monkeypatch.setattr(Layout, "committed", lambda *args: next(listed, real(*args)))
    assert rows(directory, "select count(*) from events") == [(1,)]
    assert next(listed, None) is None


def test_files_that_are_gone_for_good(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "TRIES", 2)
    (file,) = directory.rglob("part-*.parquet")
    gone = {table: [file] if table == "events" else [] for table in TABLES}
    monkeypatch.setattr(Layout, "committed", lambda *_: gone)
    file.unlink()
    with pytest.raises(QueryRefused, match="part-"):
        rows(directory, "select count(*) from events")


def test_nothing_exported(tmp_path: Path) -> None:
    with (
        pytest.raises(AnalysisUnusable, match="export it first: onequeue analysis export"),
        asked(tmp_path, "t", "select 1", LIMITS),
    ):
        pass
