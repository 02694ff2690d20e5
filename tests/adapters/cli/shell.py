"""Calls of the console script and what they left."""

from __future__ import annotations

import io
import json
import sys
from typing import Any, NamedTuple

import pytest

from adapters.cli.main import main

__all__ = ("Done", "Shell")


class Done(NamedTuple):
    """What a call has left."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its output, which is one JSON value."""
        return json.loads(self.out)


class Shell:
    """Runs `onequeue` with arguments."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: str, typed: bytes = b"") -> Done:
        self._monkeypatch.setattr(sys, "argv", ["onequeue", *arguments])
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed)))
        with pytest.raises(SystemExit) as caught:
            main()
        code = caught.value.code
        return Done(code if isinstance(code, int) else 0, *self._capsys.readouterr())
