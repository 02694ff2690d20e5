"""`onequeue bench takeover`: how long matching pauses when the leader is lost, or replaced."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from adapters.cli.output import Exit, UsageError, error_console
from benchmarks.takeover.disturbances import Kind, Misbehaved
from benchmarks.takeover.routers import NotInTime
from benchmarks.takeover.run import Options, run

__all__ = ("takeover",)

PLAIN_WIDTH = 100


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
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the report as JSON too.")
    ] = None,
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
    if json_file is not None and not json_file.parent.is_dir():
        raise UsageError(f"--json {json_file}: there is no directory {json_file.parent}")
    options = Options(kinds or list(Kind), times, rate)
    try:
        report = asyncio.run(run(options, error_console().print))
    except (NotInTime, Misbehaved) as error:
        error_console().print(f"onequeue bench: {error}", markup=False, style="red")
        raise typer.Exit(Exit.INTERNAL) from None
    except KeyboardInterrupt:
        error_console().print("Stopped before the end.")
        raise typer.Exit(Exit.INTERRUPTED) from None
    _print(report)
    if json_file is not None:
        json_file.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
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
    console = Console(highlight=False)
    console = console if console.is_terminal else Console(highlight=False, width=PLAIN_WIDTH)
    console.print(table)
    console.print(
        f"{report['interactions']:,} interactions, {report['ended_once']:,} ended once; "
        f"{report['disturbances']} disturbances, {report['takeovers']} takeovers; "
        f"{report['violations']} violations found by the checker"
    )
