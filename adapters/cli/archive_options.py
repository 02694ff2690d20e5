"""The options of `onequeue archive`, and times as they are written in them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from adapters.archive.writing import SEGMENT_BYTES
from adapters.cli.output import UsageError
from adapters.configuration.shared import duration_ms

__all__ = (
    "Directory",
    "KeepJournal",
    "NewArchive",
    "Once",
    "SegmentBytes",
    "SnapshotEvery",
    "duration_ms_of",
)


Directory = Annotated[
    Path | None,
    typer.Option(
        "--dir",
        metavar="DIR",
        envvar="ONEQUEUE_ARCHIVE",
        help="Where the segments are; made if it is not there. Of several tenants each has its own "
        "in it.",
        show_envvar=True,
    ),
]
SnapshotEvery = Annotated[
    str | None,
    typer.Option(
        "--snapshot-every",
        metavar="TIME",
        help="How old the newest snapshot may get, as 30s, 15m, 2h (0s: write none, trim nothing; "
        "default: 15m).",
    ),
]
KeepJournal = Annotated[
    str | None,
    typer.Option(
        "--keep-journal",
        metavar="TIME",
        help="Trim nothing from the journal that is younger than this (default: 10m).",
    ),
]
SegmentBytes = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help=f"Begin a new file when one is as large as this (default: {SEGMENT_BYTES}).",
    ),
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
    try:
        return duration_ms(text)
    except ValueError as error:
        raise UsageError(f"{option} {text}: {error}") from None
