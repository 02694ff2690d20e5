"""How this process was called, so that the commands that the demo prints work as they stand."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

__all__ = ("onequeue",)

NAME = "onequeue"


def onequeue() -> str:
    """The console script: its bare name where the PATH finds it, else as it was called."""
    called = Path(sys.argv[0])
    if called.name != NAME:
        return NAME
    found = shutil.which(NAME)
    if found is not None and called.exists() and called.samefile(found):
        return NAME
    return shlex.quote(sys.argv[0])
