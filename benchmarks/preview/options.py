"""The options of `onequeue preview`."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

__all__ = ("FromOption", "NamedOption", "PolicyOption", "ReplicationsOption", "ToOption")

PolicyOption: TypeAlias = Annotated[
    str,
    typer.Option("--policy", metavar="FILE", help="The policy to be tried (-: standard input)."),
]
FromOption: TypeAlias = Annotated[
    str,
    typer.Option(
        "--from",
        metavar="TIME",
        help="Where the period begins: 2026-03-02T08:00, with an offset or Z or else in --zone; "
        "2026-03-02; today; yesterday.",
    ),
]
ToOption: TypeAlias = Annotated[
    str, typer.Option("--to", metavar="TIME", help="Where it ends, not included.")
]
ReplicationsOption: TypeAlias = Annotated[
    int,
    typer.Option(
        "--replications",
        "--seeds",
        "-r",
        min=1,
        max=1_000,
        help="Replays of each side, each with random numbers of its own.",
    ),
]
NamedOption: TypeAlias = Annotated[
    int,
    typer.Option(
        "--named", min=0, max=10_000, help="Interactions that are named of those that go elsewhere."
    ),
]
