"""`onequeue analysis`: export journal and history as Parquet; describe the tables."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from adapters.analysis.errors import AnalysisNotInstalled
from adapters.analysis.page import schema_page
from adapters.analysis.schema import SCHEMA_VERSION, TABLES
from adapters.cli.archive_options import duration_ms_of
from adapters.cli.connection import RedisOption, TenantOption, open_sync, redis_url
from adapters.cli.history import ArchiveOption
from adapters.cli.output import console, write_json
from adapters.cli.serve_options import LogFormat, LogFormatOption
from adapters.cli.service import new_event_loop, service_logger
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint

__all__ = ("AnalysisDirectory", "app")

AnalysisDirectory = Annotated[
    Path,
    typer.Option(
        "--dir",
        metavar="DIR",
        envvar="ONEQUEUE_ANALYSIS",
        help="Where the Parquet files are. Several tenants may share it.",
        show_envvar=True,
    ),
]

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Export journal and history as Parquet; describe the tables.",
)


@app.command()
def export(
    *,
    directory: AnalysisDirectory,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until SIGTERM or Ctrl-C.")
    ] = False,
    every: Annotated[
        str, typer.Option("--every", metavar="TIME", help="With --follow: commit that often.")
    ] = "60s",
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
    archive: ArchiveOption = None,
    log_format: LogFormatOption = LogFormat.CONSOLE,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object at the end.")
    ] = False,
) -> None:
    """Write what happened to Parquet files, for `onequeue query` and other programs.

    Goes on after the last record that is committed; killed at any moment it loses nothing and
    writes nothing twice. What the policy marks as personal is hidden. Start a second one of the
    same tenant, and it waits for its turn.

    \b
    Examples:
      onequeue analysis export --dir /var/lib/onequeue-analysis --follow
      onequeue analysis export --dir analysis --archive /var/lib/onequeue-archive
      onequeue analysis export --dir analysis          from cron, in place of a process
    """
    try:
        from adapters.analysis.exporter import Limits
        from adapters.analysis.exporting import AnalysisOrder, export_for_analysis
    except ImportError as error:
        raise AnalysisNotInstalled(error.name or "pyarrow") from None
    url = redis_url(redis_option)
    order = AnalysisOrder(
        endpoint=Endpoint(url),
        connect=partial(open_sync, url),
        keys=Keys(tenant),
        directory=directory,
        archive=archive,
        limits=Limits(age_ms=duration_ms_of("--every", every)),
        follow=follow,
    )
    logger = service_logger(log_format).bind(tenant=tenant)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        done = runner.run(export_for_analysis(order, logger))
    logger.info("exported", events=done.events, new=done.added, upto=done.position)
    if as_json:
        told = {"events": done.events, "new": done.added, "upto": done.position}
        write_json({"tenant": tenant, **told})


@app.command()
def schema(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False
) -> None:
    """Describe the tables, column by column.

    \b
    Examples:
      onequeue analysis schema
      onequeue analysis schema --json | jq '.tables[].name'
    """
    if as_json:
        write_json(
            {
                "schema_version": SCHEMA_VERSION,
                "tables": [
                    {
                        "name": table.name,
                        "meaning": table.meaning,
                        "date": table.date,
                        "columns": [column._asdict() for column in table.columns],
                    }
                    for table in TABLES.values()
                ],
            }
        )
    else:
        console().print(schema_page(), markup=False)
