"""The snippets of docs/simulate.md are scenarios, and its tables name every field."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
import yaml
from pydantic import BaseModel
from typer.testing import CliRunner

from benchmarks.scenario.arrivals import Process
from benchmarks.scenario.distributions import Distribution
from benchmarks.scenario.document import ContactType, Preferred, Retrials, Scenario, Spike
from benchmarks.scenario.elements import Rated
from benchmarks.scenario.people import Agent, Breaks, Group, Shift
from benchmarks.scenario.reading import read_scenario
from benchmarks.scenario.replay import Replay
from benchmarks.simulator.command import app
from benchmarks.simulator.figures import figures_of, layout_of
from benchmarks.simulator.measures import measure
from benchmarks.simulator.run import simulate

PAGE = (Path(__file__).parents[2] / "docs" / "simulate.md").read_text(encoding="utf-8")
RUNNER = CliRunner()
SNIPPETS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def rows(heading: str) -> list[list[str]]:
    """The cells of the tables of a section."""
    section = re.split(rf"\n##+ {heading}\n", PAGE)[1]
    section = re.split(r"\n##+ ", section)[0]
    return [line.split("|")[1:-1] for line in section.splitlines() if line.startswith("| `")]


def named(heading: str, column: int = 0) -> set[str]:
    return {name for row in rows(heading) for name in re.findall(r"`(\w+)`", row[column])}


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_snippets_can_be_simulated(snippet: str) -> None:
    scenario = read_scenario(yaml.safe_load(snippet))
    short = scenario.model_copy(update={"warm_up_s": 0.0, "horizon_s": 1_800.0})
    layout = layout_of(short, 1)
    found = measure(short, layout, [figures_of(simulate(short, 1), layout)])
    assert found.everything.one["served"].mean > 20


@pytest.mark.parametrize(
    ("heading", "models"),
    [
        ("A scenario", [Scenario]),
        ("Types", [ContactType]),
        ("Replay", [Replay]),
        ("Agents", [Group, Agent]),
    ],
)
def test_tables_name_every_field(heading: str, models: list[type[BaseModel]]) -> None:
    fields = {name for model in models for name in model.model_fields}
    assert named(heading) == fields


@pytest.mark.parametrize(("heading", "union"), [("Arrivals", Process), ("Distributions", None)])
def test_every_kind_is_named_with_its_fields(heading: str, union: object) -> None:
    models = get_args(union or get_args(Distribution)[0])
    known = {
        row[0].strip().strip("`"): set(re.findall(r"`(\w+)`", row[1])) for row in rows(heading)
    }
    rate = set(Rated.model_fields)
    for model in models:
        (kind,) = get_args(model.model_fields["kind"].annotation)
        assert known.pop(kind) >= set(model.model_fields) - {"kind"} - rate, kind
    assert not known


@pytest.mark.parametrize("model", [Spike, Retrials, Preferred, Shift, Breaks])
def test_small_parts_are_named(model: type[BaseModel]) -> None:
    assert all(f"`{name}`" in PAGE for name in model.model_fields)


def test_the_options_are_those_of_the_command() -> None:
    told = RUNNER.invoke(app, ["--help"]).stdout
    named_options = set(re.findall(r"`(--[a-z]+)", PAGE.split("\n## ")[0]))
    assert named_options <= set(re.findall(r"--[a-z]+", told))
    assert set(re.findall(r"(?m)^\s+(?:-r, )?(--[a-z]+)", told)) - {"--help"} <= named_options
