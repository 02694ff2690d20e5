from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.quality import bench_command
from benchmarks.quality.contests import Contest
from benchmarks.quality.instance import Instance, Target
from benchmarks.quality.models.cross_trained import xmodel
from tests.adapters.cli.shell import Shell


def small(number: float) -> Contest:
    """Two rows of a small center, and a target."""
    instance = xmodel(arrivals="1,0.8", agents="5,5")
    rows = [row for row in instance.rows if row.label in ("OneQueue default", "own type first")]

    def build() -> Instance:
        target = Target("most of them", "own type first", "service_level", number)
        return replace(instance, rows=tuple(rows), targets=(target,))

    return Contest("small", build, drawn=("service_level", "value"))


@pytest.fixture
def contests(monkeypatch: pytest.MonkeyPatch) -> dict[str, Contest]:
    found = {"easy": small(0.1), "hard": small(1.1)}
    monkeypatch.setattr(bench_command, "CONTESTS", found)
    return found


def test_it_is_told_written_and_drawn(
    shell: Shell, contests: dict[str, Contest], tmp_path: Path
) -> None:
    ended = shell(
        "bench", "quality", "--instance", "easy", "--calls", "200", "--jobs", "1", "--check",
        "--json", "out.json", "--report", "out.html",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    assert "Less OneQueue default, under the same contacts" in ended.out
    assert "met" in ended.out
    document = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert document["format"] == "onequeue-quality-1"
    assert document["holds"] is True
    (instance,) = document["instances"]
    assert instance["frontier"] == {"x": "service_level", "y": "value"}
    first, base = instance["rows"]
    assert first["differences"]["value"]["mean"] > 0
    assert "differences" not in base
    assert instance["targets"][0]["met"] is True
    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert "own type first" in page


def test_a_missed_target_is_told_and_fails_a_check(
    shell: Shell, contests: dict[str, Contest]
) -> None:
    few = ("bench", "quality", "--instance", "hard", "--calls", "200", "--jobs", "1")
    ended = shell(*few)
    assert ended.code == 0
    assert "MISSED" in ended.out
    assert shell(*few, "--check").code == 1


def test_unknown_instances_are_named(shell: Shell, contests: dict[str, Contest]) -> None:
    ended = shell("bench", "quality", "--instance", "soft")
    assert ended.code == 2
    assert "they are: easy, hard" in ended.err


def test_help_has_examples(shell: Shell) -> None:
    assert "onequeue bench quality --quick" in shell("bench", "quality", "--help").out
