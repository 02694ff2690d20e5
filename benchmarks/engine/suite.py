"""The suite: the rows that together tell how the engine behaves at its limits."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from rich.console import Console

from adapters.cli.output import Exit
from adapters.process.child_process import end_with_parent
from benchmarks.engine.options import Options
from router.errors import OneQueueError

__all__ = ("ROWS", "SUITE_FORMAT", "Row", "RowFailed", "run_suite")

SUITE_FORMAT: Final = "onequeue bench suite 1"

AWAY_S: Final = 3 * 3_600
"""Longer than anything has waited at the start."""


class RowFailed(OneQueueError):
    """A row's process has ended without a report."""

    def __init__(self, name: str, status: int) -> None:
        super().__init__(name, status)
        self.name = name
        self.status = status

    def __str__(self) -> str:
        return f"the row {self.name!r} ended with status {self.status}"


class Row(NamedTuple):
    """One run of the suite, as a change of the options that were asked for."""

    name: str
    words: str
    change: Callable[[Options], Options]
    has_targets: bool = True
    """Whether the targets are meant for it."""


def _short(options: Options) -> Options:
    return replace(options, waiting=max(1, options.waiting // 1_000))


def _distinct(options: Options) -> Options:
    return replace(options, classes=100 * options.classes)


def _new_classes(options: Options) -> Options:
    return replace(options, new_classes_per_second=100)


def _many_agents(options: Options) -> Options:
    return replace(options, agents=10 * options.agents)


def _unservable(options: Options) -> Options:
    return replace(options, unservable=max(1, options.waiting // 10))


def _free_agents(options: Options) -> Options:
    return replace(options, free_agents=0.2)


def _policy_change(options: Options) -> Options:
    return replace(options, policy_change=True, baselines=False, seconds=3 * options.seconds)


def _away(options: Options) -> Options:
    return replace(options, away_s=AWAY_S, baselines=False, seconds=10 * options.seconds)


ROWS: Final = (
    Row("short_queue", "a thousandth of the queue", _short),
    Row("full", "the full size", replace),
    Row("distinct", "a hundred times as many classes", _distinct),
    Row("new_classes", "100 new classes a second", _new_classes),
    Row("many_agents", "ten times as many agents", _many_agents, has_targets=False),
    Row("unservable", "a tenth of the queue again ahead of it, unservable", _unservable),
    Row("free_agents", "a fifth of the agents free", _free_agents),
    Row("policy_change", "a new policy in the midst of it", _policy_change, has_targets=False),
    Row("away", "three hours away: a step of all that waits is due", _away, has_targets=False),
)
"""With the options as they are by default, the rows that the engine's targets speak of."""


def run_suite(
    base: Options, rows: Sequence[Row], console: Console
) -> Iterator[tuple[Row, dict[str, Any]]]:
    """Run the rows one after the other, each in fresh memory. Raises :class:`RowFailed`."""
    with tempfile.TemporaryDirectory(prefix="onequeue-bench-") as directory:
        for row in rows:
            if console.is_terminal:
                console.print(f"{row.name}: {row.words}", style="dim", markup=False)
            yield row, _report(row, row.change(base), Path(directory) / f"{row.name}.json")


def _report(row: Row, options: Options, file: Path) -> dict[str, Any]:
    command = [sys.executable, "-P", "-m", "benchmarks.engine.row_process"]
    process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
        [*command, json.dumps(asdict(options)), str(file)],
        preexec_fn=end_with_parent(),
    )
    try:
        status = process.wait()
    except KeyboardInterrupt:
        process.wait()  # it has been told too
        raise
    if status == Exit.INTERRUPTED:
        raise KeyboardInterrupt
    if status:
        raise RowFailed(row.name, status)
    report: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return report
