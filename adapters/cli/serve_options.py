"""The options of `onequeue serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.connection import DATA_DIR
from adapters.configuration.shared import LOOPBACK, LogFormat
from router import limits

__all__ = (
    "LOOPBACK",
    "DataDir",
    "InboundMaxAge",
    "InboundMaxEntries",
    "JournalMaxBytes",
    "LogFormat",
    "LogFormatOption",
    "MetricsHost",
    "MetricsPort",
    "NewJournal",
    "PolicyFile",
    "Port",
    "StandBy",
    "Takeover",
)

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        metavar="DIR",
        help="Where the embedded server keeps its data, when no --redis is given "
        f"(default: {DATA_DIR}).",
    ),
]
Port = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=65_535,
        metavar="N",
        help=f"Let the embedded server listen on {LOOPBACK}:N too (0: on its socket only).",
    ),
]
PolicyFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="The policy (YAML). Without it the one in force stays, at first a default one.",
    ),
]
MetricsPort = Annotated[
    int, typer.Option(min=0, max=65_535, metavar="N", help="Serve Prometheus metrics (0: none).")
]
MetricsHost = Annotated[
    str, typer.Option(metavar="ADDRESS", help="The address on which metrics are served.")
]
JournalMaxBytes = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="Refuse new interactions while the journal is larger "
        f"(default: {limits.JOURNAL_BYTES_MAX}).",
    ),
]
InboundMaxEntries = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="Refuse new interactions while more commands wait "
        f"(default: {limits.INBOUND_ENTRIES_MAX}).",
    ),
]
InboundMaxAge = Annotated[
    float | None,
    typer.Option(
        min=1.0,
        metavar="SECONDS",
        help="Refuse new interactions while commands wait for longer "
        f"(default: {limits.INBOUND_AGE_MS_MAX // 1_000}).",
    ),
]
Takeover = Annotated[
    bool,
    typer.Option("--takeover", help="Do not wait while another router leads; replace it."),
]
StandBy = Annotated[
    bool,
    typer.Option(
        "--standby",
        help="Leave the lead to other routers; lead once the last of them is gone.",
    ),
]
NewJournal = Annotated[
    bool,
    typer.Option(
        "--new-journal",
        help="Begin anew where the journal has been lost; the old state is given up.",
    ),
]
LogFormatOption = Annotated[LogFormat, typer.Option(help="How the log is written.")]
