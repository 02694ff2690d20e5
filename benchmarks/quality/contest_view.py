"""Strategies side by side: tables for people, a document for programs and pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.quality.contests import Contest
from benchmarks.quality.instance import Instance
from benchmarks.quality.report import heading, measured_text
from benchmarks.quality.running import RowResult
from benchmarks.quality.verdicts import Verdict
from benchmarks.simulator.estimates import Estimate

__all__ = ("contest_document", "print_contest")

Differences = Mapping[str, Mapping[str, Estimate]]

SPREAD: Final = "spread"
"""Tells three figures of one row, which no difference does."""

_UNITS: Final = {"asa_s": "s", "wait_min": "min", "value": "", "depth": ""}
"""Of measures that are no shares."""


def print_contest(
    contest: Contest,
    instance: Instance,
    results: Sequence[RowResult],
    changes: Differences,
    found: Sequence[Verdict],
    screen: Console,
) -> None:
    """What each strategy measures, how it differs from one of them, and what was to be reached."""
    screen.print(Text(f"\n{instance.title}", style="bold"))
    screen.print(_measures(instance, results))
    screen.print(Text(f" Less {contest.compared_with}, under the same contacts:", style="dim"))
    screen.print(_changes(instance, results, changes))
    for verdict in found:
        screen.print(_told(verdict))
    for note in instance.notes:
        screen.print(Text(f" {note}", style="dim"))


def _table(measures: Sequence[str]) -> Table:
    table = Table(box=None, header_style="dim", padding=(0, 1))
    table.add_column("strategy", no_wrap=True)
    for key in measures:
        table.add_column(heading(key), justify="right", no_wrap=True)
    return table


def _measures(instance: Instance, results: Sequence[RowResult]) -> Table:
    table = _table(instance.measures)
    for result in results:
        style = "bold" if result.row.kind == "onequeue" else ""
        cells = (measured_text(result, key) for key in instance.measures)
        table.add_row(Text(result.row.label, style=style), *cells)
    return table


def _changes(instance: Instance, results: Sequence[RowResult], changes: Differences) -> Table:
    measures = [key for key in instance.measures if key != SPREAD]
    table = _table(measures)
    for result in results:
        change = changes.get(result.row.label)
        if change is not None:
            table.add_row(result.row.label, *(_change(change[key]) for key in measures))
    return table


def _change(estimate: Estimate) -> Text:
    """A difference; dim where its interval holds 0."""
    text = f"{estimate.mean:+.4f} ± {estimate.half_width:.4f}"
    return Text(text, style="" if abs(estimate.mean) > estimate.half_width else "dim")


def _told(verdict: Verdict) -> Text:
    target, estimate = verdict.target, verdict.measured
    sign = "≤" if target.at_most else "≥"
    text = Text(" target  ", style="dim")
    text.append(f"{target.policy}: {target.name}: {heading(target.measure)} ")
    than = f" against {verdict.than}" if verdict.than else ""
    text.append(f"{estimate.mean:.4f} ± {estimate.half_width:.4f}{than}, {sign} {target.number:g} ")
    return text.append(*("met", "green") if verdict.met else ("MISSED", "bold red"))


def contest_document(
    name: str,
    contest: Contest,
    instance: Instance,
    results: Sequence[RowResult],
    changes: Differences,
    found: Sequence[Verdict],
) -> dict[str, Any]:
    """The same, as JSON has it."""
    drawn = contest.drawn
    return {
        "name": name,
        "title": instance.title,
        "description": contest.summary,
        "compared_with": contest.compared_with,
        "measures": list(instance.measures),
        "headings": {key: heading(key) for key in instance.measures},
        "units": {key: _UNITS.get(key.partition("[")[0], "share") for key in instance.measures},
        "notes": list(instance.notes),
        "frontier": None if drawn is None else dict(zip("xy", drawn, strict=True)),
        "rows": [_row(result, changes.get(result.row.label)) for result in results],
        "targets": [_target(verdict) for verdict in found],
    }


def _row(result: RowResult, change: Mapping[str, Estimate] | None) -> dict[str, Any]:
    document = {
        "policy": result.row.label,
        "kind": result.row.kind,
        "summary": result.row.summary,
        "measures": {key: each.to_dict() for key, each in result.measures.items()},
        "occupancy_spread": result.run.spread._asdict(),
    }
    if change is not None:
        document["differences"] = {key: each.to_dict() for key, each in change.items()}
    return document


def _target(verdict: Verdict) -> dict[str, Any]:
    target = asdict(verdict.target)
    number = target.pop("number")
    estimate = verdict.measured.to_dict()
    return {
        **target,
        "than": verdict.than,
        "target": number,
        "value": estimate["mean"],
        "half_width": estimate["half_width"],
        "met": verdict.met,
    }
