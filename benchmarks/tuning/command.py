"""Search for weights that serve an objective better."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import typer

from adapters.cli.output import Exit, UsageError, console, report_console
from adapters.documents.policy_yaml import policy_yaml
from adapters.tuning.objective import Objective, preset, preset_names, read_objective
from benchmarks.charts.tuning import write_tuning_report
from benchmarks.reporting import JsonOption, PageOption, one_line_for, write_report
from benchmarks.scenario.policies import completed_policy
from benchmarks.scenario.reading import read_scenario
from benchmarks.tuning.follow import ProgressForm, followed
from benchmarks.tuning.ground import Ground
from benchmarks.tuning.options import (
    FreshOption,
    JobsOption,
    KnobsOption,
    ListOption,
    ObjectiveOption,
    PolicyOption,
    ProgressOption,
    ReplicationsOption,
    ScenarioOption,
    SecondsOption,
    SeedOption,
    TrialsOption,
    WriteOption,
    groups_of,
)
from benchmarks.tuning.report import name_of
from benchmarks.tuning.running import Plan, tuned
from benchmarks.tuning.scenarios import ScenarioGround
from benchmarks.tuning.validation import Point
from benchmarks.tuning.view import print_tuning
from router.policy import parse_policy

__all__ = ("app", "tune")

TRIALS: Final = 200
REPLICATIONS: Final = 6
FRESH: Final = 20
KNOBS: Final = "weights,urgency"
PLAIN_WIDTH: Final = 160

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command(no_args_is_help=True)
def tune(
    *,
    objective: ObjectiveOption = None,
    scenario: ScenarioOption = None,
    policy: PolicyOption = None,
    knobs: KnobsOption = KNOBS,
    trials: TrialsOption = TRIALS,
    seconds: SecondsOption = None,
    seed: SeedOption = 1,
    replications: ReplicationsOption = REPLICATIONS,
    fresh: FreshOption = FRESH,
    jobs: JobsOption = None,
    json_file: JsonOption = None,
    page: PageOption = None,
    write: WriteOption = None,
    progress: ProgressOption = "bar",
    list_all: ListOption = False,
) -> None:
    """Search for the weights of a policy that serve a stated objective better.

    Every policy meets the same contacts. The best of them are tried once more on fresh ones, in
    pairs with the policy that the search began with, and only that is told. Nothing is applied.

    \b
    Examples:
      onequeue tune --list
      onequeue tune --objective voice-80-20 --scenario omnichannel
      onequeue tune --objective mine.yaml --scenario mine-center.yaml --policy center.yaml
      onequeue tune --objective best-matches --scenario surge --seconds 300 --report tuned.html
      onequeue tune --objective fair-load --scenario omnichannel --write tuned/

    Objectives, knobs and what is claimed: docs/tuning.md. Exits with 0, also when nothing better
    was found; 2 when something asked for cannot be used; 130 after Ctrl-C.
    """
    if list_all:
        _list()
        return
    form = _form(progress)
    if objective is None:
        raise UsageError(f"name an --objective: a file, or one of {', '.join(preset_names())}")
    wanted = read_objective(objective)
    plan = Plan(
        groups_of(knobs), trials, seconds, seed, replications, fresh, jobs or os.cpu_count() or 1
    )
    ground = _ground(scenario, policy, seed)
    with one_line_for(code=Exit.USAGE, command="onequeue tune"):
        document = _tuned(ground, wanted, plan, form, write)
    write_report(document, json_file)
    if page is not None:
        write_tuning_report(document, page)


def _tuned(
    ground: Ground, wanted: Objective, plan: Plan, form: ProgressForm, write: Path | None
) -> dict[str, Any]:
    with followed(form) as follow:
        document, points = tuned(ground, wanted, plan, follow)
        follow.result(document, final=True)
    if form == "bar":
        print_tuning(document, report_console(PLAIN_WIDTH))
    if write is not None:
        _write(points, write)
    return document


def _ground(scenario: str | None, policy: Path | None, seed: int) -> Ground:
    if scenario is None:
        raise UsageError("on which traffic? Give --scenario")
    asked = read_scenario(scenario)
    if policy is not None:
        asked = completed_policy(asked.model_copy(update={"policy": str(policy)}), Path())
    return ScenarioGround(asked, seed)


def _form(progress: str) -> ProgressForm:
    if progress == "json":
        return "json"
    if progress == "bar":
        return "bar"
    raise UsageError(f"--progress {progress}: it is bar or json")


def _list() -> None:
    for name in preset_names():
        console().print(f"{name:24}  {preset(name).description}", markup=False)


def _write(points: list[Point], folder: Path) -> None:
    """Every point as a whole policy; nothing of it is in force."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, point in enumerate(points[1:]):
        text = policy_yaml(parse_policy(point.candidate.policy))
        (folder / f"{name_of(number)}.yaml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    app()
