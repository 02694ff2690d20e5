"""Reading the files that `onequeue bench engine` writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from adapters.cli.output import UsageError
from benchmarks.engine.report import FORMAT
from benchmarks.engine.suite import SUITE_FORMAT

__all__ = ("SINGLE_ROW", "read_rows")

SINGLE_ROW = "engine"
"""The name of the row in a file that holds one run."""


def read_rows(file: Path) -> dict[str, dict[str, Any]]:
    """Reports by row. Raises :class:`UsageError` for what is not there, or not ours."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror or error}") from None
    except ValueError:
        raise UsageError(
            f"{file} is no JSON; give files from `onequeue bench engine --json`"
        ) from None
    found = document.get("format") if isinstance(document, dict) else None
    if found == FORMAT:
        return {SINGLE_ROW: document}
    if found == SUITE_FORMAT:
        rows: dict[str, dict[str, Any]] = document["rows"]
        return rows
    said = f"its format is {found!r}" if isinstance(found, str) else "it names no format"
    raise UsageError(
        f"{file} was not written by this release's `onequeue bench engine --json`: {said}, "
        f"and {FORMAT!r} or {SUITE_FORMAT!r} is read"
    )
