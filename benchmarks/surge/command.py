"""`onequeue bench surge`: the whole system under load, as a load tester would run it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import typer

from adapters.cli.connection import RedisOption
from adapters.cli.output import Exit, UsageError, console, error_console, report_console
from adapters.documents.faults import DocumentError
from adapters.redis.wire import display_url
from benchmarks.charts.surge import write_surge_report
from benchmarks.demo.log_lines import NotStarted
from benchmarks.demo.processes import ChildDied, NotReady
from benchmarks.demo.store import ServerGone, open_store
from benchmarks.floor.lifetime import run_until_told
from benchmarks.reporting import JsonOption, PageOption, one_line_for, write_report
from benchmarks.scenario.errors import ScenarioError
from benchmarks.surge.adjusting import adjusted
from benchmarks.surge.catalogue import described
from benchmarks.surge.command_options import (
    AgentsOption,
    CheckOption,
    CompressionOption,
    ExportOption,
    FloodOption,
    KeepOption,
    ListOption,
    MappingOption,
    PolicyOption,
    RoundsOption,
    ScenarioOption,
    SeedOption,
)
from benchmarks.surge.conducting import conducted
from benchmarks.surge.report import Options
from benchmarks.surge.view import print_report
from router.errors import PolicyError

__all__ = ("surge",)

MET: Final = {"met": True}
NOT_VALID: Final = 3
"""The exit code of a run whose figures say nothing about the router."""


def surge(
    *,
    name: ScenarioOption = "burst-1000x1000",
    list_them: ListOption = False,
    redis_option: RedisOption = None,
    policy: PolicyOption = None,
    export: ExportOption = None,
    mapping: MappingOption = None,
    agents: AgentsOption = None,
    seed: SeedOption = 1,
    compression: CompressionOption = None,
    rounds: RoundsOption = None,
    check: CheckOption = False,
    keep: KeepOption = None,
    flood: FloodOption = False,
    json_file: JsonOption = None,
    page: PageOption = None,
) -> None:
    """Play a scenario against a real router and measure how soon each side hears of the other.

    Server, router, customers, agents and a bare relay are processes of their own. Arrivals keep
    their schedule whatever the system does, and latency counts from intended times. At the end the
    journal is checked, and the figures are held against the relay's of the same run.

    \b
    Examples:
      onequeue bench surge --list
      onequeue bench surge --scenario burst-1000x1000 --json burst.json --report burst.html
      onequeue bench surge --scenario paced-50 --agents 300
      onequeue bench surge --scenario paced-50 --flood-api
      onequeue bench surge --scenario export --export calls.csv --compression 600
      onequeue bench surge --scenario center.yaml --policy mine.yaml --redis redis://localhost

    Exits with 0 when the run is valid and nothing was lost; 1 when something was lost, a rule was
    broken, or (--check) a target is missed; 2 for wrong usage; 3 when the run says nothing about
    the router, and why; 130 after Ctrl-C.
    """
    if list_them:
        _print_list()
        return
    _must_be_new(keep)
    options = Options(
        scenario=name,
        seed=seed,
        compression=compression,
        agents=agents,
        rounds=rounds,
        policy=_text(policy),
        export=_text(export),
        mapping=_text(mapping),
        redis=display_url(redis_option) if redis_option else "embedded",
        flood=flood,
    )
    with one_line_for(ScenarioError, PolicyError, DocumentError, ServerGone, code=Exit.USAGE):
        report = _run(options, redis_option, keep)
    print_report(report, report_console())
    write_report(report, json_file)
    if page is not None:
        write_surge_report(report, page)
    raise typer.Exit(_exit_code(report, check=check))


def _run(options: Options, redis_url: str | None, keep: Path | None) -> Mapping[str, Any]:
    scenario = adjusted(options)
    with (
        # nothing is known then of what was lost
        one_line_for(ChildDied, NotReady, NotStarted, code=NOT_VALID),
        open_store(redis_url, keep) as store,
    ):
        report = run_until_told(conducted(options, scenario, store, error_console()))
    if report is None:
        error_console().print("Stopped before the end; no report.")
        raise typer.Exit(Exit.INTERRUPTED)
    return report


def _exit_code(report: Mapping[str, Any], *, check: bool) -> int:
    if any(report[name] for name in ("lost", "duplicated", "violations", "unfinished")):
        return Exit.BAD
    if not report["valid"]:
        return NOT_VALID
    missed = not all(target["met"] for target in (*report["targets"], report.get("flood", MET)))
    return Exit.BAD if check and missed else Exit.OK


def _print_list() -> None:
    for name, words in described().items():
        console().print(f"{name:18} {words}", markup=False)


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _must_be_new(keep: Path | None) -> None:
    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise UsageError(f"--keep {keep}: it holds something already; name a new directory")
