"""`onequeue record rebuild`: fold the whole history into the customer record anew."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from contextlib import ExitStack, closing
from typing import Annotated, Any

import typer

from adapters.cli.config_options import ConfigFile
from adapters.cli.connection import RedisOption, open_sync
from adapters.cli.one_tenant import OneTenant
from adapters.cli.output import Exit, UsageError, console, error_console, write_json
from adapters.cli.progress import folding_bar
from adapters.cli.record_options import Archive, DatabaseUrl, ordered
from adapters.cli.service import new_event_loop, service_logger
from adapters.configuration.shared import LogFormat
from adapters.history.journal import Journal
from adapters.record.database import Database
from adapters.record.position import Place
from adapters.record.rebuilding import rebuilt
from adapters.record.serving import RecordOrder

__all__ = ("rebuild",)


def rebuild(
    *,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask; needed where there is no terminal.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    url: DatabaseUrl = None,
    archive: Archive = None,
    redis_option: RedisOption = None,
    tenant: OneTenant = None,
    config: ConfigFile = None,
) -> None:
    """Fold the whole history into the record anew; what people have written stays.

    Of use when the server has lost records, or when a release folds more than the one before it.
    Until it is done the record lacks what has not been folded again. Where a process keeps the
    record, it is told to begin anew, and does the work.

    \b
    Examples:
      onequeue record rebuild --yes
      onequeue record rebuild --archive /var/lib/onequeue-archive --tenant sales
    """
    order, database = ordered(config, redis_option, tenant, url, archive)
    if not yes:
        _ask(order, database)
    with ExitStack() as stack, closing(open_sync(order.endpoint.url)) as client:
        extent = Journal(client, order.keys.tenant).extent()
        progress = folding_bar(stack, extent.added if extent else 0)
        logger = service_logger(LogFormat.CONSOLE)
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            place, holder = runner.run(
                _rebuilt(rebuilt(order, database, logger, progress), database)
            )
    _tell(place, holder, as_json=as_json)


async def _rebuilt(work: Coroutine[Any, Any, tuple[Place, str]], database: Database) -> Any:
    try:
        return await work
    finally:
        await database.close()


def _ask(order: RecordOrder, database: Database) -> None:
    if not sys.stdin.isatty():
        raise UsageError("it empties the record for a while: say --yes where nobody can be asked")
    question = f"Fold the history of {order.keys.tenant} into {database.shown} anew?"
    if not typer.confirm(question, err=True):
        error_console().print("nothing was changed", markup=False)
        raise typer.Exit(Exit.BAD)


def _tell(place: Place, holder: str, *, as_json: bool) -> None:
    if as_json:
        write_json(
            {"position": place.record_id, "records": place.records, "holder": holder or None}
        )
    elif holder:
        console().print(f"{holder} keeps the record, and folds it anew", markup=False)
    else:
        done = f"{place.records:,} journal records folded, up to {place.record_id}"
        console().print(done, markup=False)
