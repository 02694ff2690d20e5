"""Progress of long work on standard error; nothing when that is not a terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

__all__ = ("Stage", "stage")

SHOWN_EVERY_S: Final = 0.25


class Stage:
    """One stretch of work. It is drawn between steps, by the caller: no thread disturbs the
    measuring."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task
        self._shown_s = 0.0

    def show(self, done: float, words: str = "") -> None:
        """Tell how much is done; as often as one likes."""
        if self._progress.disable or time.monotonic() - self._shown_s < SHOWN_EVERY_S:
            return
        self._shown_s = time.monotonic()
        self._progress.update(self._task, completed=done, words=words)
        self._progress.refresh()


@contextmanager
def stage(console: Console, description: str, total: float) -> Iterator[Stage]:
    """Show a bar until the end of the block."""
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %  {task.fields[words]}"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        auto_refresh=False,
        disable=not console.is_terminal,
    )
    with progress:
        yield Stage(progress, progress.add_task(description, total=total, words=""))
