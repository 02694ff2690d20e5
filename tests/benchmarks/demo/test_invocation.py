"""The commands that the demo prints work as they stand."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.demo.invocation import onequeue


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "bin" / "onequeue"
    path.parent.mkdir()
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_a_script_beside_the_path_is_named_as_it_was_called(
    script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(script.parents[1])
    monkeypatch.setattr(sys, "argv", ["bin/onequeue", "demo"])
    assert onequeue() == "bin/onequeue"


def test_a_script_on_the_path_has_a_bare_name(
    script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(script.parent))
    monkeypatch.setattr(sys, "argv", [str(script), "demo"])
    assert onequeue() == "onequeue"


def test_a_module_is_not_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/x/adapters/cli/main.py", "demo"])
    assert onequeue() == "onequeue"
