from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.cli import lazy
from adapters.cli.lazy import BUILT_IN, LazyCommand
from benchmarks.demo.hour import Hour
from benchmarks.engine import collector, memory
from benchmarks.engine import run as engine_run
from benchmarks.simulator import run as simulator_run
from tests.adapters.cli.shell import Shell
from tests.benchmarks.virtual_floor import VirtualFloor, virtual_hour


class YoungGarbage:
    """The collector, without its walk through everything that there is."""

    def __getattr__(self, name: str) -> Any:
        return getattr(gc, name)

    def collect(self, generation: int = 2) -> int:
        return gc.collect(min(generation, 1))


@pytest.fixture(scope="package", autouse=True)
def young_garbage() -> Iterator[None]:
    """A process of tests holds a hundred times what a benchmark's own does: a walk through all of
    it takes a third of a second, and a small run takes a dozen of them."""
    with pytest.MonkeyPatch.context() as patched:
        for module in (collector, memory, engine_run, simulator_run):
            patched.setattr(module, "gc", YoungGarbage())
        yield


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
