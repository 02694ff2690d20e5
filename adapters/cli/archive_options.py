"""The options of `onequeue archive`, and times as they are written in them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final

import typer

from adapters.cli.output import UsageError

__all__ = (
    "Directory",
    "KeepJournal",
    "NewArchive",
    "Once",
    "SegmentBytes",
    "SnapshotEvery",
    "duration_ms_of",
)

_DURATION: Final = re.compile(r"(\d{1,6})(s|m|h|d)")
_UNITS_MS: Final = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}

Directory = Annotated[
    Path,
    typer.Option(
        "--dir",
        metavar="DIR",
        envvar="ONEQUEUE_ARCHIVE",
        help="Where the segments are; made if it is not there. One for each tenant.",
        show_envvar=True,
    ),
]
SnapshotEvery = Annotated[
    str,
    typer.Option(
        "--snapshot-every",
        metavar="TIME",
        help="How old the newest snapshot may get, as 30s, 15m, 2h (0s: write none, trim nothing).",
    ),
]
KeepJournal = Annotated[
    str,
    typer.Option(
        "--keep-journal",
        metavar="TIME",
        help="Trim nothing from the journal that is younger than this.",
    ),
]
SegmentBytes = Annotated[
    int, typer.Option(min=1, metavar="N", help="Begin a new file when one is as large as this.")
]
Once = Annotated[
    bool, typer.Option("--once", help="Archive what the journal holds by now, and end.")
]
NewArchive = Annotated[
    bool,
    typer.Option(
        "--new-archive",
        help="Begin in an empty directory although the journal has been trimmed; what came before "
        "is given up, or stays in another archive.",
    ),
]


def duration_ms_of(option: str, text: str) -> int:
    """A time as 30s, 15m, 2h or 1d. Raises :class:`UsageError`."""
    found = _DURATION.fullmatch(text)
    if not found:
        raise UsageError(f"{option} {text}: give a time like 30s, 15m, 2h or 1d")
    return int(found[1]) * _UNITS_MS[found[2]]
