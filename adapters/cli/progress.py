"""Progress on standard error: one line that changes, or now and then a line in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

from adapters.cli.output import error_console
from adapters.send.ledger import Ledger, State

__all__ = ("end_progress", "folding_bar", "progress_of")

TERMINAL_S: Final = 0.2
LOG_S: Final = 10.0


def progress_of(ledger: Ledger) -> Callable[[], None]:
    """For `send`: a function to call as often as one likes; it writes when it is time."""
    on_terminal = error_console().is_terminal
    every_s = TERMINAL_S if on_terminal else LOG_S
    written_s = time.monotonic()

    def progress() -> None:
        nonlocal written_s
        if time.monotonic() - written_s < every_s:
            return
        written_s = time.monotonic()
        sys.stderr.write(f"\r\x1b[K{_line(ledger)}" if on_terminal else f"{_line(ledger)}\n")
        sys.stderr.flush()

    return progress


def folding_bar(stack: ExitStack, records: int) -> Callable[[int], None] | None:
    """A progress bar for a journal that is folded, when standard error is a terminal."""
    if not error_console().is_terminal:
        return None
    from rich.progress import Progress  # only a terminal needs it

    bar = stack.enter_context(
        Progress(console=error_console(), transient=True, redirect_stdout=False)
    )
    task = bar.add_task("folding the journal", total=records)

    def show(done: int) -> None:
        bar.update(task, completed=done)

    return show


def end_progress() -> None:
    """Clear the changing line."""
    if error_console().is_terminal:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def _line(ledger: Ledger) -> str:
    counts = ledger.counts
    parts = [
        f"{counts[state]:,} {told}"
        for state, told in (
            (State.COMPLETED, "completed"),
            (State.WITH_AGENT, "with an agent"),
            (State.WAITING, "waiting"),
            (State.UNANSWERED, "on the way"),
            (State.CANCELLED, "cancelled"),
            (State.REJECTED, "rejected"),
        )
        if counts[state]
    ]
    return f"sent {len(ledger.entries):,} of {ledger.rows:,} rows: {', '.join(parts)}"
