"""The command line, called in this process as a shell would call it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.cli.shell import Shell


@pytest.fixture
def shell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Shell:
    """A shell in an empty directory, with no server in its environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ONEQUEUE_REDIS_URL", raising=False)
    monkeypatch.delenv("ONEQUEUE_DEBUG", raising=False)
    return Shell(monkeypatch, capsys)
