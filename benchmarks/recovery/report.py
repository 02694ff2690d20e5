"""The report of a run: its figures, and whether they are what they are meant to be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.engine.environment import environment
from benchmarks.engine.memory import peak_bytes
from benchmarks.engine.targets import Target, Verdict
from benchmarks.recovery.options import RecoveryOptions
from benchmarks.recovery.replay import Replayed
from benchmarks.recovery.snapshot import Restored, Written

__all__ = ("FORMAT", "TARGETS", "print_report", "report_of", "verdicts_of")

FORMAT: Final = "onequeue bench recovery 1"
WIDTH: Final = 100

TARGETS: Final = (
    Target("restore_seconds", 15, at_least=False, words="from a snapshot in at most 15 s"),
    Target("replay_events_per_second", 80_000, at_least=True, words="at least 80,000 events/s"),
)

_WORDS: Final = {
    "restore_seconds": "",
    "decode_seconds": "chunks into a state",
    "rebuild_seconds": "index and timers out of it",
    "restore_processor_seconds": "without the time that other processes took",
    "restore_longest_step_ms": "in which no other task has its turn",
    "replay_events_per_second": "",
    "replay_processor_events_per_second": "without the time that other processes took",
    "write_seconds": "a snapshot, into memory",
    "write_processor_seconds": "without the time that other processes took",
    "write_longest_step_ms": "between two breaths of the writer",
}


def report_of(
    options: RecoveryOptions, written: Written, restored: Restored, replayed: Replayed
) -> dict[str, Any]:
    """Everything that was measured, and on what."""
    return {
        "format": FORMAT,
        "options": asdict(options),
        "environment": environment(),
        "rows": written.rows,
        "chunks": len(written.chunks),
        "chunk_bytes_max": max(map(len, written.chunks)),
        "stored_bytes": sum(map(len, written.chunks)),
        "raw_bytes": written.raw_bytes,
        "write_seconds": written.seconds,
        "write_processor_seconds": written.processor_seconds,
        "write_longest_step_ms": written.longest_step_ms,
        "restore_seconds": restored.decode_seconds + restored.rebuild_seconds,
        "restore_processor_seconds": restored.processor_seconds,
        "restore_longest_step_ms": restored.longest_step_ms,
        "decode_seconds": restored.decode_seconds,
        "rebuild_seconds": restored.rebuild_seconds,
        "restored_bytes": restored.grown_bytes,
        "replay_records": replayed.records,
        "replay_events": replayed.events,
        "replay_bytes": replayed.journal_bytes,
        "replay_seconds": replayed.seconds,
        "replay_events_per_second": replayed.events / replayed.seconds,
        "replay_processor_events_per_second": replayed.events / replayed.processor_seconds,
        "peak_bytes": peak_bytes(),
    }


def verdicts_of(report: Mapping[str, Any]) -> list[Verdict]:
    """Each target and what was measured."""
    return [_verdict(target, float(report[target.metric])) for target in TARGETS]


def _verdict(target: Target, value: float) -> Verdict:
    met = value >= target.bound if target.at_least else value <= target.bound
    return Verdict(target.metric, value, target.bound, target.words, met)


def print_report(report: Mapping[str, Any], console: Console) -> None:
    """Print everything, figures with targets among them."""
    options, width = report["options"], min(WIDTH, console.width)
    console.print(
        Text(
            f"\n{options['agents']:,} agents, {options['waiting']:,} waiting, "
            f"{options['classes']:,} classes; seed {options['seed']}",
            style="bold",
        ),
        width=width,
    )
    console.print(_figures(report), width=width)
    for line in _around(report):
        console.print(Text(" " + line, style="dim"), width=width)


def _figures(report: Mapping[str, Any]) -> Table:
    targets = {verdict.metric: verdict for verdict in verdicts_of(report)}
    table = Table(box=None, show_header=False, pad_edge=True, padding=(0, 1))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    for metric, words in _WORDS.items():
        verdict, mark = targets.get(metric), Text(words, "dim")
        if verdict is not None:
            mark = Text("met: " if verdict.met else "missed: ", "green" if verdict.met else "red")
            mark.append(verdict.words, "dim")
        value = float(report[metric])
        table.add_row(metric, f"{value:,.0f}" if value >= 100 else f"{value:,.2f}", mark)
    return table


def _around(report: Mapping[str, Any]) -> Iterator[str]:
    found, mib = report["environment"], 2**20
    yield (
        f"snapshot: {report['rows']:,} rows in {report['chunks']:,} chunks, "
        f"{report['stored_bytes'] / mib:,.1f} MiB stored of {report['raw_bytes'] / mib:,.1f} MiB, "
        f"the largest {report['chunk_bytes_max'] / 1_024:,.0f} KiB"
    )
    yield (
        f"memory: {report['restored_bytes'] / mib:,.0f} MiB for the restored engine, "
        f"{report['peak_bytes'] / mib:,.0f} MiB at most"
    )
    yield (
        f"journal: {report['replay_events']:,} events in {report['replay_records']:,} records, "
        f"{report['replay_bytes'] / mib:,.1f} MiB"
    )
    yield (
        f"on: {found.get('cpu', '?')}, {found.get('cores', '?')} cores, "
        f"load {found.get('load_1m', 0):.1f}; Python {found['python']}, "
        f"{found['core']} core; commit {found.get('commit', '?')}"
    )
