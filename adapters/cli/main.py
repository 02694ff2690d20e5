"""The console script `onequeue`: finds the command, runs it, turns errors into one line."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from typer.main import get_command

from adapters.cli.lazy import LazyGroup
from adapters.cli.output import EXIT_CODES_HELP, debugging, fail

__all__ = ("app", "main")

app = typer.Typer(
    cls=LazyGroup,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Real-time skills-based routing: every medium in one queue, every decision explained.\n\n"
        "\b\nExamples:\n"
        "  onequeue serve                         run a router on an embedded server\n"
        "  onequeue serve --redis redis://host    run it on your Redis or Valkey (7.0 or newer)\n"
        "  onequeue policy check center.yaml      is this policy valid?\n"
        "  onequeue send export.csv --agents 5    route a CSV export, with simulated agents\n"
        "  onequeue journal --follow              watch every decision\n"
    ),
    epilog=EXIT_CODES_HELP,
)


def _print_version(value: bool) -> None:  # noqa: FBT001  # the signature of a typer callback
    if not value:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        found = version("onequeue")
    except PackageNotFoundError:
        found = "from a source tree that is not installed"
    typer.echo(f"onequeue {found}")
    raise typer.Exit


@app.callback()
def _root(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", is_eager=True, callback=_print_version),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line and exit."""
    try:
        get_command(app)(prog_name="onequeue")
    except Exception as error:
        if debugging():
            raise
        sys.exit(fail(error))


if __name__ == "__main__":
    main()
