from __future__ import annotations

from pathlib import Path

import pytest

from adapters.cli import lazy
from adapters.cli.lazy import BUILT_IN, LazyCommand
from benchmarks.demo.hour import Hour
from tests.adapters.cli.shell import Shell
from tests.benchmarks.virtual_floor import VirtualFloor, virtual_hour


@pytest.fixture(scope="session")
def hour() -> tuple[Hour, VirtualFloor]:
    """The demo's hour with the real engine, in virtual time."""
    return virtual_hour()


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
