from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from benchmarks.scenario.reading import builtin_names, read_scenario
from benchmarks.simulator.command import app
from tests.benchmarks.scenario.samples import document, kind

RUNNER = CliRunner()


def test_the_built_in_scenarios_are_listed_and_shown() -> None:
    listed = RUNNER.invoke(app, ["--list"])
    assert listed.exit_code == 0
    assert [line.split()[0] for line in listed.stdout.splitlines()] == builtin_names()
    shown = RUNNER.invoke(app, ["surge", "--show"])
    assert read_scenario(yaml.safe_load(shown.stdout)) == read_scenario("surge")


def test_a_scenario_is_simulated_told_and_written(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    types = {"call": kind(patience=100, preferred={}), "chat": kind(channel="chat", wrap_up=5)}
    file.write_text(yaml.safe_dump(document(name="mine", types=types, thresholds_s=[20, 60])))
    found = tmp_path / "found.json"
    options = ["--json", str(found), "--report", str(tmp_path / "found.html"), "-r", "3"]
    result = RUNNER.invoke(app, [str(file), *options, "--jobs", "1", "--seed", "4"])
    assert result.exit_code == 0, result.output
    for words in ("gave up", "p99", "60 s", "occupancy", "interactions", "3 replications"):
        assert words in result.output
    told = json.loads(found.read_text())
    assert told["format"] == "onequeue-simulation-1"
    assert (told["scenario"], told["seed"], told["replications"]) == ("mine", 4, 3)
    assert told["interactions_per_cpu_s"] > 0
    assert set(told["types"]) == {"call", "chat"}
    assert set(told["channels"]) == {"voice", "chat"}
    assert 0 < told["types"]["call"]["service_level_at_s"]["60"]["mean"] <= 1
    assert told["all"]["wait_quantile_s"]["p99"]["half_width"] >= 0
    assert set(told["agents"]) == {"desk-1", "desk-2", "desk-3"}
    assert len(told["series"]["at_s"]) == len(told["series"]["depth"])
    assert "<html" in (tmp_path / "found.html").read_text()
    again = tmp_path / "again.json"
    RUNNER.invoke(app, [str(file), "--json", str(again), "-r", "3", "--jobs", "2", "--seed", "4"])
    assert json.loads(again.read_text())["all"] == told["all"]


def test_another_policy_can_be_tried(tmp_path: Path) -> None:
    policy = tmp_path / "center.yaml"
    policy.write_text(yaml.safe_dump({"channels": {"voice": {}}, "queues": {"a": {}}}))
    result = RUNNER.invoke(app, ["surge", "--policy", str(policy), "-r", "1", "--jobs", "1"])
    assert result.exit_code == 0, result.output
    assert "20 stretches of one run" in result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "built in are"),
        (["mine.yaml", "--show"], "not built in"),
        (["surge", "--json", "no/where.json"], "there is no directory"),
    ],
)
def test_wrong_usage_is_told(arguments: list[str], words: str) -> None:
    result = RUNNER.invoke(app, arguments)
    assert result.exit_code != 0
    assert words in f"{result.output}{result.exception}"
