"""`onequeue archive`: keep a tenant's history on disk, so that the journal can be trimmed."""

from __future__ import annotations

import asyncio

import typer

from adapters.archive.meters import ArchiveMeters
from adapters.archive.serving import ArchiveOrder, serve_archive
from adapters.archive.writing import SEGMENT_BYTES
from adapters.cli.archive_options import (
    Directory,
    KeepJournal,
    NewArchive,
    Once,
    SegmentBytes,
    SnapshotEvery,
    duration_ms_of,
)
from adapters.cli.connection import RedisOption, TenantOption, redis_url
from adapters.cli.output import Exit
from adapters.cli.serve_options import (
    LOOPBACK,
    LogFormat,
    LogFormatOption,
    MetricsHost,
    MetricsPort,
)
from adapters.cli.service import metrics_served, new_event_loop, service_logger
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint, display_url

__all__ = ("app",)

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def archive(
    *,
    directory: Directory,
    snapshot_every: SnapshotEvery = "15m",
    keep_journal: KeepJournal = "10m",
    segment_bytes: SegmentBytes = SEGMENT_BYTES,
    once: Once = False,
    new_archive: NewArchive = False,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
    metrics_port: MetricsPort = 0,
    metrics_host: MetricsHost = LOOPBACK,
    log_format: LogFormatOption = LogFormat.CONSOLE,
) -> None:
    """Write every record of the journal to compressed files, and trim the journal by that.

    Follows the journal until it is asked to stop (SIGTERM, Ctrl-C); writes a snapshot of the state
    now and then, and trims what is in the archive and in front of a snapshot. Killed at any moment
    it loses nothing and writes nothing twice. Start a second one, and it waits for its turn.

    \b
    Examples:
      onequeue archive --dir /var/lib/onequeue-archive --redis redis://localhost
      onequeue archive --dir archive --snapshot-every 5m --keep-journal 1h
      onequeue archive --dir archive --once          from cron, in place of a process

    Exits with 0 when it was stopped, 1 when the journal or the archive is not whole, or records had
    to be set aside (--once), 2 when it cannot begin, 4 when the journal is gone.
    """
    logger = service_logger(log_format).bind(tenant=tenant)
    url = redis_url(redis_option)
    order = ArchiveOrder(
        endpoint=Endpoint(url),
        keys=Keys(tenant),
        directory=directory,
        segment_bytes=segment_bytes,
        snapshot_every_ms=duration_ms_of("--snapshot-every", snapshot_every),
        keep_journal_ms=duration_ms_of("--keep-journal", keep_journal),
        new_archive=new_archive,
        once=once,
    )
    meters = ArchiveMeters()
    with metrics_served(meters.registry, logger, metrics_host, metrics_port):
        logger.info("follows", redis=display_url(url), journal=order.keys.journal)
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            orphaned = runner.run(serve_archive(order, meters, logger))
    raise typer.Exit(Exit.BAD if once and orphaned else Exit.OK)
