"""How every benchmark's command reports: a document on request, faults and Ctrl-C in one line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from adapters.cli.output import Exit, UsageError, error_console

__all__ = ("JsonOption", "PageOption", "one_line_for", "write_report")


def _writable(parameter: typer.CallbackParam, file: Path | None) -> Path | None:
    """Told before the work, not after it."""
    if file is not None and not file.parent.is_dir():
        raise UsageError(f"{parameter.opts[0]} {file}: there is no directory {file.parent}")
    return file


JsonOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--json", metavar="FILE", help="Write the report as JSON too.", callback=_writable
    ),
]

PageOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="FILE.html",
        help="Write the report as one self-contained page with plots too.",
        callback=_writable,
    ),
]


def write_report(report: Mapping[str, Any], file: Path | None) -> None:
    """Write the document to the file of ``--json``, if one was named."""
    if file is not None:
        file.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


@contextmanager
def one_line_for(
    *faults: type[Exception], code: int, command: str = "onequeue bench"
) -> Iterator[None]:
    """Tell any of ``faults``, or Ctrl-C, in one line; the command ends with ``code``, or 130."""
    try:
        yield
    except faults as error:
        error_console().print(f"{command}: {error}", markup=False, style="red")
        raise typer.Exit(code) from None
    except KeyboardInterrupt:
        error_console().print("Stopped before the end.")
        raise typer.Exit(Exit.INTERRUPTED) from None
