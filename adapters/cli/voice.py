"""`onequeue voice`: the configuration of the SIP front, and its adapter."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from adapters.cli.media import AdapterConfig

__all__ = ("app",)

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Voice by SIP: the front's configuration, and its adapter.",
)


class FrontName(StrEnum):
    """What holds the calls."""

    KAMAILIO = "kamailio"
    FREESWITCH = "freeswitch"


@app.command()
def config(
    front: Annotated[FrontName, typer.Option(help="What holds the calls.")] = FrontName.KAMAILIO,
) -> None:
    """Print the configuration of Kamailio, or the dialplan of FreeSWITCH, each part explained.

    \b
    Examples:
      onequeue voice config > kamailio.cfg
      onequeue voice config --front freeswitch > onequeue.xml
    """
    from adapters.voice.freeswitch import DIALPLAN
    from adapters.voice.kamailio import CONFIGURATION

    path = DIALPLAN if front is FrontName.FREESWITCH else CONFIGURATION
    sys.stdout.write(path.read_text(encoding="utf-8"))


@app.command()
def serve(config: AdapterConfig) -> None:
    """Run the adapter between the front and OneQueue: `onequeue media run voice`.

    \b
    Examples:
      onequeue voice serve --config voice.yaml
    """
    from adapters.cli.media import run

    run("voice", config)
