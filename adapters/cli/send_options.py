"""The options of `onequeue send`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = (
    "Agents",
    "AsJson",
    "DryRun",
    "Export",
    "HandleS",
    "Limit",
    "MappingFile",
    "Speed",
    "WaitS",
    "WriteMapping",
)

Export = Annotated[Path, typer.Argument(help="The export: a CSV file with a header line.")]
MappingFile = Annotated[
    Path | None,
    typer.Option("--mapping", "-m", help="Which column is what (YAML); without it: a guess."),
]
WriteMapping = Annotated[
    Path | None,
    typer.Option("--write-mapping", help="Write the guess to this file (-: print it), and stop."),
]
Speed = Annotated[
    str, typer.Option(help="How many times faster than the file's own times; max: no pauses.")
]
Limit = Annotated[int | None, typer.Option(min=1, help="Only the first N rows.")]
Agents = Annotated[
    int, typer.Option(min=0, max=10_000, help="Log in N simulated agents who take the work.")
]
HandleS = Annotated[
    float, typer.Option(min=0, help="How long a simulated agent works on a row, in seconds.")
]
WaitS = Annotated[
    float, typer.Option(min=0, help="Stop when nothing has happened to any row for so long.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Read the file and say what would be sent.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
