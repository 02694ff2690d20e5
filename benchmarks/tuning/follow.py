"""How a search tells of itself while it runs: a bar, a line, or lines of JSON for whoever reads."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, Protocol, TypeAlias

from rich.progress import Progress as Bar

from adapters.cli.output import error_console

__all__ = ("Follow", "ProgressForm", "followed")

ProgressForm: TypeAlias = Literal["bar", "json"]


class Follow(Protocol):
    """What is told: stages with how much of them is done, and what was found so far."""

    def stage(self, stage: str, done: int, of: int) -> None:
        """So much of a stage is done."""

    def result(self, document: dict[str, Any], *, final: bool) -> None:
        """What is known now."""


class _Lines:
    """JSON on standard output, an object a line (adapters/jobs/child.py reads them)."""

    def stage(self, stage: str, done: int, of: int) -> None:
        _say({"stage": stage, "done": done, "of": of})

    def result(self, document: dict[str, Any], *, final: bool) -> None:
        _say({"result": document, "final": final})


class _OnScreen:
    """A bar on standard error where that is a terminal, else a line for each stage."""

    def __init__(self, advance: Callable[[str, int, int], None]) -> None:
        self.stage = advance

    def result(self, document: dict[str, Any], *, final: bool) -> None:
        """What is found is printed by whoever asked."""


@contextmanager
def followed(form: ProgressForm) -> Iterator[Follow]:
    """Tell until the end of the block."""
    if form == "json":
        yield _Lines()
        return
    with Bar(console=error_console(), transient=True) as bar:
        task = bar.add_task("beginning", total=None)
        yield _OnScreen(
            lambda stage, done, of: bar.update(task, description=stage, completed=done, total=of)
        )


def _say(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told, separators=(",", ":")) + "\n")
    sys.stdout.flush()
