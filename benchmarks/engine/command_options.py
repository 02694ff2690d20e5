"""The options of `onequeue bench engine`."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from benchmarks.engine.suite import ROWS

__all__ = (
    "ROW_NAMES",
    "AgentsOption",
    "AwayOption",
    "BaselinesOption",
    "BatchOption",
    "CheckOption",
    "ClassesOption",
    "DecisionsOption",
    "FreeAgentsOption",
    "FreezeOption",
    "NewClassesOption",
    "PolicyChangeOption",
    "RowsOption",
    "ScanSecondsOption",
    "SecondsOption",
    "SeedOption",
    "SuiteOption",
    "UnservableOption",
    "WaitingOption",
)

ROW_NAMES = ", ".join(row.name for row in ROWS)

AgentsOption: TypeAlias = Annotated[
    int, typer.Option(min=2, max=1_000_000, help="Agents who are signed in.")
]

WaitingOption: TypeAlias = Annotated[
    int, typer.Option(min=1, max=20_000_000, help="Interactions that wait.")
]

ClassesOption: TypeAlias = Annotated[
    int,
    typer.Option(
        "--classes",
        "--distinct-demands",
        min=1,
        max=1_000_000,
        help="Different (channel, queue, requirements).",
    ),
]

SecondsOption: TypeAlias = Annotated[
    float, typer.Option(min=0.01, max=3_600, help="How long to measure, in the engine's time.")
]

DecisionsOption: TypeAlias = Annotated[
    int | None, typer.Option(min=1, help="Measure so many decisions, however long they take.")
]

SeedOption: TypeAlias = Annotated[int, typer.Option(help="Another seed, other traffic.")]

BatchOption: TypeAlias = Annotated[
    int, typer.Option(min=1, max=256, help="Commands in one record.")
]

FreeAgentsOption: TypeAlias = Annotated[
    float,
    typer.Option(
        min=0,
        max=0.95,
        metavar="SHARE",
        help="Keep this share of the agents idle; all that waits is what nobody can serve.",
    ),
]

UnservableOption: TypeAlias = Annotated[
    int, typer.Option(min=0, max=20_000_000, help="Put so many unservable ones ahead, older.")
]

NewClassesOption: TypeAlias = Annotated[
    int,
    typer.Option(
        "--new-classes-per-second",
        min=0,
        max=20_000,
        help="Arrivals with demands never seen before, in a second of the virtual clock.",
    ),
]

FreezeOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--freeze/--no-freeze",
        help="Use the garbage collector as a router does, instead of leaving it to itself.",
    ),
]

PolicyChangeOption: TypeAlias = Annotated[
    bool, typer.Option("--policy-change", help="A new policy comes in the midst of it.")
]

AwayOption: TypeAlias = Annotated[
    int,
    typer.Option(
        "--away-s",
        min=0,
        max=86_400,
        help="The router is away for so long in the midst of it: steps of all that waits come due.",
    ),
]

BaselinesOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--baselines/--no-baselines",
        help="Measure the scan, and the engine without choices, on the same commands.",
    ),
]

ScanSecondsOption: TypeAlias = Annotated[
    float, typer.Option(min=0.1, max=600, help="Time that the scan is given.")
]

SuiteOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--suite", help="Run all rows, each in a process of its own; takes about half an hour."
    ),
]

RowsOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--row", metavar="NAME", help=f"Only this row of the suite: {ROW_NAMES}."),
]

CheckOption: TypeAlias = Annotated[
    bool, typer.Option("--check", help="Exit with 1 when a target is missed.")
]
