"""`onequeue bench takeover`: how long matching pauses when the leader is lost, or replaced."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer
from rich.table import Table

from adapters.cli.output import Exit, error_console, report_console
from benchmarks.reporting import JsonOption, one_line_for, write_report
from benchmarks.takeover.disturbances import Kind, Misbehaved
from benchmarks.takeover.routers import NotInTime
from benchmarks.takeover.run import Options, run

__all__ = ("takeover",)


def takeover(
    *,
    times: Annotated[
        int, typer.Option(min=1, max=1_000, metavar="N", help="How often each of them happens.")
    ] = 5,
    rate: Annotated[
        float, typer.Option(min=1, max=2_000, metavar="N", help="Interactions a second.")
    ] = 100.0,
    kinds: Annotated[
        list[Kind] | None,
        typer.Option("--kind", help="Only what is named; may be given several times."),
    ] = None,
    json_file: JsonOption = None,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 1 when a target is missed.")
    ] = False,
) -> None:
    """Measure how long matching pauses when the leading router is lost, or replaced as planned.

    Two real routers on an embedded server, under traffic that does not wait for them. The leader is
    killed, stopped and woken later, restarted, or hands over; the pause is the longest wait for a
    first offer, from the time at which an interaction was to come. On a busy machine the traffic
    itself is late, which is told beside it.

    \b
    Examples:
      onequeue bench takeover
      onequeue bench takeover --times 20 --rate 200 --json takeover.json
      onequeue bench takeover --kind handover --check

    Exits with 0, with 1 when something was lost or (--check) a target is missed, 70 when a router
    has not ended or led as it should, 130 after Ctrl-C.
    """
    options = Options(kinds or list(Kind), times, rate)
    with one_line_for(NotInTime, Misbehaved, code=Exit.INTERNAL):
        report = asyncio.run(run(options, error_console().print))
    _print(report)
    write_report(report, json_file)
    missed = check and not all(kind["met"] for kind in report["kinds"].values())
    raise typer.Exit(Exit.BAD if missed or not _is_whole(report) else Exit.OK)


def _is_whole(report: dict[str, Any]) -> bool:
    """Whether every interaction has ended once, and the checker has found nothing."""
    return bool(report["ended_once"] == report["interactions"] and not report["violations"])


def _print(report: dict[str, Any]) -> None:
    table = Table(title="Pauses in ms, from intended times", title_justify="left")
    for heading in (
        "",
        "target",
        "p50",
        "p95",
        "longest",
        "longest gap",
        "first offer",
        "traffic late",
    ):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, kind in report["kinds"].items():
        wait = kind["wait_ms"]
        cells = [wait["p50"], wait["p95"], wait["longest"]]
        cells += [kind["gap_ms"]["longest"], kind["first_ms"]["p50"], kind["late_ms"]["longest"]]
        target = f"{kind['target_ms']:,.0f}" + ("" if kind["met"] else " missed")
        table.add_row(name, target, *(f"{cell:,.0f}" for cell in cells))
    console = report_console()
    console.print(table)
    console.print(
        f"{report['interactions']:,} interactions, {report['ended_once']:,} ended once; "
        f"{report['disturbances']} disturbances, {report['takeovers']} takeovers; "
        f"{report['violations']} violations found by the checker"
    )
