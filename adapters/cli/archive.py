"""`onequeue archive`: keep tenants' history on disk, so that their journals can be trimmed."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

import structlog
import typer

from adapters.archive.hosting import ArchiveRequest, Archiving
from adapters.archive.meters import ArchiveMeters
from adapters.archive.serving import ArchiveOrder, serve_archive
from adapters.archive.settings import ArchiveSettings
from adapters.cli.archive_options import (
    Directory,
    KeepJournal,
    NewArchive,
    Once,
    SegmentBytes,
    SnapshotEvery,
)
from adapters.cli.config_options import (
    ConfigFile,
    LogFormatSetting,
    MetricsHostSetting,
    MetricsPortSetting,
    Tenants,
)
from adapters.cli.connection import RedisOption, redis_url
from adapters.cli.output import Exit, fail
from adapters.cli.service import metrics_served, new_event_loop, service_logger
from adapters.configuration.reading import read_sources
from adapters.configuration.shared import SharedSettings
from adapters.redis.wire import display_url
from adapters.tenants.health import TenantsHealth
from adapters.tenants.metrics import TenantMetrics
from adapters.tenants.process import TenantsProcess
from router.errors import OneQueueError

__all__ = ("app",)

Result = TypeVar("Result")

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def archive(
    *,
    directory: Directory = None,
    snapshot_every: SnapshotEvery = None,
    keep_journal: KeepJournal = None,
    segment_bytes: SegmentBytes = None,
    once: Once = False,
    new_archive: NewArchive = False,
    redis_option: RedisOption = None,
    tenant: Tenants = None,
    config: ConfigFile = None,
    metrics_port: MetricsPortSetting = None,
    metrics_host: MetricsHostSetting = None,
    log_format: LogFormatSetting = None,
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
      onequeue archive --config onequeue.yaml        all its tenants, a directory each

    Exits with 0 when it was stopped, 1 when the journal or the archive is not whole, or records had
    to be set aside (--once), 2 when it cannot begin, 4 when the journal is gone.
    """
    options = {
        "dir": directory,
        "snapshot_every": snapshot_every,
        "keep_journal": keep_journal,
        "segment_bytes": segment_bytes,
        "metrics_port": metrics_port,
        "metrics_host": metrics_host,
    }
    sources = read_sources(config)
    request = ArchiveRequest(
        config=config,
        tenants=tenant,
        url=sources.redis_url(redis_option) or redis_url(None),
        new_archive=new_archive,
        once=once,
        options=options,
    )
    orders, settings = request.orders(sources), request.settings(sources)
    shared = sources.section("", SharedSettings, {"log_format": log_format})
    logger = service_logger(shared.log_format)
    for name, order in orders.items():
        redis = display_url(order.endpoint.url)
        logger.info("follows", tenant=name, redis=redis, journal=order.keys.journal)
    if once:
        raise typer.Exit(_once(orders, settings, logger))
    if sources.are_several(orders):
        _many(orders, request, settings, logger)
    else:
        ((name, order),) = orders.items()
        _one(order, settings, logger.bind(tenant=name))


def _one(
    order: ArchiveOrder, settings: ArchiveSettings, logger: structlog.stdlib.BoundLogger
) -> int:
    """Archive one tenant, whose metrics have no label; how many records had to be set aside."""
    meters = ArchiveMeters()
    with metrics_served(meters.registry, logger, settings.metrics_host, settings.metrics_port):
        return _run(serve_archive(order, meters, logger))


def _once(
    orders: Mapping[str, ArchiveOrder],
    settings: ArchiveSettings,
    logger: structlog.stdlib.BoundLogger,
) -> Exit:
    """One tenant after the other; who fails is told, and the others are archived all the same."""
    worst = Exit.OK
    for name, order in orders.items():
        try:
            orphaned = _one(order, settings, logger.bind(tenant=name))
        except (OneQueueError, OSError) as error:
            if len(orders) == 1:
                raise
            worst = max(worst, fail(error))
        else:
            worst = max(worst, Exit.BAD if orphaned else Exit.OK)
    return worst


def _many(
    orders: Mapping[str, ArchiveOrder],
    request: ArchiveRequest,
    settings: ArchiveSettings,
    logger: structlog.stdlib.BoundLogger,
) -> None:
    metrics, health = TenantMetrics(), TenantsHealth()
    process = TenantsProcess(
        run=Archiving(logger, metrics).archive,
        anew=request.anew,
        logger=logger,
        health=health,
        metrics=metrics,
    )
    host, port = settings.metrics_host, settings.metrics_port
    with metrics_served(metrics.registry, logger, host, port, health):
        _run(process.serve(orders))


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(work)
