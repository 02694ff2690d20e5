"""`onequeue tune` as people and the API call it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from adapters.cli.output import UsageError
from adapters.documents.policy_file import check_policy
from adapters.jobs.child import Report
from benchmarks.tuning.command import app
from tests.benchmarks.tuning.grounds import BLENDED

OBJECTIVE = {
    "maximise": ["service_level of channel voice", "preferred_rate"],
    "minimise": ["mean_wait of channel chat"],
}


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return done.stdout


@pytest.fixture
def asked(tmp_path: Path) -> list[str]:
    scenario, objective = tmp_path / "center.yaml", tmp_path / "objective.yaml"
    scenario.write_text(yaml.safe_dump(BLENDED), encoding="utf-8")
    objective.write_text(yaml.safe_dump(OBJECTIVE), encoding="utf-8")
    return ["--objective", str(objective), "--scenario", str(scenario), "--jobs", "1"]


def test_a_search_with_everything_that_it_writes(asked: list[str], tmp_path: Path) -> None:
    file, page, points = tmp_path / "a.json", tmp_path / "a.html", tmp_path / "points"
    outcome = run(
        *asked,
        *("--trials", "6", "--fresh", "2", "-r", "2", "--seconds", "600"),
        *("--json", str(file), "--report", str(page), "--write", str(points)),
    )
    document: dict[str, Any] = json.loads(file.read_text())
    assert document["format"] == "onequeue-tuning-1"
    assert document["is_validated"]
    assert document["effort"]["trials"] <= 6
    assert document["conclusion"] in " ".join(outcome.split())
    assert len(document["tried"]["values"]) == document["effort"]["trials"] + 1
    names = [point["name"] for point in document["frontier"]]
    assert names
    assert sorted(path.stem for path in points.iterdir()) == names
    for point in document["frontier"]:
        policy = check_policy(points / f"{point['name']}.yaml").policy
        assert policy.model_dump(mode="json") == point["policy"]
    told = page.read_text(encoding="utf-8")
    assert document["conclusion"] in told
    assert "service_level of channel voice against preferred_rate" in told
    with pytest.raises(UsageError, match="not empty"):
        run(*asked, "--write", str(points))


def test_progress_in_lines_is_what_a_job_reads(asked: list[str]) -> None:
    outcome = run(*asked, "--trials", "2", "--fresh", "2", "-r", "2", "--progress", "json")
    report, seen = Report(), list[tuple[str, int, int]]()
    for line in outcome.splitlines():
        report.take(line.encode())
        seen.append((report.progress.stage, report.progress.done, report.progress.of))
    assert ("searching", 0, 2) in seen
    assert seen[-1][0] == "validating on fresh numbers"
    assert report.is_final
    assert json.loads(report.result or b"")["is_validated"]
    assert report.news >= 3


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "name an --objective"),
        (["--objective", "nonsense", "--scenario", "surge"], "there is no preset"),
        (["--objective", "fair-load"], "on which traffic"),
        (
            ["--objective", "fair-load", "--scenario", "surge", "--knobs", "luck"],
            "there are weights",
        ),
        (["--objective", "fair-load", "--scenario", "surge", "--progress", "x"], "bar or json"),
        (["--objective", "fair-load", "--scenario", "nowhere"], "there is no scenario"),
        (["--objective", "best-matches", "--scenario", "bank-day"], "preferred_rate"),
    ],
)
def test_what_cannot_be_asked(arguments: list[str], told: str) -> None:
    with pytest.raises(Exception, match=told):
        run(*arguments, "--seed", "1")


def test_the_presets_are_listed() -> None:
    assert "voice-80-20" in run("--list")
