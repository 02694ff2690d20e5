from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.quality.command import app
from benchmarks.quality.models.catalogue import MODELS


def invoke(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def test_list_names_every_model() -> None:
    code, output, _ = invoke("list")
    assert code == 0
    assert [line.split()[0] for line in output.splitlines()] == [
        *MODELS,
        "optimiser",
        "waits",
        "holds",
    ]


def test_help_has_the_models_own_options_and_the_shared_ones() -> None:
    code, output, _ = invoke("xmodel", "--help")
    assert code == 0
    for option in ("--arrivals", "--agents", "--patience", "--policy", "--json", "--seed"):
        assert option in output


def test_other_numbers_run_against_the_same_command(tmp_path: Path) -> None:
    policy, written = tmp_path / "center.yaml", tmp_path / "out.json"
    policy.write_text("channels: {voice: {}}\nqueues: {all: {}}\n", encoding="utf-8")
    code, output, errors = invoke(
        "erlang-a", "--arrivals", "60/h", "--agents", "4", "--handle", "3", "--seed", "4",
        "--calls", "2000", "--jobs", "1", "--policy", str(policy), "--json", str(written),
    )  # fmt: skip
    assert code == 0, output
    assert "1 calls/min, 3 min, 4 agents" in output
    assert "policy center.yaml" in output
    assert "seed 4, calls 2,000" in errors
    document = json.loads(written.read_text(encoding="utf-8"))
    assert document["holds"] is True
    (instance,) = document["instances"]
    default, own = instance["rows"]
    assert instance["model"] == "erlang-a"
    # one type, first come first served: no weights can make a difference
    assert default["measures"] == own["measures"]
    assert default["references"]["abandonment"]["holds"] is True
    assert own["references"] == {}


def test_what_does_not_hold_gives_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.simulator.estimates.STANDARD_ERRORS_MAX", 0.0)
    code, output, _ = invoke("erlang-c", "--agents", "8", "--calls", "400", "--jobs", "1")
    assert code == 1
    assert "NO" in output


def test_the_optimiser_alone(tmp_path: Path) -> None:
    written = tmp_path / "out.json"
    code, output, _ = invoke("optimiser", "--size", "20", "--rounds", "30", "--json", str(written))
    assert code == 0
    assert "joint assignment" in output
    (instance,) = json.loads(written.read_text(encoding="utf-8"))["instances"]
    assert instance["rows"][0]["references"]["cost"]["holds"] is True


def test_bad_numbers_are_usage_errors() -> None:
    result = CliRunner().invoke(app, ["xmodel", "--arrivals", "ten"])
    assert "positive numbers" in str(result.exception)
