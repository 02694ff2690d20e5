"""A comparison as a person reads it, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.compare.changes import Change

__all__ = ("as_json", "print_changes")

_STYLES: Final = {"better": "green", "worse": "red", "same": "dim"}


def print_changes(changes: Sequence[Change], console: Console) -> None:
    """One table for each row of the suite."""
    for row in dict.fromkeys(change.row for change in changes):
        console.print(Text(f"\n{row}", style="bold"))
        console.print(_table([change for change in changes if change.row == row]))
    console.print(
        Text(
            " A gain above 1 is better. by null, by scan: divided by what the engine without "
            "choices and the scan have gained in the same runs; by scan does not depend on the "
            "machine.",
            style="dim",
        )
    )


def as_json(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Plain values."""
    return [change._asdict() for change in changes]


def _table(changes: Sequence[Change]) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=True, padding=(0, 1))
    table.add_column("metric", no_wrap=True)
    for heading in ("old", "new", "gain", "by null", "by scan", "noise"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for change in changes:
        table.add_row(
            change.metric,
            _number(change.old),
            _number(change.new),
            f"{change.gain:.2f}",
            _gain(change.by_null),
            _gain(change.by_scan),
            f"± {change.noise:.0%}",
            Text(change.outcome, style=_STYLES[change.outcome]),
        )
    return table


def _gain(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.2f}"
