"""docs/tuning.md: its objective is one, and its tables name all that there is."""

from __future__ import annotations

import re
from pathlib import Path

from typer.main import get_command

from adapters.tuning.figures import MEASURES
from adapters.tuning.objective import preset_names, read_objective
from benchmarks.tuning.command import app
from benchmarks.tuning.knobs import FACTORS, KNOB_GROUPS, RATIOS, URGENCIES
from benchmarks.tuning.validation import Verdict

PAGE = (Path(__file__).parents[2] / "docs" / "tuning.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


def first(heading: str) -> set[str]:
    return {row[0].strip("`") for row in rows(heading)}


def test_the_objective_is_one(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    assert len(read_objective(file).subject_to) == 2


def test_every_measure_preset_knob_and_verdict_is_named() -> None:
    assert first("Objectives") == set(MEASURES) | set(preset_names())
    assert first("Knobs") == set(KNOB_GROUPS)
    assert first("What is told") == {verdict.value for verdict in Verdict}


def test_the_values_of_knobs_are_those() -> None:
    told = {row[0].strip("`"): re.findall(r"[\d.]+", row[2]) for row in rows("Knobs")}
    assert [float(each) for each in told["weights"]] == list(RATIOS)
    assert [float(each) for each in told["urgency"]] == list(URGENCIES)
    assert [float(each) for each in told["steps"]] == list(FACTORS)


def test_every_option_is_named() -> None:
    command = get_command(app)
    options = {option for each in command.params for option in each.opts if option[:2] == "--"}
    assert options - {"--help"} == set(re.findall(r"--[a-z]+", PAGE))
