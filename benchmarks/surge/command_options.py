"""The options of `onequeue bench surge`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = (
    "AgentsOption",
    "CheckOption",
    "CompressionOption",
    "ExportOption",
    "FloodOption",
    "KeepOption",
    "ListOption",
    "MappingOption",
    "PolicyOption",
    "RoundsOption",
    "ScenarioOption",
    "SeedOption",
)

ScenarioOption = Annotated[
    str, typer.Option("--scenario", metavar="NAME|FILE", help="What is played; see --list.")
]
ListOption = Annotated[bool, typer.Option("--list", help="List the built-in scenarios and end.")]
PolicyOption = Annotated[
    Path | None,
    typer.Option(
        "--policy",
        metavar="FILE",
        help="Your policy in place of the scenario's.",
        exists=True,
        dir_okay=False,
    ),
]
ExportOption = Annotated[
    Path | None,
    typer.Option(
        "--export",
        metavar="FILE",
        help="Contacts as in this CSV export, for the scenario `export`.",
        exists=True,
        dir_okay=False,
    ),
]
MappingOption = Annotated[
    Path | None,
    typer.Option(
        "--mapping",
        metavar="FILE",
        help="Which column of the export says what, as for `onequeue send` (guessed without).",
        exists=True,
        dir_okay=False,
    ),
]
FloodOption = Annotated[
    bool,
    typer.Option(
        "--flood-api",
        help="Run the HTTP API beside it, flooded for five of every ten seconds, and tell both.",
    ),
]
AgentsOption = Annotated[
    int | None,
    typer.Option(
        "--agents",
        min=1,
        max=100_000,
        metavar="N",
        help="How many agents, where the scenario has one group of them.",
    ),
]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Another seed, other contacts.")]
CompressionOption = Annotated[
    float | None,
    typer.Option(
        "--compression",
        min=0.01,
        max=10_000,
        metavar="X",
        help="Seconds of the scenario in a real one (default: the scenario's own).",
    ),
]
RoundsOption = Annotated[
    int | None,
    typer.Option("--rounds", min=1, max=1_000, metavar="N", help="How often bursts are repeated."),
]
CheckOption = Annotated[
    bool, typer.Option("--check", help="Exit with 1 when a target is missed too.")
]
KeepOption = Annotated[
    Path | None,
    typer.Option("--keep", metavar="DIR", help="Keep data, logs and facts in this new directory."),
]
