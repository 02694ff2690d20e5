"""The options of `onequeue console` that are its own; None where one was not given."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ("ApiCa", "ApiUrl", "ConsolePort", "PublicUrl")

ApiUrl = Annotated[
    str | None,
    typer.Option("--api", metavar="URL", help="The HTTP API (default: http://127.0.0.1:8080)."),
]
ApiCa = Annotated[
    Path | None,
    typer.Option("--api-ca", metavar="FILE", help="Whose certificate the API shows (PEM)."),
]
ConsolePort = Annotated[
    int | None,
    typer.Option(
        "--port", min=0, max=65_535, metavar="N", help="0: one that is free (default: 8081)."
    ),
]
PublicUrl = Annotated[
    str | None,
    typer.Option(
        "--public-url", metavar="URL", help="What browsers call it, behind a proxy that ends TLS."
    ),
]
