from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from benchmarks.engine.options import Options
from benchmarks.engine.run import run

SMALL = Options(agents=60, waiting=400, classes=20, decisions=600, scan_seconds=1.0)


@pytest.fixture(scope="session")
def report() -> dict[str, Any]:
    """The report of a tiny run."""
    return run(SMALL, Console(file=io.StringIO()))
