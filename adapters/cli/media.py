"""`onequeue media`: adapters of media, those that come along and those of others."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.output import Exit, UsageError, console, fail, report_console, write_json
from router.errors import CallerError

if TYPE_CHECKING:
    from adapters.media.document import AdapterFile
    from adapters.media.plugin import Medium

__all__ = ("AdapterConfig", "app", "loaded")

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Run adapters of media: what customers say comes in, what agents answer goes out.",
)

MediumName = Annotated[str, typer.Argument(metavar="NAME", help="As `onequeue media list` has it.")]
AdapterConfig = Annotated[
    Path, typer.Option("--config", metavar="FILE", help="The adapter's file (YAML).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command("list")
def list_media(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list.")] = False,
) -> None:
    """List the media that can be run, with the packages that they come from.

    A package offers one by an entry point of the group onequeue.media (docs/media.md).

    \b
    Examples:
      onequeue media list
      onequeue media list --json

    Exits with 0, or with 1 when one of them cannot be loaded.
    """
    from adapters.media.registry import listed

    found = listed()
    if as_json:
        write_json([each._asdict() for each in found])
    else:
        width = max((len(each.name) for each in found), default=0)
        for each in found:
            told = each.fault or each.summary
            line = f"{each.name:<{width}}  {each.package}  {told}"
            report_console().print(line, markup=False, soft_wrap=True)
    raise typer.Exit(Exit.BAD if any(each.fault for each in found) else Exit.OK)


@app.command("check")
def check(name: MediumName, config: AdapterConfig, *, as_json: JsonOption = False) -> None:
    """Say whether an adapter's file is valid, and its key and all secrets that it names are there.

    \b
    Examples:
      onequeue media check mail --config mail.yaml
      onequeue media check mail --config mail.yaml --json

    Exits with 0 when it is, 1 when it is not, 2 when there is no such medium or file.
    """
    from adapters.media.document import AdapterFileError, missing_secrets

    account, told, missing = "", list[AdapterFileError](), list[CallerError]()
    try:
        _, file = loaded(name, config)
    except AdapterFileError as error:
        told = [error]
    else:
        account, missing = file.account, list(missing_secrets(file))
    if as_json:
        errors = [asdict(fault) for error in told for fault in error.faults]
        checked = {"file": str(config), "valid": not (told or missing), "account": account}
        write_json({**checked, "errors": errors, "missing_secrets": [str(one) for one in missing]})
    elif told or missing:
        for each in (*told, *missing):
            fail(each)
    else:
        console().print(f"{config}: valid, for the account {account}", markup=False)
    raise typer.Exit(Exit.BAD if told or missing else Exit.OK)


@app.command("run")
def run(name: MediumName, config: AdapterConfig) -> None:
    """Run the adapter of one account until SIGTERM or Ctrl-C.

    Messages of customers are handed to the HTTP API until it has decided, and only then told to the
    medium as taken; so an adapter may be killed at any time. Its file says for which account it
    works, where the API is, and where its key stands (default: the variable ONEQUEUE_MEDIA_KEY).

    \b
    Examples:
      onequeue media run mail --config mail.yaml
      ONEQUEUE_MEDIA_KEY=oq_main_… onequeue media run mail --config mail.yaml
    """
    from adapters.cli.service import metrics_served, new_event_loop, service_logger
    from adapters.edge.secrets import read_secret
    from adapters.media.meters import MediaMeters
    from adapters.media.running import MediumHealth, serve_medium

    medium, file = loaded(name, config)
    key = read_secret(file.key)
    logger = service_logger(file.log_format).bind(medium=name)
    meters, health = MediaMeters(), MediumHealth()
    host, port = file.metrics_host, file.metrics_port
    logger.info("working", account=file.account, api=file.api)
    work = serve_medium(
        medium(file.settings), file, key, meters=meters, health=health, logger=logger
    )
    with (
        metrics_served(meters.registry, logger, host, port, health),
        asyncio.Runner(loop_factory=new_event_loop) as runner,
    ):
        runner.run(work)


def loaded(name: str, config: Path) -> tuple[type[Medium], AdapterFile]:
    """A medium, and its file. Raises :class:`UsageError` where there is no such file, and as
    :func:`load_medium` and :func:`load_adapter` do."""
    from adapters.documents.faults import DocumentUnreadableError
    from adapters.media.document import load_adapter
    from adapters.media.registry import load_medium

    medium = load_medium(name)
    try:
        return medium, load_adapter(config, medium)
    except DocumentUnreadableError as error:
        raise UsageError(str(error)) from None
