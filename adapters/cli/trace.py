"""`onequeue trace`: send traces of interactions from arrival to acceptance by OTLP."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated, Final

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
from adapters.cli.output import UsageError
from adapters.cli.service import metrics_served, new_event_loop, service_logger
from adapters.configuration.reading import Sources, read_sources
from adapters.configuration.shared import SharedSettings
from adapters.redis.wire import display_url
from adapters.tenants.health import TenantsHealth
from adapters.tenants.metrics import TenantMetrics
from adapters.tenants.process import TenantsProcess
from adapters.tracing.hosting import TraceRequest, Tracing

__all__ = ("app",)

REMEDY: Final = "start a collector there, or name another one: --endpoint URL"

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def trace(
    *,
    endpoint: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="The collector (default: as OTEL_EXPORTER_OTLP_ENDPOINT says, else "
            "http://localhost:4318/v1/traces).",
        ),
    ] = None,
    sample: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=1.0,
            metavar="SHARE",
            help="The share of traces that are sent, of those that nobody else has begun "
            "(default: 1).",
        ),
    ] = None,
    redis_option: RedisOption = None,
    tenant: Tenants = None,
    config: ConfigFile = None,
    metrics_port: MetricsPortSetting = None,
    metrics_host: MetricsHostSetting = None,
    log_format: LogFormatSetting = None,
) -> None:
    """Send OpenTelemetry traces: arrival, decision, offers, acceptance of each interaction.

    Follows the journal from where it stands; the router has no part in it. Needs the extra
    `onequeue[tracing]`. An interaction with the attribute `traceparent` is part of that trace.

    \b
    Examples:
      onequeue trace --endpoint http://localhost:4318/v1/traces
      onequeue trace --config onequeue.yaml --sample 0.01
    """
    sources = read_sources(config)
    request = TraceRequest(
        config=config,
        tenants=tenant,
        url=lambda read: read.redis_url(redis_option) or redis_url(None),
        options={
            "endpoint": endpoint,
            "sample": sample,
            "metrics_port": metrics_port,
            "metrics_host": metrics_host,
        },
    )
    shared = sources.section("", SharedSettings, {"log_format": log_format})
    _serve(request, sources, service_logger(shared.log_format))


def _serve(request: TraceRequest, sources: Sources, logger: structlog.stdlib.BoundLogger) -> None:
    try:
        from adapters.tracing.exporting import Exporter, collector_url, listens
    except ImportError:
        raise UsageError("traces need an extra: pip install 'onequeue[tracing]'") from None
    orders, settings = request.orders(sources), request.settings(sources)
    metrics, health = TenantMetrics(), TenantsHealth()
    url = collector_url(settings.endpoint, os.environ)
    log = logger.bind(endpoint=display_url(url))
    log.info("sends traces", sample=settings.sample, tenants=list(orders))
    exporter = Exporter(url, lambda works: _tell_change(log, works=works))
    process = TenantsProcess(
        run=Tracing(exporter, logger, metrics).trace,
        anew=request.anew,
        logger=logger,
        health=health,
        metrics=metrics,
    )

    async def work() -> None:
        if not await listens(url):
            log.warning(
                "nobody listens there: traces are lost until a collector does", remedy=REMEDY
            )
        await process.serve(orders)

    host, port = settings.metrics_host, settings.metrics_port
    with metrics_served(metrics.registry, logger, host, port, health):
        try:
            with asyncio.Runner(loop_factory=new_event_loop) as runner:
                runner.run(work())
        finally:
            exporter.close()


def _tell_change(log: structlog.stdlib.BoundLogger, *, works: bool) -> None:
    if works:
        log.info("the collector takes traces again")
    else:
        log.warning("the collector does not take traces: they are lost meanwhile", remedy=REMEDY)
