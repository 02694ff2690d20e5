"""`onequeue webhooks serve`: deliver events to the receivers that have been named."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Annotated, Any

import structlog
import typer

from adapters.cli.config_options import (
    ConfigFile,
    LogFormatSetting,
    MetricsHostSetting,
    MetricsPortSetting,
    Tenants,
)
from adapters.cli.connection import RedisOption, redis_url
from adapters.cli.service import metrics_served, new_event_loop, service_logger
from adapters.cli.webhook_options import AllowLoopback, AllowNetwork, ArchiveOption
from adapters.configuration.reading import read_sources
from adapters.configuration.shared import SharedSettings
from adapters.redis.wire import display_url
from adapters.tenants.health import TenantsHealth
from adapters.tenants.metrics import TenantMetrics
from adapters.tenants.process import TenantsProcess
from adapters.webhooks.hosting import Delivering, WebhookRequest
from adapters.webhooks.meters import WebhookMeters
from adapters.webhooks.serving import WebhookOrder, serve_webhooks
from adapters.webhooks.settings import WebhookSettings
from adapters.webhooks.terms import PAUSE_AFTER, RETRY_FOR

__all__ = ("serve",)

Seconds = Annotated[
    float | None,
    typer.Option(min=0.1, max=60.0, metavar="SECONDS", help="How long one attempt may take (15)."),
]
RetryFor = Annotated[
    str | None,
    typer.Option(
        metavar="TIME", help=f"How long one event is tried until it is given up ({RETRY_FOR})."
    ),
]
PauseAfter = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help=f"How long nothing may come through until a webhook is stopped ({PAUSE_AFTER}).",
    ),
]


def serve(
    *,
    timeout: Seconds = None,
    retry_for: RetryFor = None,
    pause_after: PauseAfter = None,
    archive: ArchiveOption = None,
    allow_network: AllowNetwork = None,
    allow_loopback: AllowLoopback = False,
    config: ConfigFile = None,
    redis_option: RedisOption = None,
    tenant: Tenants = None,
    metrics_port: MetricsPortSetting = None,
    metrics_host: MetricsHostSetting = None,
    log_format: LogFormatSetting = None,
) -> None:
    """Deliver events to webhooks, signed, in order, at least once.

    Follows the journal for all webhooks of its tenants until it is asked to stop (SIGTERM, Ctrl-C).
    Killed at any moment it loses nothing, and repeats what it delivered in the last moment. Start a
    second one, and it waits for its turn. An option stands before a variable
    (ONEQUEUE_WEBHOOKS_…), that before the file.

    \b
    Examples:
      onequeue webhooks serve --redis redis://localhost --archive /var/lib/onequeue-archive
      onequeue webhooks serve --allow-network 10.1.0.0/16 --metrics-port 9403
      onequeue webhooks serve --config onequeue.yaml          all its tenants
      onequeue webhooks serve --allow-loopback        to try it out with a receiver on this machine
    """
    options = {
        "timeout_s": timeout,
        "retry_for": retry_for,
        "pause_after": pause_after,
        "archive": archive,
        "networks": allow_network,
        "loopback": allow_loopback or None,
        "metrics_port": metrics_port,
        "metrics_host": metrics_host,
    }
    sources = read_sources(config)
    request = WebhookRequest(
        config=config,
        tenants=tenant,
        url=lambda read: read.redis_url(redis_option) or redis_url(None),
        options=options,
    )
    orders, settings = request.orders(sources), request.settings(sources)
    shared = sources.section("", SharedSettings, {"log_format": log_format})
    logger = service_logger(shared.log_format)
    for name, order in orders.items():
        redis = display_url(order.endpoint.url)
        logger.info("follows", tenant=name, redis=redis, journal=order.keys.journal)
    if sources.are_several(orders):
        _many(orders, request, settings, logger)
    else:
        ((name, order),) = orders.items()
        _one(order, settings, logger.bind(tenant=name))


def _one(
    order: WebhookOrder, settings: WebhookSettings, logger: structlog.stdlib.BoundLogger
) -> None:
    """One tenant, whose metrics have no label."""
    meters = WebhookMeters()
    where = (settings.metrics_host, settings.metrics_port)
    with metrics_served(meters.registry, logger, *where):
        _run(serve_webhooks(order, meters, logger))


def _many(
    orders: Mapping[str, WebhookOrder],
    request: WebhookRequest,
    settings: WebhookSettings,
    logger: structlog.stdlib.BoundLogger,
) -> None:
    metrics, health = TenantMetrics(), TenantsHealth()
    process = TenantsProcess(
        run=Delivering(logger, metrics).deliver,
        anew=request.anew,
        logger=logger,
        health=health,
        metrics=metrics,
    )
    host, port = settings.metrics_host, settings.metrics_port
    with metrics_served(metrics.registry, logger, host, port, health):
        _run(process.serve(orders))


def _run(work: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(work)
