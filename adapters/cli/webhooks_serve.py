"""`onequeue webhooks serve`: deliver events to the receivers that have been named."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from adapters.cli.archive_options import duration_ms_of
from adapters.cli.connection import RedisOption, TenantOption, redis_url
from adapters.cli.serve_options import (
    LOOPBACK,
    LogFormat,
    LogFormatOption,
    MetricsHost,
    MetricsPort,
)
from adapters.cli.service import metrics_served, new_event_loop, service_logger
from adapters.cli.webhook_options import (
    AllowLoopback,
    AllowNetwork,
    ArchiveOption,
    destinations_of,
)
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint, display_url
from adapters.webhooks.meters import WebhookMeters
from adapters.webhooks.serving import WebhookOrder, serve_webhooks
from adapters.webhooks.terms import Terms

__all__ = ("serve",)

Seconds = Annotated[
    float, typer.Option(min=0.1, max=60.0, metavar="SECONDS", help="How long one attempt may take.")
]
RetryFor = Annotated[
    str, typer.Option(metavar="TIME", help="How long one event is tried until it is given up.")
]
PauseAfter = Annotated[
    str,
    typer.Option(
        metavar="TIME", help="How long nothing may come through until a webhook is stopped."
    ),
]


def serve(
    *,
    timeout: Seconds = 15.0,
    retry_for: RetryFor = "15m",
    pause_after: PauseAfter = "1h",
    archive: ArchiveOption = None,
    allow_network: AllowNetwork = None,
    allow_loopback: AllowLoopback = False,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
    metrics_port: MetricsPort = 0,
    metrics_host: MetricsHost = LOOPBACK,
    log_format: LogFormatOption = LogFormat.CONSOLE,
) -> None:
    """Deliver events to webhooks, signed, in order, at least once.

    Follows the journal for all webhooks of a tenant until it is asked to stop (SIGTERM, Ctrl-C).
    Killed at any moment it loses nothing, and repeats what it delivered in the last moment. Start a
    second one, and it waits for its turn.

    \b
    Examples:
      onequeue webhooks serve --redis redis://localhost --archive /var/lib/onequeue-archive
      onequeue webhooks serve --allow-network 10.1.0.0/16 --metrics-port 9403
      onequeue webhooks serve --allow-loopback        to try it out with a receiver on this machine
    """
    logger = service_logger(log_format).bind(tenant=tenant)
    url = redis_url(redis_option)
    order = WebhookOrder(
        endpoint=Endpoint(url),
        keys=Keys(tenant),
        destinations=destinations_of(allow_network, loopback=allow_loopback),
        terms=Terms(
            timeout_s=timeout,
            retry_for_s=duration_ms_of("--retry-for", retry_for) / 1_000,
            pause_after_s=duration_ms_of("--pause-after", pause_after) / 1_000,
        ),
        archive=archive,
    )
    meters = WebhookMeters()
    with metrics_served(meters.registry, logger, metrics_host, metrics_port):
        logger.info("follows", redis=display_url(url), journal=order.keys.journal)
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(serve_webhooks(order, meters, logger))
