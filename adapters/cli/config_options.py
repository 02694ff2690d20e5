"""Options of commands that can be configured by a file too: None where one was not given."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from adapters.configuration.shared import LOOPBACK, LogFormat

__all__ = (
    "ConfigFile",
    "LogFormatSetting",
    "MetricsHostSetting",
    "MetricsPortSetting",
    "Tenants",
)

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        envvar="ONEQUEUE_CONFIG",
        show_envvar=True,
        help="The configuration (YAML): tenants and settings; `onequeue config check` reads it.",
    ),
]
Tenants = Annotated[
    list[str] | None,
    typer.Option(
        "--tenant",
        metavar="NAME",
        help="1 to 63 of a-z 0-9 _ -; may be given several times (default: those of the "
        "configuration, else main).",
    ),
]
MetricsPortSetting = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=65_535,
        metavar="N",
        help="Serve Prometheus metrics, /healthz and /readyz (default: 0: none).",
    ),
]
MetricsHostSetting = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS", help=f"The address on which they are served (default: {LOOPBACK})."
    ),
]
LogFormatSetting = Annotated[
    LogFormat | None, typer.Option(help="How the log is written (default: console).")
]
