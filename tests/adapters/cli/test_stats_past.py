"""`onequeue stats --from … --to …`: intervals of a real journal, in every form."""

from __future__ import annotations

import csv
import io
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from adapters.cli import progress as progress_module
from adapters.cli import stats_past
from adapters.redis.embedded import EmbeddedServer
from tests.adapters.cli.shell import Shell
from tests.adapters.cli.test_stats import Written

pytestmark = [pytest.mark.servers, pytest.mark.any_server]

HOUR_S = 3_600
FORMS = ("total", "agent", "skill", "queue", "queue,channel")


@pytest.fixture
def journal(server: EmbeddedServer) -> Written:
    """Of the last three hours: one interaction before the last two, and one within them."""
    written = Written(server, before_s=3 * HOUR_S)
    written.add(
        {"type": "agent_login", "agent_id": "ann", "inbox": "desk", "skills": {"tech": 2}},
        {"type": "create", "interaction_id": "a", "channel": "voice"},
        {"type": "create", "interaction_id": "b", "channel": "chat", "queue": "billing"},
        before_s=3 * HOUR_S,
    )
    written.add({"type": "accept", "offer_id": "0-1", "agent_id": "ann"}, before_s=3 * HOUR_S - 4)
    written.add({"type": "cancel", "interaction_id": "b"}, before_s=HOUR_S)
    return written


def ago(seconds: float) -> str:
    return datetime.fromtimestamp(time.time() - seconds, UTC).isoformat()


def past(shell: Shell, journal: Written, *options: str, since_s: float = 4 * HOUR_S) -> Any:
    done = shell("stats", "--from", ago(since_s), *options, "--redis", journal.url)
    assert done.code == 0, done.err
    return done


def test_the_table(shell: Shell, journal: Written) -> None:
    done = past(shell, journal, "--interval", "1h")
    assert done.err == ""
    head, titles, *rows = done.out.splitlines()
    assert head.endswith(", UTC")
    assert titles.split()[:3] == ["from", "queue", "offered"]
    totals = [row[row.index(" all ") :].split() for row in rows if " all " in row]
    assert len(totals) == 4, "those at the ends are cut short"
    assert sum(int(row[1]) for row in totals) == 2
    assert sum(int(row[3]) for row in totals) == 1


def test_json(shell: Shell, journal: Written) -> None:
    found = past(shell, journal, "--interval", "total", "--json", "--by", "queue,channel").json
    assert (found["whole"], found["interval_s"], found["by"]) == (True, 0, "queue,channel")
    (whole,) = found["intervals"]
    assert whole["total"]["answered_within_s"]["5"] == 1
    assert [(row["queue"], row["channel"]) for row in whole["rows"]] == [
        ("billing", "chat"),
        ("general", "voice"),
    ]
    assert whole["rows"][0]["abandoned_wait_mean_s"] == pytest.approx(2 * HOUR_S, abs=1)


def test_what_began_before_counts_where_it_belongs(shell: Shell, journal: Written) -> None:
    options = ("--interval", "total", "--by", "total", "--json")
    (late,) = past(shell, journal, *options, since_s=2 * HOUR_S).json["intervals"]
    assert (late["total"]["offered"], late["total"]["abandoned"]) == (0, 1)
    assert late["total"]["with_agents"] == 1
    assert late["agents"]["occupancy"] == 1


@pytest.mark.parametrize("by", FORMS)
def test_csv(shell: Shell, journal: Written, by: str) -> None:
    done = past(shell, journal, "--by", by, "--csv", "told.csv", "--zone", "Asia/Tokyo")
    text = Path("told.csv").read_text(encoding="utf-8")
    found = list(csv.DictReader(io.StringIO(text)))
    assert f"{len(found):,} lines in told.csv (" in done.err
    assert done.out == ""
    assert all(line["from"].endswith("+09:00") for line in found)
    assert past(shell, journal, "--by", by, "--csv", "-", "--zone", "Asia/Tokyo").out.startswith(
        text.splitlines()[0]
    )


def test_own_thresholds(shell: Shell, journal: Written) -> None:
    options = ("--split-by-wait", "3,60", "--interval", "total", "--by", "total")
    done = past(shell, journal, *options)
    for name in ("answered ≤3 s", "abandoned ≤3 s", "answered ≤60 s", "abandoned ≤60 s"):
        assert name in done.out
    (whole,) = past(shell, journal, *options, "--json").json["intervals"]
    assert whole["total"]["answered_within_s"] == {"3": 0, "60": 1}
    assert whole["total"]["answered_above_s"] == {"3": 1, "60": 0}
    assert whole["total"]["abandoned_above_s"] == {"3": 1, "60": 1}


def test_without_a_begin_it_is_the_journals(shell: Shell, journal: Written) -> None:
    done = shell("stats", "--to", "now", "--interval", "total", "--json", "--redis", journal.url)
    (whole,) = done.json["intervals"]
    assert whole["from_ms"] == done.json["first_record_ms"]


def test_too_much_is_refused(
    shell: Shell, journal: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stats_past, "TABLE_LINES_MAX", 3)
    monkeypatch.setattr(stats_past, "LINES_MAX", 4)
    since = ("stats", "--from", ago(4 * HOUR_S), "--redis", journal.url)
    for options, said in (
        ((), "more than 3 lines: ask for a shorter time (--from, --to), a longer --interval, or"),
        (("--csv", "told.csv"), "more than 4 lines"),
    ):
        done = shell(*since, *options)
        assert done.code == 2
        assert said in done.err
    assert list(Path().iterdir()) == [], "no half of a file is left"
    monkeypatch.setattr(stats_past, "INTERVALS_MAX", 10)
    assert "more than 10 intervals" in shell(*since).err


def test_a_file_that_cannot_be_written(shell: Shell, journal: Written) -> None:
    done = shell("stats", "--from", "yesterday", "--csv", "no/such/x.csv", "--redis", journal.url)
    assert done.code == 2
    assert "no/such/x.csv" in done.err


def test_a_device_is_written_to(shell: Shell, journal: Written) -> None:
    done = past(shell, journal, "--csv", "/dev/null")
    assert "lines in /dev/null" in done.err
    assert Path("/dev/null").exists()


@pytest.mark.parametrize("options", [("--json",), ("--csv", "told.csv"), ()])
def test_progress_is_shown_on_a_terminal_and_is_no_part_of_the_output(
    shell: Shell, journal: Written, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    terminal = Console(file=io.StringIO(), force_terminal=True, width=100)
    monkeypatch.setattr(progress_module, "error_console", lambda: terminal)
    done = past(shell, journal, *options)
    assert isinstance(terminal.file, io.StringIO)
    assert "folding the journal" in terminal.file.getvalue()
    assert "folding the journal" not in done.out
    if options == ("--json",):
        assert json.loads(done.out)["intervals"]
