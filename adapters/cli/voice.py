"""`onequeue voice`: the configuration of the SIP front, and its adapter."""

from __future__ import annotations

import sys

import typer

from adapters.cli.media import AdapterConfig

__all__ = ("app",)

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Voice by SIP: the front's configuration, and its adapter.",
)


@app.command()
def config() -> None:
    """Print the configuration of Kamailio, each part of it explained.

    \b
    Examples:
      onequeue voice config > kamailio.cfg
    """
    from adapters.voice.kamailio import CONFIGURATION

    sys.stdout.write(CONFIGURATION.read_text(encoding="utf-8"))


@app.command()
def serve(config: AdapterConfig) -> None:
    """Run the adapter between the front and OneQueue: `onequeue media run voice`.

    \b
    Examples:
      onequeue voice serve --config voice.yaml
    """
    from adapters.cli.media import run

    run("voice", config)
