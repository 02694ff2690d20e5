"""The console script `onequeue`: finds the command, runs it, turns errors into one line."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from typer.main import get_command

from adapters.cli.lazy import LazyGroup
from adapters.cli.output import EXIT_CODES_HELP, Exit, close_output, debugging, fail

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
        "  onequeue status                        who leads, and who stands by\n"
        "  onequeue policy check center.yaml      is this policy valid?\n"
        "  onequeue send export.csv --agents 5    route a CSV export, with simulated agents\n"
        "  onequeue journal --follow              watch every decision\n"
        "  onequeue stats --watch                 who waits, and what agents do\n"
        "  onequeue stats --from today            what became of them, by intervals\n"
        "  onequeue explain 3-1200                why did this offer go to this agent?\n"
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
        code = _run()
        sys.stdout.flush()  # what stands in the buffer may meet a closed pipe too
    except BrokenPipeError:
        code = close_output()
    sys.exit(code)


def _run() -> str | int | None:
    """The exit code. Raises ``BrokenPipeError`` when nobody reads the output any more."""
    try:
        get_command(app)(prog_name="onequeue")
    except SystemExit as end:
        # click turns a broken pipe into the code 1, which here means that a check has failed
        if isinstance(end.__context__, BrokenPipeError):
            raise end.__context__ from None
        return end.code
    except BrokenPipeError:
        raise
    except Exception as error:
        if debugging():
            raise
        return fail(error)
    return Exit.OK


if __name__ == "__main__":
    main()
