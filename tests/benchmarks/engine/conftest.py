from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from adapters.cli import lazy
from adapters.cli.lazy import BUILT_IN, LazyCommand
from benchmarks.engine.options import Options
from benchmarks.engine.run import run
from tests.adapters.cli.shell import Shell

SMALL = Options(agents=60, waiting=400, classes=20, decisions=600, scan_seconds=1.0)


@pytest.fixture(scope="session")
def report() -> dict[str, Any]:
    """The report of a tiny run."""
    return run(SMALL, Console(file=io.StringIO()))


@pytest.fixture
def shell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Shell:
    """A shell in an empty directory that knows `bench`, installed or not."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ONEQUEUE_DEBUG", raising=False)
    commands = {**BUILT_IN, "bench": LazyCommand("benchmarks.engine.command", ("app",), "Measure.")}
    monkeypatch.setattr(lazy, "lazy_commands", lambda: commands)
    return Shell(monkeypatch, capsys)
