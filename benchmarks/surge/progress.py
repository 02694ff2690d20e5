"""Progress on standard error: a view that changes on a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
from rich.console import Console
from rich.live import Live
from rich.table import Table

from adapters.verify import Progress as Checked
from benchmarks.surge.facts import COLUMNS, FactKind, read_facts
from benchmarks.surge.plan import Plan
from benchmarks.surge.schedule import Moment

__all__ = ("ProgressView",)

LOG_S: Final = 10.0


class ProgressView:
    """Shows how far a run is: arrivals, who waits, who is served, latency so far."""

    def __init__(self, title: str, plan: Plan, directory: Path, console: Console) -> None:
        self._title = title
        self._at_ns = plan.contacts.at_ns
        self._arrivals = len(plan.contacts.arrivals_ns)
        self._length_s = plan.length_s
        self._agents_facts = directory / "agents.facts"
        self._opens = directory / "opens.mark"
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._read = 0
        self._latency_ms: list[float] = []
        self._told_s = 0.0

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def show(self, moment: Moment) -> None:
        """Tell where it is now."""
        if self._console.is_terminal:
            self._live.update(self._table(moment), refresh=True)
        elif time.monotonic() - self._told_s >= LOG_S:
            self._told_s = time.monotonic()
            self._write(self._line(moment))

    def checked(self, progress: Checked) -> None:
        """Tell how far the check of the journal is."""
        words = f"checking the journal: {progress.done:,} of {progress.total:,}"
        self.show(Moment(0.0, words))

    def _line(self, moment: Moment) -> str:
        if moment.words:
            return f"{self._title}: {moment.words}"
        return (
            f"{self._title}: {moment.at_s:,.0f} s of {self._length_s:,.0f}  {moment.due:,} came  "
            f"{moment.waiting:,} wait  {moment.ended:,} served  {moment.gave_up:,} gave up"
        )

    def _table(self, moment: Moment) -> Table:
        table = Table(title=self._title, title_justify="left", show_header=False, box=None)
        table.add_column(style="dim")
        table.add_column(justify="right")
        if moment.words:
            table.add_row(moment.words, "")
            return table
        table.add_row("time", f"{moment.at_s:,.1f} of {self._length_s:,.0f} s")
        table.add_row("arrived", f"{moment.due:,} of {self._arrivals:,}")
        table.add_row("waiting", f"{moment.waiting:,}")
        table.add_row("in hand", f"{moment.answered:,}")
        table.add_row("served", f"{moment.ended:,}")
        table.add_row("gave up", f"{moment.gave_up:,}")
        table.add_row("until offered, p50 · p99", self._latency())
        return table

    def _latency(self) -> str:
        """Of all offers of the last second or so, waiting or not."""
        facts = read_facts(self._agents_facts, begin=self._read)
        self._read += facts.size // COLUMNS
        offered = facts[facts[:, 0] == FactKind.OFFERED]
        if len(offered):
            opens_ns = int(self._opens.read_text(encoding="ascii"))
            took_ms = (offered[:, 3] - opens_ns - self._at_ns[offered[:, 1]]) / 1e6
            self._latency_ms = np.percentile(took_ms, [50, 99]).tolist()
        if not self._latency_ms:
            return "–"
        return " · ".join(f"{value:,.1f} ms" for value in self._latency_ms)

    def _write(self, line: str) -> None:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
