"""`onequeue bench reads`: questions about a large floor, asked of the HTTP API."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import httpx
import typer
from rich.table import Table

from adapters.cli.output import Exit, error_console, report_console
from benchmarks.demo.log_lines import NotStarted
from benchmarks.demo.processes import ChildDied
from benchmarks.reads.run import NotFilled, Options, run
from benchmarks.reporting import JsonOption, one_line_for, write_report

__all__ = ("reads",)


def reads(
    *,
    agents: Annotated[
        int, typer.Option(min=1, max=20_000, metavar="N", help="Agents, all with work in hand.")
    ] = 10_000,
    waiting: Annotated[
        int, typer.Option(min=1, max=500_000, metavar="N", help="Interactions that wait.")
    ] = 100_000,
    times: Annotated[
        int, typer.Option(min=1, max=10_000, metavar="N", help="How often each question is asked.")
    ] = 50,
    rate: Annotated[
        float,
        typer.Option(
            min=1, max=1_000, metavar="N", help="How many a second give up, and as many come."
        ),
    ] = 100.0,
    json_file: JsonOption = None,
) -> None:
    """Measure what the API takes to answer questions about a large floor.

    A real router, server and API process. Every agent has work in hand and many more wait; then
    each question of the console is asked again and again, while nothing happens and while customers
    give up and others come. It also tells what following the floor costs when nobody asks.

    \b
    Examples:
      onequeue bench reads
      onequeue bench reads --agents 500 --waiting 5000 --json reads.json

    Exits with 0, 70 when a process has ended, did not come up or a question was not answered, 130
    after Ctrl-C.
    """
    options = Options(agents, waiting, times, rate)
    faults = (NotStarted, ChildDied, NotFilled, httpx.HTTPError)
    with one_line_for(*faults, code=Exit.INTERNAL):
        report = asyncio.run(run(options, error_console().print))
    _print(report)
    write_report(report, json_file)


def _print(report: dict[str, Any]) -> None:
    options, filled = report["options"], report["filled"]
    title = f"{options['agents']:,} agents, {options['waiting']:,} wait"
    table = Table(title=title, title_justify="left")
    table.add_column("question")
    table.add_column("KB", justify="right")
    for part in ("still", "moving"):
        for figure in ("p50", "p99"):
            table.add_column(f"{part}, {figure} ms", justify="right")
    for name, still in report["still"].items():
        moving = report["moving"][name]
        figures = (each["took_ms"][at] for each in (still, moving) for at in ("p50", "p99"))
        table.add_row(name, f"{still['bytes'] / 1e3:.1f}", *(f"{ms:.1f}" for ms in figures))
    report_console().print(table)
    report_console().print(
        f"Filled in {filled['took_s']:.0f} s; the API process has {filled['api_bytes'] / 1e6:,.0f}"
        f" MB. Following {2 * options['rate']:g} changes a second takes"
        f" {report['following']['api_cpu_share']:.0%} of a processor."
    )
