"""docs/statistics.md names every column, field and option of `onequeue stats`, and no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer
from typer.main import get_command

from adapters.cli.main import app
from adapters.statistics.figures import figures_at
from adapters.statistics.staffing import Agent
from adapters.statistics.statistics import Statistics
from adapters.statistics.table import _AGENTS, _GROUPS, _SKILLS
from adapters.statistics.tally import THRESHOLDS_S
from adapters.statistics.windows import Windows

PAGE = (Path(__file__).parents[2] / "docs" / "statistics.md").read_text(encoding="utf-8")
OWN = {"interval", "day", "by", "rows", "total", "tenant", "zone", "interval_s", "agents"}


def told() -> set[str]:
    return set(re.findall(r"`(\w[\w ]*)`", PAGE))


def figures() -> dict[str, Any]:
    statistics = Statistics(Windows(ZoneInfo("UTC"), 900_000))
    statistics.staffing.agents["ann"] = Agent()
    return figures_at(statistics, "agent", 1)


def test_every_field_is_told() -> None:
    found = figures()
    (agent,) = found["rows"]
    group = found["total"]
    fields = {*found, *group, *group["interval"], *group["interval"]["offers"]}
    fields |= {*agent, *agent["interval"]} - {"agent", "is_signed_in"}
    assert fields - OWN - told() == set()


def test_every_column_is_told() -> None:
    assert {*_GROUPS, *_SKILLS, *_AGENTS} - told() == set()


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
