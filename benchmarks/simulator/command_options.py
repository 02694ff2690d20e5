"""The options of `onequeue simulate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

__all__ = (
    "BatchesOption",
    "JobsOption",
    "ListOption",
    "PolicyOption",
    "ReplicationsOption",
    "ScenarioArgument",
    "SeedOption",
    "ShowOption",
)

ScenarioArgument: TypeAlias = Annotated[
    str | None,
    typer.Argument(metavar="SCENARIO", help="A YAML file, or the name of a built-in one."),
]

SeedOption: TypeAlias = Annotated[int, typer.Option(min=0, help="Another seed, other contacts.")]

ReplicationsOption: TypeAlias = Annotated[
    int, typer.Option("--replications", "-r", min=1, max=10_000, help="Independent runs.")
]

BatchesOption: TypeAlias = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=1_000,
        help="Stretches of each run that count for independent [default: 1; 20 of one run].",
    ),
]

PolicyOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", exists=True, dir_okay=False, help="Another policy for the scenario."
    ),
]

JobsOption: TypeAlias = Annotated[
    int | None, typer.Option(min=1, max=256, help="Processes [default: one for each core].")
]

ListOption: TypeAlias = Annotated[
    bool, typer.Option("--list", help="List the built-in scenarios, and stop.")
]

ShowOption: TypeAlias = Annotated[
    bool, typer.Option("--show", help="Print the scenario's file, to begin your own with.")
]
