"""The options of `onequeue bench chaos`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from benchmarks.chaos.faults import FaultKind
from benchmarks.chaos.scenario import INBOXES

__all__ = (
    "KIND_NAMES",
    "AgentsOption",
    "AppendFsync",
    "AppendFsyncOption",
    "FaultsOption",
    "KeepOption",
    "LoadOption",
    "MinutesOption",
    "RateOption",
    "SeedOption",
    "ServerOption",
)

KIND_NAMES: Final = ", ".join(FaultKind)


class AppendFsync(StrEnum):
    """When the server syncs its append-only file."""

    ALWAYS = "always"
    EVERYSEC = "everysec"


MinutesOption: TypeAlias = Annotated[
    float, typer.Option(min=0.1, max=1_440, help="How long the storm lasts.")
]

SeedOption: TypeAlias = Annotated[
    int, typer.Option(help="Another seed, other faults at other times.")
]

LoadOption: TypeAlias = Annotated[
    float, typer.Option(min=0.1, max=1_000, help="Customers who get in touch a second.")
]

AgentsOption: TypeAlias = Annotated[
    int, typer.Option(min=len(INBOXES), max=2_000, help="Agents on the floor.")
]

FaultsOption: TypeAlias = Annotated[
    str | None, typer.Option(metavar="KIND,KIND", help=f"Only these kinds, of {KIND_NAMES}.")
]

RateOption: TypeAlias = Annotated[
    float, typer.Option(min=0.1, max=10, metavar="FACTOR", help="So many times as often.")
]

ServerOption: TypeAlias = Annotated[
    str, typer.Option(metavar="SERVER", help="embedded, redis, valkey, or the path of a server.")
]

AppendFsyncOption: TypeAlias = Annotated[
    AppendFsync,
    typer.Option(help="With everysec a server that is killed may lose what it answered."),
]

KeepOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Keep data, logs and ledgers in this new directory."),
]
