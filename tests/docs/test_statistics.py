"""docs/statistics.md names every column, field and option of `onequeue stats`, and no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import typer
from typer.main import get_command

from adapters.cli.main import app
from adapters.statistics.cells import COUNTED, DONE, HANDLED, SPENT
from adapters.statistics.figures import figures_at
from adapters.statistics.interval_csv import flattened
from adapters.statistics.intervals import blank_line
from adapters.statistics.staff import Staff
from adapters.statistics.staffing import Agent
from adapters.statistics.statistics import Statistics
from adapters.statistics.table import _AGENTS, _DAY, _SKILLS, _STANDING
from adapters.statistics.tally import THRESHOLDS_S
from adapters.statistics.windows import Windows

PAGE = (Path(__file__).parents[2] / "docs" / "statistics.md").read_text(encoding="utf-8")
OWN = {"interval", "day", "by", "rows", "total", "tenant", "zone", "interval_s", "agents"}


def told() -> set[str]:
    return set(re.findall(r"`(\w[\w -]*)`", PAGE))


def figures() -> dict[str, Any]:
    windows = Windows(ZoneInfo("UTC"), 900_000)
    statistics = Statistics(windows)
    statistics.staffing.agents["ann"] = Agent(Staff())
    return figures_at(statistics, windows, ("agent",), 1)


def test_every_field_is_told() -> None:
    found = figures()
    (agent,) = found["rows"]
    group, agents = found["total"], found["agents"]
    fields = {*found, *group, *group["interval"], *group["interval"]["offers"]}
    fields |= {*agents, *agents["interval"], *agents["interval"]["status_s"]}
    fields |= {*agent, *agent["interval"]} - {"agent"}
    assert fields - OWN - told() == set()


@pytest.mark.parametrize("by", [(), ("agent",), ("skill",), ("queue", "channel")])
def test_every_field_of_a_line_is_told(by: tuple[str, ...]) -> None:
    line = blank_line(Statistics(Windows(ZoneInfo("UTC"), 900_000), (by,)), by)
    names = {part for name, _ in flattened(line) for part in name.split(".")}
    assert {name for name in names if not name.isdigit()} - OWN - told() == set()


def test_every_column_is_told() -> None:
    columns = {*_STANDING, *_DAY, *_SKILLS, *_AGENTS, *COUNTED, *HANDLED, *DONE, *SPENT}
    assert columns - told() == set()


def test_the_thresholds_are_those_of_the_fold() -> None:
    told = re.search(r"answered within ([\d, ]+) seconds", PAGE)
    assert told is not None
    assert [int(each.replace(",", "")) for each in told[1].split(", ")] == list(THRESHOLDS_S)


def test_the_options_are_all_on_the_page() -> None:
    group: Any = get_command(app)
    command = group.get_command(typer.Context(group), "stats")
    options = {max(p.opts, key=len) for p in command.params if p.param_type_name == "option"}
    listed = set(re.findall(r"`(--[\w-]+)`", PAGE.split("## What is counted")[0]))
    assert listed == options - {"--help"}
