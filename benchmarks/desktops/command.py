"""`onequeue bench desktops`: agents' desktops by the thousand on one API process."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer
from rich.table import Table

from adapters.cli.output import Exit, error_console, report_console
from benchmarks.demo.log_lines import NotStarted
from benchmarks.demo.processes import ChildDied
from benchmarks.desktops.run import Options, run
from benchmarks.reporting import JsonOption, one_line_for, write_report

__all__ = ("desktops",)


def desktops(
    *,
    sockets: Annotated[
        int, typer.Option(min=1, max=10_000, metavar="N", help="Desktops on the one process.")
    ] = 1_000,
    rate: Annotated[
        float, typer.Option(min=1, max=2_000, metavar="N", help="Interactions a second.")
    ] = 100.0,
    seconds: Annotated[
        float, typer.Option(min=1, max=3_600, metavar="S", help="How long they come.")
    ] = 10.0,
    at_once: Annotated[
        int, typer.Option(min=1, max=10_000, metavar="N", help="Logins on their way at once.")
    ] = 64,
    json_file: JsonOption = None,
) -> None:
    """Measure agents' desktops (WebSockets) on one API process, with a real router and server.

    All log in, take what is offered and complete it, lose their connections at once, and come back.
    It tells the memory of a socket, logins a second, how long an offer takes from its record in the
    journal to the desktop, and how long all take to come back, with what of it the journal knows.
    The desktops are in this process, which needs a processor of its own; each takes a file
    descriptor here and there.

    \b
    Examples:
      onequeue bench desktops
      onequeue bench desktops --sockets 5000 --rate 200 --seconds 30 --json desktops.json

    Exits with 0, with 1 when a desktop could not come in, an offer did not come or came twice, 70
    when a process has ended or did not come up, 130 after Ctrl-C.
    """
    options = Options(sockets, rate, seconds, at_once)
    with one_line_for(NotStarted, ChildDied, code=Exit.INTERNAL):
        report = asyncio.run(run(options, error_console().print))
    _print(report)
    write_report(report, json_file)
    raise typer.Exit(Exit.OK if _is_whole(report) else Exit.BAD)


def _is_whole(report: dict[str, Any]) -> bool:
    offers = report["offers"]
    failed = report["logins"]["failed"] + report["storm"]["failed"]
    return not failed and offers["heard"] >= offers["created"] and not offers["twice"]


def _print(report: dict[str, Any]) -> None:
    logins, offers, storm = report["logins"], report["offers"], report["storm"]
    took = offers["from_record_ms"]
    table = Table(title=f"{report['options']['sockets']:,} desktops", title_justify="left")
    table.add_column("")
    table.add_column("", justify="right")
    for name, value in {
        "memory of a socket, KiB": f"{logins['api_bytes_each'] / 1_024:,.0f}",
        "logins a second": f"{logins['a_second']:,.0f}",
        "processor, heartbeats alone": f"{report['idle']['api_cpu_share']:.0%}",
        "processor, at work": f"{offers['api_cpu_share']:.0%}",
        "offers": f"{offers['heard']:,} of {offers['created']:,}",
        "record to desktop, p50 ms": _ms(took["p50"]),
        "record to desktop, p99 ms": _ms(took["p99"]),
        "back after a break, s": f"{storm['took_s']:.1f}",
        "of these resumed": f"{storm['resumed']:,}",
        "records of that": f"{storm['records']:,}",
    }.items():
        table.add_row(name, value)
    report_console().print(table)


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"
