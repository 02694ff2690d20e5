"""`onequeue edge`: ask webhooks and functions about interactions before they go to the router."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from pathlib import Path
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
from adapters.cli.output import Exit, UsageError, console, fail
from adapters.cli.service import metrics_served, new_event_loop, service_logger
from adapters.configuration.reading import read_sources
from adapters.configuration.shared import SharedSettings
from adapters.edge.document import EdgeFileError, load_edge_rules
from adapters.edge.hosting import EdgeRequest, Edges, TenantEdge
from adapters.edge.meters import EdgeMeters
from adapters.edge.serving import serve_edge
from adapters.edge.settings import EdgeSettings
from adapters.redis.wire import display_url
from adapters.tenants.health import TenantsHealth
from adapters.tenants.metrics import TenantMetrics
from adapters.tenants.process import TenantsProcess

__all__ = ("app",)

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def edge(
    rules: Annotated[
        Path | None,
        typer.Argument(metavar="RULES", help="The rules (YAML); else those of the configuration."),
    ] = None,
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Check the rules, their secrets and functions; end.")
    ] = False,
    redis_option: RedisOption = None,
    tenant: Tenants = None,
    config: ConfigFile = None,
    metrics_port: MetricsPortSetting = None,
    metrics_host: MetricsHostSetting = None,
    log_format: LogFormatSetting = None,
) -> None:
    """Ask webhooks and functions about interactions, then hand them to the router.

    Commands that are added to the stream onequeue:{tenant}:edge go on to …:inbound; each `create`
    takes in what a rule's webhook or function answers in time, else the rule's default. Nothing is
    lost or doubled when an edge is killed; start a second one, and it waits for its turn.

    \b
    Examples:
      onequeue edge rules.yaml --check
      onequeue edge rules.yaml --redis redis://localhost --metrics-port 9401
      onequeue edge --config onequeue.yaml           all its tenants, each by its rules
    """
    if check:
        if rules is None:
            raise UsageError("--check: name the file; `onequeue config check` checks all of them")
        raise typer.Exit(_check(rules))
    sources = read_sources(config)
    request = EdgeRequest(
        config=config,
        tenants=tenant,
        url=lambda read: read.redis_url(redis_option) or redis_url(None),
        options={"rules": rules, "metrics_port": metrics_port, "metrics_host": metrics_host},
    )
    edges, settings = request.edges(sources), request.settings(sources)
    shared = sources.section("", SharedSettings, {"log_format": log_format})
    logger = service_logger(shared.log_format)
    for name, one in edges.items():
        redis = display_url(one.endpoint.url)
        logger.info("clients connect to", tenant=name, redis=redis, edge=one.keys.edge)
    if sources.are_several(edges):
        _many(edges, request, settings, logger)
    else:
        ((name, one),) = edges.items()
        _one(one, settings, logger.bind(tenant=name))


def _one(edge: TenantEdge, settings: EdgeSettings, logger: structlog.stdlib.BoundLogger) -> None:
    """The edge of one tenant, whose metrics have no label."""
    meters = EdgeMeters()

    async def work() -> None:
        await serve_edge(edge.order(), meters, logger)

    with metrics_served(meters.registry, logger, settings.metrics_host, settings.metrics_port):
        _run(work())


def _many(
    edges: Mapping[str, TenantEdge],
    request: EdgeRequest,
    settings: EdgeSettings,
    logger: structlog.stdlib.BoundLogger,
) -> None:
    metrics, health = TenantMetrics(), TenantsHealth()
    process = TenantsProcess(
        run=Edges(logger, metrics).work,
        anew=request.anew,
        logger=logger,
        health=health,
        metrics=metrics,
    )
    host, port = settings.metrics_host, settings.metrics_port
    with metrics_served(metrics.registry, logger, host, port, health):
        _run(process.serve(edges))


def _run(work: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(work)


def _check(path: Path) -> Exit:
    try:
        rules = load_edge_rules(path)
    except EdgeFileError as error:
        fail(error)
        return Exit.BAD
    console().print(f"{path}: {len(rules.rules)} rules, all that they name is there", markup=False)
    return Exit.OK
