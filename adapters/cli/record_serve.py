"""`onequeue record serve`: follow the journal into the customer record."""

from __future__ import annotations

import asyncio

from adapters.archive.directory import Archive as ArchiveDirectory
from adapters.cli.config_options import (
    ConfigFile,
    LogFormatSetting,
    MetricsHostSetting,
    MetricsPortSetting,
    Tenants,
)
from adapters.cli.connection import RedisOption, redis_url
from adapters.cli.record_options import Archive, DatabaseUrl
from adapters.cli.service import metrics_served, new_event_loop, service_logger
from adapters.configuration.reading import read_sources
from adapters.configuration.shared import SharedSettings
from adapters.record.database import shown_database
from adapters.record.hosting import Keeping, RecordRequest, url_of
from adapters.redis.wire import display_url
from adapters.tenants.health import TenantsHealth
from adapters.tenants.metrics import TenantMetrics
from adapters.tenants.process import TenantsProcess

__all__ = ("serve",)


def serve(
    *,
    url: DatabaseUrl = None,
    archive: Archive = None,
    redis_option: RedisOption = None,
    tenant: Tenants = None,
    config: ConfigFile = None,
    metrics_port: MetricsPortSetting = None,
    metrics_host: MetricsHostSetting = None,
    log_format: LogFormatSetting = None,
) -> None:
    """Follow the journal into the customer record, until asked to stop (SIGTERM, Ctrl-C).

    Begins with the first event there ever was, and folds each journal record exactly once, whatever
    is killed when. Makes and migrates the tables by itself. Start a second one, and it waits for
    its turn. An option stands before a variable (ONEQUEUE_RECORD_…), that before the file.

    \b
    Examples:
      onequeue record serve --url sqlite:////var/lib/onequeue/record.sqlite3
      onequeue record serve --archive /var/lib/onequeue-archive --metrics-port 9404
      onequeue record serve --config onequeue.yaml        all its tenants
    """
    options = {
        "url": url,
        "archive": archive,
        "metrics_port": metrics_port,
        "metrics_host": metrics_host,
    }
    sources = read_sources(config)
    request = RecordRequest(
        config=config,
        tenants=tenant,
        url=lambda read: read.redis_url(redis_option) or redis_url(None),
        options=options,
    )
    orders, settings = request.orders(sources), request.settings(sources)
    shared = sources.section("", SharedSettings, {"log_format": log_format})
    logger = service_logger(shared.log_format)
    where = shown_database(url_of(settings))
    for name, order in orders.items():
        if order.archive is not None:
            ArchiveDirectory(order.archive, name)  # or nothing is begun
        redis = display_url(order.endpoint.url)
        logger.info("follows", tenant=name, redis=redis, journal=order.keys.journal, record=where)
    metrics, health = TenantMetrics(), TenantsHealth()
    process = TenantsProcess(
        run=Keeping(logger, metrics).keep,
        anew=request.anew,
        logger=logger,
        health=health,
        metrics=metrics,
    )
    host, port = settings.metrics_host, settings.metrics_port
    with (
        metrics_served(metrics.registry, logger, host, port, health),
        asyncio.Runner(loop_factory=new_event_loop) as runner,
    ):
        runner.run(process.serve(orders))
