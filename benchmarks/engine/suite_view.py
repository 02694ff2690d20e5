"""The suite's rows side by side, with the targets that they meet or miss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.engine.suite import ROWS
from benchmarks.engine.targets import Verdict, growth_verdict, verdicts

__all__ = ("all_verdicts", "print_suite")

Reports = Mapping[str, Mapping[str, Any]]

_COLUMNS: Final = {
    "decisions/s": "decisions_per_second",
    "p50 µs": "p50_us",
    "p99": "p99_us",
    "p99.9": "p999_us",
    "stall": "max_command_us",
    "commands/s": "commands_per_second",
    "B/waiting": "bytes_per_waiting",
    "choice": "choice_to_bookkeeping",
    "scan/s": "scan_decisions_per_second",
}


def all_verdicts(reports: Reports) -> list[tuple[str, Verdict]]:
    """Verdicts of the rows that have targets, and the one between short and full queue."""
    meant = {row.name for row in ROWS if row.has_targets}
    found = [(name, v) for name in reports if name in meant for v in verdicts(reports[name])]
    if "short_queue" in reports and "full" in reports:
        found.append(("full", growth_verdict(reports["short_queue"], reports["full"])))
    return found


def print_suite(reports: Reports, console: Console) -> None:
    """One line a row; figures that miss their target in red, and in words below."""
    found = all_verdicts(reports)
    missed = {(name, verdict.metric) for name, verdict in found if not verdict.met}
    table = Table(box=None, header_style="dim", pad_edge=True, padding=(0, 1))
    table.add_column("", no_wrap=True)
    for heading in _COLUMNS:
        table.add_column(heading, justify="right", no_wrap=True)
    for name, report in reports.items():
        cells = (
            Text(_number(report.get(metric)), "red" if (name, metric) in missed else "")
            for metric in _COLUMNS.values()
        )
        table.add_row(name, *cells)
    console.print(table)
    for name, verdict in found:
        if not verdict.met:
            words = f" missed: {name}: {verdict.words}; it is {verdict.value:,.2f}"
            console.print(Text(words, style="red"))
    if not missed:
        console.print(Text(" every target is met", style="green"))


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:,.2f}"
