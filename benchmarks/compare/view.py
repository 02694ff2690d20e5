"""A comparison as a person reads it, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.charts.wording import rounded
from benchmarks.compare.changes import Change

__all__ = ("as_json", "print_changes")

_STYLES: Final = {"better": "green", "worse": "red", "same": "dim"}


_BASELINES: Final = {
    "null": "the engine without choices",
    "scan": "the scan",
    "relay": "the bare relay",
}


def print_changes(changes: Sequence[Change], baselines: Sequence[str], console: Console) -> None:
    """One table for each row; ``baselines``: over which gains are told, the last of which does not
    depend on the machine."""
    for row in dict.fromkeys(change.row for change in changes):
        console.print(Text(f"\n{row}", style="bold"))
        console.print(_table([change for change in changes if change.row == row], baselines))
    console.print(Text(f" A gain above 1 is better.{_words(baselines)}", style="dim"))


def _words(baselines: Sequence[str]) -> str:
    """What the columns of the baselines say."""
    if not baselines:
        return ""
    columns = ", ".join(f"by {name}" for name in baselines)
    whose = " and ".join(_BASELINES[name] for name in baselines)
    return (
        f" {columns}: divided by what {whose} gained in the same runs; by {baselines[-1]} does not "
        "depend on the machine."
    )


def as_json(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Plain values."""
    return [change._asdict() for change in changes]


def _table(changes: Sequence[Change], baselines: Sequence[str]) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=True, padding=(0, 1))
    table.add_column("metric", no_wrap=True)
    for heading in ("old", "new", "gain", *(f"by {name}" for name in baselines), "noise"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for change in changes:
        table.add_row(
            Text(change.metric),  # brackets in a name are no markup
            rounded(change.old),
            rounded(change.new),
            f"{change.gain:.2f}",
            *(_gain(getattr(change, f"by_{name}")) for name in baselines),
            f"± {change.noise:.0%}",
            Text(change.outcome, style=_STYLES[change.outcome]),
        )
    return table


def _gain(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
