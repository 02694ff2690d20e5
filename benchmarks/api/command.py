"""`onequeue bench api`: what the HTTP API adds to the way over the streams."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from adapters.cli.output import Exit, error_console, report_console
from benchmarks.api.run import Options, run
from benchmarks.api.ways import Unexpected
from benchmarks.demo.log_lines import NotStarted
from benchmarks.reporting import JsonOption, one_line_for, write_report

__all__ = ("api",)

SHOWN: Final = ("p50", "p90", "p99", "max", "mean")


def api(
    *,
    creates: Annotated[
        int, typer.Option(min=1, max=1_000_000, metavar="N", help="How many, each way.")
    ] = 1_000,
    pause_ms: Annotated[
        float, typer.Option(min=0.0, max=1_000.0, metavar="MS", help="Between two of them.")
    ] = 5.0,
    flood: Annotated[
        bool,
        typer.Option("--flood", help="Instead: the streams alone, with and without a flood on it."),
    ] = False,
    json_file: JsonOption = None,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 1 when the target is missed.")
    ] = False,
) -> None:
    """Measure what the HTTP API adds: POST to 201, against XADD to confirmed.

    A router and an API as processes on an embedded server; one client creates interactions each
    way in turn, one at a time, so that nothing waits for another request. With --flood the way over
    the streams alone, while 64 connections ask the API for more than it can answer, and while not.

    \b
    Examples:
      onequeue bench api
      onequeue bench api --creates 5000 --json api.json --check
      onequeue bench api --flood

    Exits with 0, with 1 when (--check) the target is missed, 70 when a process has not come up or
    has answered something else, 130 after Ctrl-C.
    """
    with one_line_for(NotStarted, Unexpected, code=Exit.INTERNAL):
        report = asyncio.run(run(Options(creates, pause_ms, flood), error_console().print))
    _print(report)
    write_report(report, json_file)
    raise typer.Exit(Exit.BAD if check and not report["met"] else Exit.OK)


def _print(report: dict[str, Any]) -> None:
    table = Table(title="Create to decision, ms", title_justify="left")
    for heading in ("", *SHOWN):
        table.add_column(heading, justify="right" if heading else "left")
    for name, figures in report["latency_ms"].items():
        table.add_row(name, *(f"{figures[at]:.2f}" for at in SHOWN))
    compared, target = _compared(report)
    table.add_row(*compared)
    report_console().print(table)
    report_console().print(f"{target}, {'met' if report['met'] else 'missed'}")


def _compared(report: dict[str, Any]) -> tuple[list[str], str]:
    """The last row of the table, and what it is held against."""
    if "ratio" in report:
        ratio = report["ratio"]
        row = ["ratio", *(f"{ratio[at]:.2f}" if at in ratio else "" for at in SHOWN)]
        return row, f"target: {report['target_ratio']:g} × at the median"
    added = report["added_ms"]
    row = ["added", *(f"{added[at]:.2f}" if at in added else "" for at in SHOWN)]
    return row, f"target: {report['target_ms']:g} ms at the median"
