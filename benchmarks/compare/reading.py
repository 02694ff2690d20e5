"""Reading the files of `onequeue bench … --json` and `onequeue simulate --json`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from adapters.cli.output import UsageError
from benchmarks.compare.changes import Change, changes
from benchmarks.compare.estimates import (
    estimate_changes,
    rows_of_quality,
    rows_of_simulation,
)
from benchmarks.compare.surge import surge_changes
from benchmarks.engine.report import FORMAT
from benchmarks.engine.suite import SUITE_FORMAT
from benchmarks.quality.bench_command import FORMAT as QUALITY_FORMAT
from benchmarks.simulator.report import FORMAT as SIMULATION_FORMAT
from benchmarks.surge.report import FORMAT as SURGE_FORMAT

__all__ = ("Kind", "Measured", "read_both")

SINGLE_ROW = "engine"
"""The name of the row in a file that holds one run of the engine."""

Rows = dict[str, dict[str, Any]]


class Compared(Protocol):
    """How two reports of a kind are compared; ``normalise`` for different machines."""

    def __call__(self, row: str, old: Any, new: Any, *, normalise: bool) -> Iterator[Change]: ...


class Kind(NamedTuple):
    """A kind of report: which command writes it, how two are compared, over which baselines of the
    same run gains are told (the last takes the machine out of a comparison; none where machines
    do not matter)."""

    command: str
    changes: Compared
    baselines: tuple[str, ...]


class Measured(NamedTuple):
    """A file: what kind of report it holds, and its reports by row."""

    kind: Kind
    rows: Rows


ENGINE: Final = Kind("onequeue bench engine", changes, ("null", "scan"))
SURGE: Final = Kind("onequeue bench surge", surge_changes, ("relay",))
SIMULATION: Final = Kind("onequeue simulate", estimate_changes, ())
QUALITY: Final = Kind("onequeue bench quality", estimate_changes, ())

_READ: Final[dict[str, tuple[Kind, Callable[[dict[str, Any]], Rows]]]] = {
    FORMAT: (ENGINE, lambda document: {SINGLE_ROW: document}),
    SUITE_FORMAT: (ENGINE, lambda document: document["rows"]),
    SURGE_FORMAT: (SURGE, lambda document: {str(document.get("scenario", "surge")): document}),
    SIMULATION_FORMAT: (SIMULATION, rows_of_simulation),
    QUALITY_FORMAT: (QUALITY, rows_of_quality),
}


def read_both(old: Path, new: Path) -> tuple[Measured, Measured]:
    """Two files that can be compared. Raises :class:`UsageError` if they cannot."""
    before, after = _read(old), _read(new)
    if before.kind != after.kind:
        raise UsageError(
            f"{old} is of `{before.kind.command}` and {new} of `{after.kind.command}`; "
            "compare two files of one command"
        )
    if not before.rows.keys() & after.rows.keys():
        raise UsageError(
            f"the files have no row in common: {_listed(before.rows)} in {old}, "
            f"{_listed(after.rows)} in {new}"
        )
    return before, after


def _listed(rows: Rows) -> str:
    return ", ".join(rows) or "none"


def _read(file: Path) -> Measured:
    """Raises :class:`UsageError` for what is not there, or not ours."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror or error}") from None
    except ValueError:
        raise UsageError(
            f"{file} is no JSON; give two files from `--json` of `onequeue bench engine`, "
            "`bench surge`, `bench quality` or `simulate`"
        ) from None
    found = document.get("format") if isinstance(document, dict) else None
    if found in _READ:
        kind, rows = _READ[found]
        return Measured(kind, rows(document))
    said = f"its format is {found!r}" if isinstance(found, str) else "it names no format"
    raise UsageError(
        f"{file} was not written by `--json` of this release's benchmarks: {said}, and "
        f"{', '.join(map(repr, _READ))} are read"
    )
