"""The options of `onequeue stats`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = (
    "AsJson",
    "By",
    "CsvFile",
    "Day",
    "From",
    "Interval",
    "SplitByWait",
    "To",
    "Watch",
    "Zone",
)

By = Annotated[
    str,
    typer.Option(
        "--by",
        metavar="NAMES",
        help="What the rows are: queue, channel, skill, or several of them, as queue,channel; "
        "agent; or total.",
    ),
]
Interval = Annotated[
    str,
    typer.Option(
        "--interval",
        metavar="TIME",
        help="As 15m or 1h, a part of a day; of the past also 1d, or total.",
    ),
]
Day = Annotated[
    bool, typer.Option("--day", help="The counts of the day in place of the interval's.")
]
Zone = Annotated[
    str,
    typer.Option(
        "--zone", metavar="ZONE", help="Where days begin and times are told, as Europe/Berlin."
    ),
]
Watch = Annotated[
    bool, typer.Option("--watch", "-w", help="Show it anew each second, until Ctrl-C.")
]
From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="TIME",
        help="Intervals that are over, from then on: 2026-03-02T08:00, with an offset or Z or else "
        "in --zone; 2026-03-02; today; yesterday.",
    ),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to", metavar="TIME", help="Intervals that are over, up to then.", show_default="now"
    ),
]
SplitByWait = Annotated[
    str | None,
    typer.Option(
        "--split-by-wait",
        metavar="SECONDS",
        help="Tell waits within and above each of these, as 5,30,60.",
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="One JSON object (a line a second with --watch).")
]
CsvFile = Annotated[
    Path | None,
    typer.Option("--csv", metavar="FILE", help="Write intervals that are over here (-: print)."),
]
