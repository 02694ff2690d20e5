"""Measure speed, surges and quality; compare runs; break everything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from adapters.cli.output import Exit, UsageError, error_console, report_console
from benchmarks.api.command import api
from benchmarks.chaos.command import chaos
from benchmarks.compare.command import compare
from benchmarks.desktops.command import desktops
from benchmarks.engine.baselines import OtherJournal
from benchmarks.engine.command_options import (
    ROW_NAMES,
    AgentsOption,
    AwayOption,
    BaselinesOption,
    BatchOption,
    CheckOption,
    ClassesOption,
    DecisionsOption,
    FreeAgentsOption,
    FreezeOption,
    NewClassesOption,
    PolicyChangeOption,
    RowsOption,
    ScanSecondsOption,
    SecondsOption,
    SeedOption,
    SuiteOption,
    UnservableOption,
    WaitingOption,
)
from benchmarks.engine.options import Options
from benchmarks.engine.report_view import print_report
from benchmarks.engine.run import run
from benchmarks.engine.suite import ROWS, SUITE_FORMAT, Row, RowFailed, run_suite
from benchmarks.engine.suite_view import all_verdicts, print_suite
from benchmarks.engine.targets import verdicts
from benchmarks.enrichment.command import enrichment
from benchmarks.preview.bench_command import preview
from benchmarks.quality.bench_command import quality
from benchmarks.reads.command import reads
from benchmarks.recovery.command import recovery
from benchmarks.reporting import JsonOption, one_line_for, write_report
from benchmarks.surge.command import surge
from benchmarks.takeover.command import takeover
from benchmarks.tenants.command import tenants

__all__ = ("app",)

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _bench() -> None:
    """Measure the engine, surges and routing quality; compare runs; prove that nothing is lost.

    \b
    Examples:
      onequeue bench engine --waiting 20000 --agents 1000 --json now.json
      onequeue bench engine --suite --json rows.json
      onequeue bench recovery --waiting 20000 --agents 1000
      onequeue bench compare before.json now.json
      onequeue bench takeover --times 10
      onequeue bench desktops --sockets 1000
      onequeue bench api --check
      onequeue bench enrichment --check
      onequeue bench chaos --minutes 5 --json chaos.json
      onequeue bench quality --quick
      onequeue bench preview --interactions 100000
      onequeue bench surge --scenario burst-1000x1000 --json burst.json
      onequeue bench tenants --json tenants.json
    """


@app.command()
def engine(
    *,
    agents: AgentsOption = 10_000,
    waiting: WaitingOption = 1_000_000,
    classes: ClassesOption = 1_000,
    seconds: SecondsOption = 10.0,
    decisions: DecisionsOption = None,
    seed: SeedOption = 1,
    batch: BatchOption = 1,
    free_agents: FreeAgentsOption = 0.0,
    unservable: UnservableOption = 0,
    new_classes: NewClassesOption = 0,
    policy_change: PolicyChangeOption = False,
    away_s: AwayOption = 0,
    freeze: FreezeOption = True,
    baselines: BaselinesOption = True,
    scan_seconds: ScanSecondsOption = 5.0,
    json_file: JsonOption = None,
    suite: SuiteOption = False,
    rows: RowsOption = None,
    check: CheckOption = False,
) -> None:
    """Time the pure engine on a saturated floor, command by command.

    Arrivals, agents becoming free, accepts, hang-ups and skill changes keep the floor in a steady
    state. A decision is an arrival or a release; its time runs from the bytes of the command to the
    bytes of the record and the work entries. Equal options and seed give equal commands.

    \b
    Examples:
      onequeue bench engine --waiting 20000 --agents 1000
      onequeue bench engine --agents 10000 --waiting 1000000 --classes 1000 --json now.json
      onequeue bench engine --free-agents 0.2 --new-classes-per-second 100
      onequeue bench engine --suite --json rows.json

    Exits with 0 also when targets are missed, unless --check asks for 1; with 2 for wrong usage, 70
    when a baseline wrote another journal than the engine, 130 after Ctrl-C.
    """
    options = Options(
        agents=agents,
        waiting=waiting,
        classes=classes,
        seconds=seconds,
        decisions=decisions,
        seed=seed,
        batch=batch,
        free_agents=free_agents,
        unservable=unservable,
        new_classes_per_second=new_classes,
        policy_change=policy_change,
        away_s=away_s,
        freeze=freeze,
        # a replay of the choices cannot tell two policies apart, nor a backlog from a batch
        baselines=baselines and not (policy_change or away_s),
        scan_seconds=scan_seconds,
    )
    chosen = _rows(rows or [])
    with one_line_for(OtherJournal, RowFailed, code=Exit.INTERNAL):
        met = _run_suite(options, chosen, json_file) if suite or rows else _run(options, json_file)
    raise typer.Exit(Exit.BAD if check and not met else Exit.OK)


def _run(options: Options, json_file: Path | None) -> bool:
    """One run; whether every target is met."""
    report = run(options, error_console())
    print_report(report, report_console())
    write_report(report, json_file)
    return all(verdict.met for verdict in verdicts(report))


def _run_suite(options: Options, rows: list[Row], json_file: Path | None) -> bool:
    """The rows, written after each; whether every target is met."""
    reports: dict[str, dict[str, Any]] = {}
    for row, report in run_suite(options, rows, error_console()):
        reports[row.name] = report
        write_report({"format": SUITE_FORMAT, "rows": reports}, json_file)
    print_suite(reports, report_console())
    return all(verdict.met for _, verdict in all_verdicts(reports))


def _rows(names: list[str]) -> list[Row]:
    known = {row.name: row for row in ROWS}
    for name in names:
        if name not in known:
            raise UsageError(f"--row {name}: there is no such row; the rows are {ROW_NAMES}")
    return [row for row in ROWS if not names or row.name in names]


app.command()(compare)
app.command()(recovery)
app.command()(enrichment)
app.command()(desktops)
app.command()(reads)
app.command()(api)
app.command()(takeover)
app.command()(chaos)
app.command()(preview)
app.command()(quality)
app.command()(surge)
app.command()(tenants)


if __name__ == "__main__":
    app()
