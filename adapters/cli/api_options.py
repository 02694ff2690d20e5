"""The options of `onequeue api`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

__all__ = (
    "NICE",
    "PORT",
    "ApiPort",
    "Host",
    "LingerS",
    "Nice",
    "NoAuth",
    "Tenants",
    "TlsCertificate",
    "TlsKey",
)

PORT: Final = 8_080
NICE: Final = 5
"""A flood on the API then leaves the router three quarters of a processor that both want."""

Tenants = Annotated[
    list[str] | None,
    typer.Option(
        "--tenant", metavar="NAME", help="Whom it serves; may be repeated.", show_default="main"
    ),
]
Host = Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Where it listens.")]
ApiPort = Annotated[
    int, typer.Option("--port", min=0, max=65_535, metavar="N", help="0: one that is free.")
]
TlsCertificate = Annotated[
    Path | None, typer.Option("--tls-cert", metavar="FILE", help="Its certificate (PEM).")
]
TlsKey = Annotated[
    Path | None, typer.Option("--tls-key", metavar="FILE", help="The certificate's key (PEM).")
]
NoAuth = Annotated[
    bool,
    typer.Option(
        "--no-auth",
        help="For development: everybody is the administrator. On this machine only.",
    ),
]
Nice = Annotated[
    int,
    typer.Option(
        "--nice",
        min=0,
        max=19,
        metavar="N",
        help="How far it gives way to the router on the same machine.",
    ),
]
LingerS = Annotated[
    float,
    typer.Option(
        "--linger-s",
        min=0.0,
        metavar="S",
        help="How long it still answers after /readyz has said that it ends.",
    ),
]
