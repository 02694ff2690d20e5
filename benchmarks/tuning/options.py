"""The options of `onequeue tune`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from adapters.cli.output import UsageError
from benchmarks.tuning.knobs import KNOB_GROUPS, KnobGroup

__all__ = (
    "FreshOption",
    "FromOption",
    "JobsOption",
    "KnobsOption",
    "ListOption",
    "ObjectiveOption",
    "PolicyOption",
    "ProgressOption",
    "ReplicationsOption",
    "ScenarioOption",
    "SecondsOption",
    "SeedOption",
    "ToOption",
    "TrialsOption",
    "WriteOption",
    "groups_of",
)


def _empty(folder: Path | None) -> Path | None:
    """Told before the work; points of another search would be taken for those of this."""
    if folder is not None and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"--write {folder}: it is there already, and not empty")
    return folder


ObjectiveOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--objective", metavar="FILE|PRESET", help="What to search for: a YAML file, or a preset."
    ),
]
ScenarioOption: TypeAlias = Annotated[
    str | None,
    typer.Option("--scenario", metavar="SCENARIO", help="On a scenario: a file, or a built-in."),
]
FromOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="TIME",
        help="On recorded traffic, from 2026-03-02T08:00 (UTC unless it says otherwise) ...",
    ),
]
ToOption: TypeAlias = Annotated[
    str | None, typer.Option("--to", metavar="TIME", help="... until then [default: now].")
]
PolicyOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="The policy to begin with [default: the scenario's, or the one that ran].",
    ),
]
KnobsOption: TypeAlias = Annotated[
    str,
    typer.Option(
        "--knobs", metavar="GROUPS", help=f"What may be changed, of {', '.join(KNOB_GROUPS)}."
    ),
]
TrialsOption: TypeAlias = Annotated[
    int, typer.Option("--trials", min=1, max=10_000, help="Policies to try.")
]
SecondsOption: TypeAlias = Annotated[
    int | None,
    typer.Option("--seconds", min=1, max=86_400, help="End the search in time for fresh numbers."),
]
SeedOption: TypeAlias = Annotated[int, typer.Option(min=0, help="Another seed, other contacts.")]
ReplicationsOption: TypeAlias = Annotated[
    int,
    typer.Option("--replications", "-r", min=2, max=1_000, help="Of each policy in the search."),
]
FreshOption: TypeAlias = Annotated[
    int,
    typer.Option("--fresh", min=2, max=1_000, help="Replications of the best on fresh numbers."),
]
JobsOption: TypeAlias = Annotated[
    int | None, typer.Option(min=1, max=256, help="Processes [default: one for each core].")
]
WriteOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--write",
        metavar="DIR",
        help="Write the policy of each point into a new folder.",
        callback=_empty,
    ),
]
ListOption: TypeAlias = Annotated[
    bool, typer.Option("--list", help="List the preset objectives, and stop.")
]
ProgressOption: TypeAlias = Annotated[
    str,
    typer.Option(
        "--progress",
        metavar="bar|json",
        help="How to tell how far it is; json: in lines on standard output, results too.",
    ),
]


def groups_of(text: str) -> tuple[KnobGroup, ...]:
    """The groups of knobs that were named. Raises :class:`UsageError`."""
    named = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [name for name in named if name not in KNOB_GROUPS]
    if unknown or not named:
        raise UsageError(f"--knobs {text}: there are {', '.join(KNOB_GROUPS)}")
    return tuple(group for group in KNOB_GROUPS if group in named)
