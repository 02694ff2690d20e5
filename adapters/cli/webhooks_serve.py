"""`onequeue webhooks serve`: deliver events to the receivers that have been named."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from adapters.archive import Archive
from adapters.cli.config_options import (
    ConfigFile,
    LogFormatSetting,
    MetricsHostSetting,
    MetricsPortSetting,
)
from adapters.cli.connection import RedisOption, TenantOption, redis_url
from adapters.cli.service import metrics_served, new_event_loop, service_logger
from adapters.cli.webhook_options import AllowLoopback, AllowNetwork, ArchiveOption
from adapters.configuration.reading import read_sources
from adapters.configuration.shared import SharedSettings
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint, display_url
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
    tenant: TenantOption = "main",
    metrics_port: MetricsPortSetting = None,
    metrics_host: MetricsHostSetting = None,
    log_format: LogFormatSetting = None,
) -> None:
    """Deliver events to webhooks, signed, in order, at least once.

    Follows the journal for all webhooks of a tenant until it is asked to stop (SIGTERM, Ctrl-C).
    Killed at any moment it loses nothing, and repeats what it delivered in the last moment. Start a
    second one, and it waits for its turn. An option stands before a variable
    (ONEQUEUE_WEBHOOKS_…), that before the file.

    \b
    Examples:
      onequeue webhooks serve --redis redis://localhost --archive /var/lib/onequeue-archive
      onequeue webhooks serve --allow-network 10.1.0.0/16 --metrics-port 9403
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
    asked = {"log_format": log_format, "redis_url": redis_option}
    shared = sources.section("", SharedSettings, asked)
    settings = sources.section("webhooks", WebhookSettings, options)
    if settings.archive is not None:
        Archive(settings.archive, tenant)  # what cannot be read is told before anything starts
    logger = service_logger(shared.log_format).bind(tenant=tenant)
    url = redis_url(shared.redis_url.get_secret_value() if shared.redis_url else None)
    order = WebhookOrder(
        endpoint=Endpoint(url),
        keys=Keys(tenant),
        destinations=settings.destinations,
        terms=settings.terms,
        archive=settings.archive,
    )
    meters = WebhookMeters()
    where = (settings.metrics_host, settings.metrics_port)
    with metrics_served(meters.registry, logger, *where):
        logger.info("follows", redis=display_url(url), journal=order.keys.journal)
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(serve_webhooks(order, meters, logger))
