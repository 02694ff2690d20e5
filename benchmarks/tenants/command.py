"""`onequeue bench tenants`: what a noisy tenant costs its neighbours in one router process."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer
from rich.table import Table

from adapters.cli.connection import RedisOption
from adapters.cli.output import Exit, error_console, report_console
from benchmarks.demo.processes import ChildDied, NotReady
from benchmarks.demo.store import open_store
from benchmarks.reporting import JsonOption, one_line_for, write_report
from benchmarks.tenants.run import run
from benchmarks.tenants.schedule import Options

__all__ = ("tenants",)


def tenants(
    *,
    quiet: Annotated[
        int, typer.Option(min=1, max=100, metavar="N", help="Tenants beside the noisy one.")
    ] = 4,
    rate: Annotated[
        float, typer.Option(min=0.1, metavar="N", help="Interactions a second of each of them.")
    ] = 20.0,
    times: Annotated[
        float, typer.Option(min=1, metavar="N", help="The noisy one does so many times as much.")
    ] = 10.0,
    flood: Annotated[
        float,
        typer.Option(
            min=0, metavar="N", help="Interactions a second of it in a flood (0: no flood)."
        ),
    ] = 2_500.0,
    slot_s: Annotated[
        float, typer.Option("--slot", min=0.5, metavar="SECONDS", help="Length of a slot.")
    ] = 5.0,
    rounds: Annotated[int, typer.Option(min=1, metavar="N", help="How often they alternate.")] = 5,
    apart: Annotated[
        bool, typer.Option("--apart", help="A router process for each tenant, to compare with.")
    ] = False,
    seed: Annotated[int, typer.Option(metavar="N", help="Draws the arrivals.")] = 1,
    redis_option: RedisOption = None,
    json_file: JsonOption = None,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 1 when the aim is missed.")
    ] = False,
) -> None:
    """Measure offers of quiet tenants while a neighbour in their process is calm, busy, or floods.

    Real processes on an embedded server, open loop: interactions come at fixed times and are
    measured from these. Slots of calm and noise alternate within the run, so that both sides meet
    the same machine. A bare entry that the server alone passes on is measured beside them.

    \b
    Examples:
      onequeue bench tenants
      onequeue bench tenants --quiet 20 --rate 5 --json tenants.json
      onequeue bench tenants --rounds 2 --slot 3 --apart

    Exits with 0, with 1 when (--check) a ratio at the 99th percentile is above 2, 70 when a process
    has ended, 130 after Ctrl-C.
    """
    options = Options(quiet, rate, times, flood, slot_s, rounds, seed)
    with (
        one_line_for(ChildDied, NotReady, code=Exit.INTERNAL),
        open_store(redis_option, None) as store,
    ):
        report = asyncio.run(run(options, store, error_console().print, apart=apart))
    _print(report)
    write_report(report, json_file)
    raise typer.Exit(Exit.BAD if check and not report["met"] else Exit.OK)


def _print(report: dict[str, Any]) -> None:
    table = Table(title="From intended arrival to readable offer, ms", title_justify="left")
    for heading in ("", "noisy is", "p50", "p99", "p99.9", "longest", "count", "ratio at p99"):
        table.add_column(heading, justify="left" if heading in {"", "noisy is"} else "right")
    for who in ("quiet", "bare", "noisy"):
        ratios = report["ratios"][who]
        for level, of in report[who].items():
            if of["count"]:
                cells = [f"{of[name]:,.2f}" for name in ("p50", "p99", "p999", "max")]
                ratio = ratios.get(level, {}).get("p99")
                table.add_row(who, level, *cells, f"{of['count']:,}", f"{ratio or '':}")
    console = report_console()
    console.print(table)
    spent = ", ".join(f"{name} {seconds:.1f}" for name, seconds in report["cpu_s"].items())
    console.print(f"Seconds of processor: {spent}")
    missing = sum(of["missing"] for of in report["quiet"].values())
    if missing:
        console.print(f"{missing} interactions of quiet tenants were never offered.")
