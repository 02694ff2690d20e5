"""Search for weights that serve an objective better."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import typer

from adapters.cli.connection import RedisOption, TenantOption
from adapters.cli.history import ArchiveOption, opened_history
from adapters.cli.output import Exit, UsageError, console, report_console
from adapters.cli.stats_times import moment_ms_of
from adapters.documents.policy_file import load_policy
from adapters.documents.policy_yaml import policy_yaml
from adapters.tuning.objective import preset, preset_names, read_objective
from benchmarks.preview.reading import record
from benchmarks.reporting import JsonOption, PageOption, one_line_for, write_report
from benchmarks.scenario.policies import completed_policy
from benchmarks.scenario.reading import read_scenario
from benchmarks.tuning.follow import Follow, ProgressForm, followed
from benchmarks.tuning.ground import Ground
from benchmarks.tuning.options import (
    FreshOption,
    FromOption,
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
    ToOption,
    TrialsOption,
    WriteOption,
    groups_of,
)
from benchmarks.tuning.recorded import recorded_ground
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
UTC_ZONE: Final = ZoneInfo("UTC")

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
    from_option: FromOption = None,
    to_option: ToOption = None,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
    archive: ArchiveOption = None,
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
      onequeue tune --objective voice-80-20 --from 2026-03-02 --to 2026-03-03 --redis redis://host
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
    on = _Traffic(scenario, from_option, to_option, redis_option, tenant, archive, policy)
    with one_line_for(code=Exit.USAGE, command="onequeue tune"), followed(form) as follow:
        with on.ground(seed, follow) as ground:
            document, points = tuned(ground, wanted, plan, follow)
        follow.result(document, final=True)
    if form == "bar":
        print_tuning(document, report_console(PLAIN_WIDTH))
    if write is not None:
        _write(points, write)
    write_report(document, json_file)
    if page is not None:
        from benchmarks.charts.tuning import write_tuning_report  # plotly takes a second

        write_tuning_report(document, page)


class _Traffic(NamedTuple):
    """On which contacts, as it was asked."""

    scenario: str | None
    from_text: str | None
    to_text: str | None
    redis_option: str | None
    tenant: str
    archive: Path | None
    policy: Path | None

    @contextmanager
    def ground(self, seed: int, follow: Follow) -> Iterator[Ground]:
        """What policies are tried on. Raises :class:`UsageError`, and what is wrong with a
        scenario, a policy or a history."""
        if (self.scenario is None) == (self.from_text is None):
            raise UsageError("on which traffic? Give --scenario, or --from and --to")
        if self.scenario is not None:
            yield self._made_up(self.scenario, seed)
            return
        with TemporaryDirectory(prefix="onequeue-tune-") as folder:
            yield self._recorded(Path(folder) / "recording", seed, follow)

    def _made_up(self, scenario: str, seed: int) -> Ground:
        asked = read_scenario(scenario)
        if self.policy is not None:
            asked = completed_policy(asked.model_copy(update={"policy": str(self.policy)}), Path())
        return ScenarioGround(asked, seed)

    def _recorded(self, file: Path, seed: int, follow: Follow) -> Ground:
        base = None if self.policy is None else load_policy(self.policy).model_dump(mode="json")
        now_ms = int(time.time() * 1_000)
        from_ms, to_ms = (
            moment_ms_of(option, text or "now", UTC_ZONE, now_ms)
            for option, text in (("--from", self.from_text), ("--to", self.to_text))
        )
        if from_ms >= to_ms:
            raise UsageError(f"--to {self.to_text or 'now'}: it is not after --from")
        with opened_history(self.redis_option, self.tenant, self.archive) as history:
            recording = record(
                history,
                from_ms,
                to_ms,
                lambda _, done: follow.stage("reading the history", done, history.count),
            )
        return recorded_ground(recording, file, seed, base)


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
