"""The options of `onequeue api`; None where one was not given."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from adapters.configuration.shared import LOOPBACK

__all__ = (
    "ApiHost",
    "ApiPort",
    "Archive",
    "Issuers",
    "LingerS",
    "Nice",
    "NoAuth",
    "PagesOption",
    "RecordOption",
    "TlsCertificate",
    "TlsClientCa",
    "TlsKey",
)

ApiHost = Annotated[
    str | None,
    typer.Option("--host", metavar="ADDRESS", help=f"Where it listens (default: {LOOPBACK})."),
]
ApiPort = Annotated[
    int | None,
    typer.Option(
        "--port", min=0, max=65_535, metavar="N", help="0: one that is free (default: 8080)."
    ),
]
TlsCertificate = Annotated[
    Path | None, typer.Option("--tls-cert", metavar="FILE", help="Its certificate (PEM).")
]
TlsKey = Annotated[
    Path | None, typer.Option("--tls-key", metavar="FILE", help="The certificate's key (PEM).")
]
TlsClientCa = Annotated[
    Path | None,
    typer.Option(
        "--tls-client-ca",
        metavar="FILE",
        help="Clients must show a certificate of one of these CAs (PEM), beside their credential.",
    ),
]
Issuers = Annotated[
    Path | None,
    typer.Option(
        "--issuers", metavar="FILE", help="Whose tokens are taken beside API keys (YAML)."
    ),
]
Archive = Annotated[
    Path | None,
    typer.Option(
        "--archive",
        metavar="DIR",
        help="Where `onequeue archive` keeps what has been trimmed from the journal.",
    ),
]
RecordOption = Annotated[
    str | None,
    typer.Option(
        "--record",
        metavar="URL",
        help="The customer record's database, as of `onequeue record serve --url` "
        "(ONEQUEUE_RECORD_URL).",
    ),
]
PagesOption = Annotated[
    Path | None,
    typer.Option(
        "--pages",
        metavar="DIR",
        help="Also serve the files of this folder, to anybody, at /pages/.",
    ),
]
NoAuth = Annotated[
    bool,
    typer.Option(
        "--no-auth",
        help="For development: everybody is the administrator. On this machine only.",
    ),
]
Nice = Annotated[
    int | None,
    typer.Option(
        "--nice",
        min=0,
        max=19,
        metavar="N",
        help="How far it gives way to the router on the same machine (default: 5).",
    ),
]
LingerS = Annotated[
    float | None,
    typer.Option(
        "--linger-s",
        min=0.0,
        metavar="S",
        help="How long it still answers after /readyz has said that it ends (default: 0).",
    ),
]
