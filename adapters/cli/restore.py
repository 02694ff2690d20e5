"""`onequeue restore`: begin a lost journal anew where its archive ends."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from msgspec import structs

from adapters.archive.restoring import restore
from adapters.cli.acting import acting_entry, audit_alone
from adapters.cli.connection import RedisOption, TenantOption, open_sync, redis_url
from adapters.cli.output import console
from adapters.cli.serve_options import LogFormat
from adapters.cli.service import service_logger
from adapters.explain.words import clock
from adapters.process.release import release
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint

__all__ = ("app",)

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("restore")
def restore_command(
    *,
    archive: Annotated[
        Path,
        typer.Option(
            "--archive",
            metavar="DIR",
            envvar="ONEQUEUE_ARCHIVE",
            help="The archive of the tenant whose journal is lost.",
            show_envvar=True,
        ),
    ],
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
) -> None:
    """Begin a tenant's journal anew on a server that has lost it, where its archive ends.

    Folds the archive, writes the state as a snapshot and the last record as the journal; then start
    the router, and the archiver on the same directory. What happened after the last archived record
    is lost. Does nothing where there is a journal.

    \b
    Examples:
      onequeue restore --archive /var/lib/onequeue/sales --redis redis://new-server --tenant sales
    """
    logger = service_logger(LogFormat.CONSOLE)
    endpoint = Endpoint(redis_url(redis_option))
    mark = asyncio.run(restore(archive, endpoint, Keys(tenant), release(), logger))
    with closing(open_sync(endpoint.url)) as client:
        entry = acting_entry("journal.restore", "journal", after={"record": mark.record_id})
        audit_alone(client, Keys(tenant), structs.replace(entry, outcome="done"))
    told = f"restored up to record {mark.record_id} of {clock(mark.now_ms)}"
    console().print(f"tenant {tenant}: {told}; start the router now", markup=False)
