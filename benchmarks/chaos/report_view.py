"""The report of a run as a person reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

__all__ = ("print_report",)

Report = Mapping[str, Any]


def print_report(report: Report, console: Console) -> None:
    """Print the faults by kind, then what was found."""
    console.print(_kinds(report))
    console.print(_figures(report))
    for failure in report["failures"]:
        console.print(Text(failure, style="red"), soft_wrap=True)
    if report["passed"]:
        console.print(Text("passed: nothing lost, nothing doubled, no violation", style="green"))


def _kinds(report: Report) -> Table:
    table = Table(box=None, header_style="dim", padding=(0, 1))
    table.add_column("fault")
    for heading in ("times", "a minute", "measured", "pause p50, ms", "p99", "longest"):
        table.add_column(heading, justify="right", no_wrap=True)
    for kind, figures in report["kinds"].items():
        pause = figures["pause_ms"]
        table.add_row(
            kind,
            f"{figures['faults']:,}",
            f"{figures['per_minute']:,.1f}",
            f"{figures['measured']:,}",
            *(f"{pause[name]:,.0f}" for name in ("p50", "p99", "max")),
        )
    table.add_row("all", f"{report['faults']:,}", f"{report['faults_per_minute']:,.1f}")
    return table


def _figures(report: Report) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    for name, words in (
        ("acknowledged", "commands that the server had taken"),
        ("lost", "of them without an outcome, or told and not journaled"),
        ("doubled", "commands with two outcomes, interactions with two ends or owners"),
        ("violations", f"found in {report['records']:,} records by onequeue verify"),
        ("lost_by_server", "commands that the server no longer had when it came back"),
        ("longest_pause_ms", "without an offer while work waited and somebody was free"),
        ("takeovers", f"of the lead; {report['fenced']:,} routers found themselves replaced"),
        ("offers", f"on {report['server']}, seed {report['seed']}"),
    ):
        table.add_row(name, f"[bold]{report[name]:,}[/] {words}")
    return table
