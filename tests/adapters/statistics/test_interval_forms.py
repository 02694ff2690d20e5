"""Intervals that are over as a table, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from adapters.explain.grid import plain_lines
from adapters.statistics.grouping import parsed_grouping
from adapters.statistics.interval_csv import IntervalCsv
from adapters.statistics.interval_json import IntervalJson
from adapters.statistics.interval_table import IntervalTable
from adapters.statistics.intervals import blank_line
from adapters.statistics.statistics import Statistics
from adapters.statistics.windows import Intervals, Span
from router import commands as cm
from tests.adapters.statistics.story import BEGIN_MS, Story, create

FORMS = ("total", "agent", "skill", "queue", "queue,channel", "channel,skill,queue")


@pytest.fixture
def story() -> Story:
    story = Story()
    story.do(cm.AgentLogin("ann", "desk", skills={"tech": 3}, activity="at-work"))
    story.do(create("a", requirements=(cm.Requirement("tech"),)), create("b", queue="billing"))
    story.do(cm.Accept("0-1", "ann"), cm.AgentState("ann", activity="lunch"), after_s=3)
    story.do(cm.Complete("a", "ann"), cm.Cancel("b"), after_s=1_000)
    story.do(after_s=100)
    story.do(after_s=100)
    return story


def table(story: Story, by: str, interval_s: int = 900, zone: str = "UTC") -> list[str]:
    span = Span(story.records[0].now_ms, story.now_ms)
    intervals = Intervals(ZoneInfo(zone), interval_s * 1_000, span)
    grown = IntervalTable(intervals, parsed_grouping(by), (5, 60))
    for figures in story.intervals(parsed_grouping(by), interval_s, zone=zone):
        grown.add(figures)
    return plain_lines(grown.page())


def lines(story: Story, by: str) -> list[dict[str, str]]:
    stream, grouping = io.StringIO(newline=""), parsed_grouping(by)
    statistics = Statistics(Intervals(ZoneInfo("UTC"), 0, Span(0, 1)), (grouping,))
    grown = IntervalCsv(stream, grouping, blank_line(statistics, grouping))
    assert stream.getvalue().count("\n") == 1
    for figures in story.intervals(grouping, 900):
        told = grown.add(figures)
    found = list(csv.DictReader(io.StringIO(stream.getvalue(), newline="")))
    assert len(found) == told
    return found


def test_the_table(story: Story) -> None:
    head, titles, *rows = table(story, "queue,channel")
    assert head == "2026-01-01 00:00 to 2026-01-01 00:20, UTC"
    assert titles.split()[:5] == ["from", "queue", "channel", "offered", "answered"]
    assert [row.split()[:5] for row in rows] == [
        ["00:00", "billing", "voice", "1", "0"],
        ["00:00", "general", "voice", "1", "1"],
        ["00:00", "all", "2", "1", "0"],
        ["00:15", "billing", "voice", "0", "0"],
        ["00:15", "general", "voice", "0", "0"],
        ["00:15", "all", "0", "0", "1"],
    ]


@pytest.mark.parametrize("by", FORMS)
def test_every_grouping_has_a_table(story: Story, by: str) -> None:
    _, titles, *rows = table(story, by)
    assert titles.split()[0] == "from"
    assert len(rows) >= 2


def test_agents_and_what_they_did(story: Story) -> None:
    _, titles, first, second = table(story, "agent")
    assert titles.split()[:3] == ["from", "agent", "offers"]
    assert first.split()[:5] == ["00:00", "ann", "1", "1", "0"]
    assert "lunch 14:57" in first
    assert "at-work 3 s" in first
    assert "18:20" in second, "the handle time"


def test_of_several_days_each_line_has_its_date(story: Story) -> None:
    story.do(after_s=86_400)
    rows = table(story, "queue", 12 * 3_600)[2:]
    assert [row.split()[:3] for row in rows] == [
        ["2026-01-01", "00:00", "billing"],
        ["2026-01-01", "00:00", "general"],
        ["2026-01-01", "00:00", "all"],
        ["2026-01-01", "12:00", "all"],
        ["2026-01-02", "00:00", "all"],
    ]


def test_lines_that_would_say_nothing_are_left_out(story: Story) -> None:
    story.do(create("c", "chat", queue="billing"), cm.AgentState("ann", "available"))
    story.do(cm.Accept("0-2", "ann"))
    story.do(after_s=900)
    (*_, last) = story.intervals(("queue",), 900)
    assert [(row["queue"], row["with_agents"]) for row in last["rows"]] == [("billing", 1)]
    assert [row.split()[:2] for row in table(story, "queue")[-1:]] == [["00:30", "all"]]


def test_days_are_told_by_their_date(story: Story) -> None:
    rows = table(story, "total", 86_400)[2:]
    assert [row.split()[0] for row in rows] == ["2026-01-01"]
    assert "00:00" not in rows[0]


def test_an_hour_that_comes_twice_is_told_apart() -> None:
    story = Story(1_792_882_800_000)  # 2026-10-25 01:00 in Berlin, before the clocks are put back
    story.do(create("a"))
    story.do(after_s=3 * 3_600)
    rows = table(story, "total", 3_600, "Europe/Berlin")[2:]
    assert [row.split()[:2] for row in rows] == [
        ["01:00", "1"],
        ["02:00", "CEST"],
        ["02:00", "CET"],
    ]


@pytest.mark.parametrize("by", FORMS)
def test_csv_has_the_same_columns_in_every_line(story: Story, by: str) -> None:
    found = lines(story, by)
    assert found
    assert all(None not in line and None not in line.values() for line in found)
    when = [(line["from"], line["from_ms"]) for line in found]
    assert set(when) == {
        ("2026-01-01T00:00:00+00:00", str(BEGIN_MS)),
        ("2026-01-01T00:15:00+00:00", str(BEGIN_MS + 900_000)),
    }


def test_figures_in_csv(story: Story) -> None:
    first, second = lines(story, "total")
    assert (first["offered"], first["offers.accepted"], first["wait_mean_s"]) == ("2", "1", "3.0")
    assert (first["answered_within_s.5"], second["abandoned_above_s.600"]) == ("1", "1")
    assert first["agents.activity_s"] == "at-work=3.0;lunch=897.0"
    assert second["wait_mean_s"] == ""


def test_json_is_one_object(story: Story) -> None:
    stream = io.StringIO()
    grown = IntervalJson(stream, {"tenant": "main", "by": "queue"})
    figures = story.intervals(("queue",), 900)
    assert [grown.add(each) for each in figures] == [2, 4]
    grown.end()
    found: dict[str, Any] = json.loads(stream.getvalue())
    assert found == {"tenant": "main", "by": "queue", "intervals": figures}
    assert stream.getvalue().count("\n") == 4, "a line for each interval"


def test_names_that_could_steer_a_terminal_are_escaped() -> None:
    story = Story()
    story.do(cm.AgentLogin("a\x1b[2J", "desk"))
    story.do(after_s=60)
    assert "\x1b" not in "".join(table(story, "agent"))
    assert "\x1b" not in story.text("agent")


@pytest.mark.parametrize("text", ["", "queue,queue", "agent,queue", "total,queue", "colour"])
def test_wrong_groupings(text: str) -> None:
    with pytest.raises(ValueError, match="some of queue, channel, skill"):
        parsed_grouping(text)
