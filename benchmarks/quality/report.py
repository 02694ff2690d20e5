"""The report: a table for people, a document for programs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.quality.instance import Instance
from benchmarks.quality.optimiser import Cost
from benchmarks.quality.running import RowResult
from benchmarks.simulator.estimates import Check, Estimate, Reference, check

__all__ = (
    "checks",
    "costs_document",
    "heading",
    "measured_text",
    "print_costs",
    "print_instance",
    "to_document",
)

_HEADINGS: Final = {
    "service_level": "SL",
    "abandonment": "P(abandon)",
    "blocking": "P(blocked)",
    "late": "P(late)",
    "wait_min": "E[W] min",
    "asa_s": "ASA s",
    "value": "value",
    "preferred": "own agent",
    "depth": "queue",
    "occupancy": "occupancy",
    "spread": "occupancy by agent",
}
_DIGITS: Final = {"asa_s": 3, "blocking": 5}
_DIGITS_OTHERWISE: Final = 4


def checks(result: RowResult) -> Iterator[tuple[str, Estimate, Reference, Check]]:
    """Each measure of a row that has a reference, and how it compares."""
    for key, reference in result.row.references.items():
        estimate = result.measures[key]
        yield key, estimate, reference, check(estimate, reference)


def print_instance(instance: Instance, results: Sequence[RowResult], console: Console) -> None:
    """One table, with the title above and notes below."""
    console.print(Text(f"\n{instance.title}", style="bold"))
    table = _upright if len(results) == 1 else _across
    console.print(table(instance, results))
    for note in instance.notes:
        console.print(Text(f" {note}", style="dim"))


def _upright(instance: Instance, results: Sequence[RowResult]) -> Table:
    """One policy: a line for each measure."""
    table = Table(box=None, header_style="dim", padding=(0, 1))
    table.add_column(results[0].row.label, no_wrap=True)
    table.add_column("measured", justify="right", no_wrap=True)
    table.add_column("known", justify="right", no_wrap=True)
    for key in instance.measures:
        table.add_row(heading(key), measured_text(results[0], key), _compared(results[0], key))
    return table


def _across(instance: Instance, results: Sequence[RowResult]) -> Table:
    """Several policies: a line for each, and one below it for what is known."""
    table = Table(box=None, header_style="dim", padding=(0, 1))
    table.add_column("policy", no_wrap=True)
    for key in instance.measures:
        table.add_column(heading(key), justify="right", no_wrap=True)
    for result in results:
        table.add_row(result.row.label, *(measured_text(result, key) for key in instance.measures))
        if result.row.references:
            table.add_row("", *(_compared(result, key) for key in instance.measures))
    return table


def print_costs(title: str, costs: Sequence[Cost], console: Console) -> None:
    """What assignments cost, beside what they should."""
    console.print(Text(f"\n{title}", style="bold"))
    table = Table(box=None, header_style="dim", padding=(0, 1))
    for heading in ("rule", "mean cost", "known"):
        table.add_column(heading, justify="left" if heading == "rule" else "right", no_wrap=True)
    for cost in costs:
        measured = f"{cost.measured.mean:.4f} ± {cost.measured.half_width:.4f}"
        table.add_row(cost.rule, measured, _verdict(cost.measured, cost.known, 4))
    console.print(table)


def costs_document(title: str, costs: Sequence[Cost]) -> dict[str, Any]:
    """The same, as JSON has it."""
    rows = [
        {
            "policy": cost.rule,
            "measures": {"cost": cost.measured.to_dict()},
            "references": {"cost": _known(cost.known, check(cost.measured, cost.known))},
        }
        for cost in costs
    ]
    return {"model": "optimiser", "title": title, "rows": rows}


def heading(key: str) -> str:
    """What a column is called."""
    name, bracket, rest = key.partition("[")
    return f"{_HEADINGS[name]}{' ' if bracket else ''}{rest.removesuffix(']')}"


def _digits(key: str) -> int:
    return _DIGITS.get(key.partition("[")[0], _DIGITS_OTHERWISE)


def measured_text(result: RowResult, key: str) -> str:
    """A measure of a row with its interval."""
    if key == "spread":
        spread = result.run.spread
        return f"{spread.lowest:.2f} to {spread.highest:.2f}, sd {spread.deviation:.3f}"
    estimate, digits = result.measures[key], _digits(key)
    return f"{estimate.mean:.{digits}f} ± {estimate.half_width:.{digits}f}"


def _compared(result: RowResult, key: str) -> Text:
    reference = result.row.references.get(key)
    if reference is None:
        return Text("")
    return _verdict(result.measures[key], reference, _digits(key))


def _verdict(estimate: Estimate, reference: Reference, digits: int) -> Text:
    sign = "≥" if reference.kind == "at_least" else "="
    known = f" ± {reference.half_width:.{digits}f}" if reference.half_width else ""
    found = check(estimate, reference)
    verdict = Text("yes", style="green") if found.holds else Text("NO", style="bold red")
    text = Text(f"{sign} {reference.value:.{digits}f}{known} ", style="dim")
    return text.append_text(verdict)


def to_document(model: str, instance: Instance, results: Sequence[RowResult]) -> dict[str, Any]:
    """What one instance gave, as JSON has it."""
    return {
        "model": model,
        "title": instance.title,
        "rows": [_row(result) for result in results],
    }


def _row(result: RowResult) -> dict[str, Any]:
    return {
        "policy": result.row.label,
        "measures": {key: estimate.to_dict() for key, estimate in result.measures.items()},
        "occupancy_spread": result.run.spread._asdict(),
        "references": {
            key: _known(reference, found) for key, _, reference, found in checks(result)
        },
    }


def _known(reference: Reference, found: Check) -> dict[str, Any]:
    # a distance can be infinite, which JSON does not have
    distance = found.distance if math.isfinite(found.distance) else None
    return {**asdict(reference), "distance": distance, "holds": found.holds}
