"""The report of one run as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from benchmarks.engine.targets import verdicts

__all__ = ("print_report",)

WIDTH = 100
Report = Mapping[str, Any]


def print_report(report: Report, console: Console) -> None:
    """Print everything, figures with targets first."""
    for part in _parts(report):
        console.print(part, width=min(WIDTH, console.width))


def _parts(report: Report) -> Iterator[RenderableType]:
    yield _heading(_size(report["options"]))
    yield _headline(report)
    yield _heading("By kind of command")
    yield _kinds(report["kinds"])
    yield _note(
        "offered: share that ended in an offer. Decisions: arrivals, releases, what is given back."
    )
    if "scan_decisions_per_second" in report:
        yield _heading("On the same commands")
        yield _baselines(report)
    yield _heading("The longest steps")
    yield _stalls(report["stalls"])
    yield _note(_collector(report["gc"]))
    yield _heading("Around it")
    yield _around(report)


def _heading(words: str) -> Text:
    return Text(f"\n{words}", style="bold")


def _note(words: str) -> RenderableType:
    return Padding(Text(words, style="dim"), (0, 0, 0, 1))


def _table(*headings: str) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=True, padding=(0, 1))
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left", no_wrap=True)
    return table


def _pairs() -> Table:
    table = Table(box=None, show_header=False, pad_edge=True, padding=(0, 1))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    return table


def _size(options: Mapping[str, Any]) -> str:
    words = [
        f"{options['agents']:,} agents",
        f"{options['waiting']:,} waiting",
        f"{options['classes']:,} classes",
    ]
    if options["free_agents"]:
        words.append(f"{options['free_agents']:.0%} of the agents free")
    if options["unservable"]:
        words.append(f"{options['unservable']:,} unservable ahead")
    if options["new_classes_per_second"]:
        words.append(f"{options['new_classes_per_second']:,} new classes/s")
    if options.get("policy_change"):
        words.append("a new policy")
    if options.get("away_s"):
        words.append(f"{options['away_s']:,} s away")
    if options["batch"] > 1:
        words.append(f"batches of {options['batch']}")
    return ", ".join(words) + f"; seed {options['seed']}"


def _headline(report: Report) -> Table:
    targets = {verdict.metric: verdict for verdict in verdicts(report)}
    table = Table(box=None, show_header=False, pad_edge=True, padding=(0, 1))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    for metric, words in _HEADLINE.items():
        if report.get(metric) is None:
            continue
        verdict = targets.get(metric)
        mark = Text()
        if verdict is not None:
            mark = Text("met: " if verdict.met else "missed: ", "green" if verdict.met else "red")
            mark.append(verdict.words, "dim")
        table.add_row(metric, _number(report[metric]), mark or Text(words, "dim"))
    return table


_HEADLINE = {
    "decisions_per_second": "",
    "p50_us": "of a decision, bytes in to bytes out",
    "p99_us": "",
    "p999_us": "",
    "max_us": "of a decision",
    "max_command_us": "",
    "idle_loop_max_us": "the longest gap of an empty loop, on this machine, as long",
    "processor_decisions_per_second": "without the time that other processes took",
    "processor_p99_us": "of a decision",
    "processor_max_us": "",
    "commands_per_second": "decisions among them",
    "bytes_per_waiting": "",
    "bytes_per_agent": "",
    "choice_to_bookkeeping": "",
    "policy_in_force_seconds": "of the engine, from a policy's announcement to its being in force",
    "caught_up_seconds": "of the engine, from its return until no timer was overdue",
}


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"


def _kinds(kinds: Mapping[str, Any]) -> Table:
    table = _table("kind", "count", "share", "offered", "mean µs", "p50", "p99", "p99.9", "max")
    for name, figures in kinds.items():
        if figures["count"]:
            table.add_row(
                name,
                f"{figures['count']:,}",
                f"{figures['share_of_commands']:.1%}",
                f"{figures['share_offered']:.0%}",
                *(
                    _number(figures[f"{which}_us"])
                    for which in ("mean", "p50", "p99", "p999", "max")
                ),
                style="" if figures["decision"] else "dim",
            )
    return table


def _baselines(report: Report) -> Table:
    table = _pairs()
    table.add_row(
        "scan",
        f"{report['scan_decisions_per_second']:,.1f} decisions/s over "
        f"{report['scan_decisions']:,}, the same choices; "
        f"the engine is {report['speed_to_scan']:,.0f} times as fast",
    )
    table.add_row(
        "no choice",
        f"{report['null_decisions_per_second']:,.0f} decisions/s, "
        f"{report['null_commands_per_second']:,.0f} commands/s, the same records",
    )
    table.add_row(
        "a decision",
        f"{report['choice_us']:,.1f} µs for the choice, "
        f"{report['bookkeeping_us']:,.1f} µs around it",
    )
    return table


def _stalls(stalls: list[Mapping[str, Any]]) -> Table:
    table = _table("kind", "µs", "collector's", "processor's", "command")
    for stall in stalls:
        table.add_row(
            stall["kind"],
            _number(stall["us"]),
            _number(stall["collection_us"]),
            _number(stall["processor_us"]),
            f"{stall['command']:,}",
        )
    return table


def _collector(gc: Mapping[str, Any]) -> str:
    counts = " + ".join(f"{count:,}" for count in gc["collections"])
    longest = max(gc["longest_us"])
    return (
        f"collector: thresholds {gc['thresholds']}, {gc['frozen_objects']:,} objects frozen, "
        f"{counts} collections, {gc['total_ms']:,.1f} ms in all, the longest {longest:,.0f} µs"
    )


def _around(report: Report) -> Table:
    table = _pairs()
    floor, loading = report["floor"], report["setting_up"]
    environment = report["environment"]
    table.add_row(
        "waiting",
        f"{floor['waiting_lowest']:,} to {floor['waiting_highest']:,}; "
        f"{floor['assigned_at_begin']:,} with agents at the start",
    )
    table.add_row(
        "measured",
        f"{report['decisions']:,} decisions in {report['commands']:,} commands; "
        f"{floor['offers']:,} offers, {floor['work_entries']:,} work entries",
    )
    if floor["rejected"]:
        table.add_row(
            "refused", ", ".join(f"{n:,} {code}" for code, n in floor["rejected"].items())
        )
    table.add_row(
        "setting up",
        f"{loading['commands']:,} commands in {loading['seconds']:,.1f} s of the engine: "
        f"{loading['commands_per_second']:,.0f} commands/s",
    )
    table.add_row("memory", f"{report['peak_bytes'] / 2**20:,.0f} MiB at most")
    packages = ", ".join(f"{name} {found}" for name, found in environment["packages"].items())
    table.add_row(
        "on",
        f"{environment.get('cpu', '?')}, {environment.get('cores', '?')} cores, load "
        f"{environment.get('load_1m', 0):.1f}; Python {environment['python']}, "
        f"{environment['choices']} choices, {environment['core']} core; {packages}"
        + (f"; commit {environment['commit']}" if "commit" in environment else ""),
    )
    return table
