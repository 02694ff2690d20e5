"""What a person reads of a search: the frontier beside the base, and what each point changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rich.console import Console
from rich.table import Table

__all__ = ("print_tuning", "shown")

CHANGES_MAX: Final = 20


def print_tuning(document: Mapping[str, Any], screen: Console) -> None:
    """Print everything worth a look."""
    screen.print(_frontier(document))
    for point in document["frontier"]:
        screen.print(f" {point['name']}: {_verdict(point)}", markup=False)
        for change in point["changes"][:CHANGES_MAX]:
            told = f"{change['path']}: {change['before']} → {change['after']}"
            screen.print(f"    {told}", markup=False)
    screen.print(f" {document['conclusion']}", markup=False)
    effort = document["effort"]
    screen.print(
        f" {effort['trials']} policies tried, {effort['dropped']} dropped after a first look; "
        f"{effort['runs']} replications in {effort['took_s']:.0f} s. ± is a 95 % interval over "
        f"{effort['fresh']} fresh replications, Δ the difference to the base on the same ones.",
        markup=False,
    )


def shown(value: Mapping[str, Any], unit: str, *, sign: bool = False) -> str:
    """An estimate with its interval, as a share in % or in seconds."""
    mean, half_width = value["mean"], value["half_width"]
    if mean is None:
        return "–"
    scale, end = (1.0, " s") if unit == "s" else (100.0, " %")
    digits = 1 if unit == "s" else 2
    form = f"{'+' if sign else ''}.{digits}f"
    off = "" if half_width is None else f" ± {half_width * scale:.{digits}f}"
    return f"{mean * scale:{form}}{off}{end}"


def _frontier(document: Mapping[str, Any]) -> Table:
    table = Table(title=f"{document['traffic']['name']}: the frontier", title_justify="left")
    table.add_column("")
    for figure in document["figures"]:
        table.add_column(figure["name"], justify="right")
        table.add_column("Δ", justify="right")
    table.add_column("keeps the bounds")
    table.add_column("")
    for point in (document["base"], *document["frontier"]):
        cells = []
        for figure in document["figures"]:
            name, unit = figure["name"], figure["unit"]
            cells.append(shown(point["figures"][name], unit))
            gap = point["differences"][name]
            cells.append("" if point["name"] == "base" else shown(gap, unit, sign=True))
        table.add_row(
            point["name"], *cells, point["keeps_bounds"], "unbeaten" if point["is_unbeaten"] else ""
        )
    return table


def _verdict(point: Mapping[str, Any]) -> str:
    told = [
        f"{how} in {', '.join(point[f'{how}_in'])}"
        for how in ("better", "worse")
        if point[f"{how}_in"]
    ]
    return "; ".join(told) or str(point["verdict"])
