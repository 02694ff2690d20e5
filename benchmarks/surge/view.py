"""The report of a run for people: figures, targets, and what stands beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from rich.console import Console
from rich.table import Table

__all__ = ("print_report",)

LATENCIES: Final = {
    "matching_latency_ms": "arrival to offer, with an agent free",
    "idle_gap_ms": "agent free to next offer",
    "relay_latency_ms": "bare relay, beside it",
    "relay_quiet_ms": "bare relay, quiet",
    "generator_lag_ms": "generator late",
    "agents_reading_lag_ms": "agents read late",
    "agents_deed_lag_ms": "agents act late",
}
PERCENTILES: Final = ("p50", "p90", "p99", "p999", "max")


def print_report(report: Mapping[str, Any], console: Console) -> None:
    """Print it."""
    console.print(f"{report['scenario']}: {report['description']}", markup=False)
    console.print(_latencies(report))
    if "flood" in report:
        console.print(_flood(report["flood"]))
    for line in _lines(report):
        console.print(line, markup=False)
    if report["targets"]:
        console.print(_targets(report))
    console.print(f"  {_where(report)}", markup=False, style="dim")
    for note in report["notes"][3:]:
        console.print(f"  {note}", markup=False, style="dim")
    for fault in report["invalid_because"]:
        console.print(f"not valid: {fault}", markup=False, style="red")


def _where(report: Mapping[str, Any]) -> str:
    """On what it was measured."""
    told = report["environment"]
    kinds = f"{told.get('core', '?')} core, {told.get('cores', '?')} × {told.get('cpu', '?')}"
    return f"{kinds}, {told['server']}, {report['duration_s']:.0f} s, warm-up included"


def _latencies(report: Mapping[str, Any]) -> Table:
    table = Table(title="ms, from intended times", title_justify="left")
    for heading in ("", *PERCENTILES, "samples"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, words in LATENCIES.items():
        figures = report[name]
        if figures["count"]:
            cells = [f"{figures[each]:,.2f}" for each in PERCENTILES]
            table.add_row(words, *cells, f"{figures['count']:,}")
    return table


def _flood(flood: Mapping[str, Any]) -> Table:
    """What a flood on the API made of latencies."""
    title = f"{flood['connections']} connections ask the API for all it can give; ms"
    table = Table(title=title, title_justify="left")
    for heading in ("", "", "p50", "p99", "samples"):
        table.add_column(heading)
    for name, words in (("matching", "arrival to offer"), ("relay", "bare relay")):
        for turn, figures in flood[f"{name}_latency_ms"].items():
            cells = [f"{figures[at]:,.2f}" if figures["count"] else "–" for at in ("p50", "p99")]
            table.add_row(words, turn, *cells, f"{figures['count']:,}")
        ratios = (flood["ratio"][f"{name}_{at}"] for at in ("p50", "p99"))
        table.add_row(words, "ratio", *_cells(ratios))
    table.add_row("matching over relay", "ratio", *_cells(flood["over_relay"].values()))
    return table


def _cells(ratios: Iterable[float | None]) -> Iterator[str]:
    return ("–" if each is None else f"{each:.2f}" for each in ratios)


def _lines(report: Mapping[str, Any]) -> list[str]:
    ratios = {name: value for name, value in report["ratios"].items() if value is not None}
    lines = [
        (
            f"{report['offered']:,} offered, {report['served']:,} served, "
            f"{report['abandoned']:,} gave up; {report['agents']:,} agents, "
            f"occupancy {report['occupancy'] or 0:.1%}"
        ),
    ]
    if report["lives_per_second"] is not None:
        lines.append(f"{report['lives_per_second']:,.1f} complete lives a second")
    if report["drain_s"] is not None:
        lines.append(f"drained in {report['drain_s']:.2f} s, ideal {report['drain_ideal_s']:.2f} s")
    if report["recovery_s"] is not None:
        lines.append(f"back to normal {report['recovery_s']:.0f} s after the surge")
    if ratios:
        words = (f"{name.replace('_', ' ')} {value:.2f}" for name, value in ratios.items())
        lines.append("times the relay: " + ", ".join(words))
    for channel, level in report["service_level"].items():
        if level["share"] is not None:
            lines.append(
                f"{channel}: {level['share']:.1%} answered within {level['threshold_s']:.3g} s, "
                f"{level['abandoned_share']:.1%} gave up"
            )
    lines.append(
        f"lost {report['lost']}, duplicated {report['duplicated']}, passed over "
        f"{report['passed_over']}, violations {report['violations']} in {report['events']:,} events"
    )
    return lines


def _targets(report: Mapping[str, Any]) -> Table:
    table = Table(title="Targets", title_justify="left")
    for heading in ("", "target", "measured", "bound"):
        table.add_column(heading)
    for target in report["targets"]:
        value = "–" if target["value"] is None else f"{target['value']:,.2f}"
        table.add_row("✓" if target["met"] else "✗", target["name"], value, target["target"])
    return table
