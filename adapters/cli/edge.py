"""`onequeue edge`: ask webhooks and functions about interactions before they go to the router."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import structlog
import typer

from adapters.cli.connection import RedisOption, TenantOption, redis_url
from adapters.cli.output import Exit, console, fail
from adapters.cli.serve_options import (
    LOOPBACK,
    LogFormat,
    LogFormatOption,
    MetricsHost,
    MetricsPort,
)
from adapters.cli.service import metrics_served, new_event_loop, service_logger
from adapters.edge.classifying import ready_rules
from adapters.edge.document import EdgeFileError, load_edge_rules
from adapters.edge.meters import EdgeMeters
from adapters.edge.rules import EdgeRules
from adapters.edge.serving import EdgeOrder, serve_edge
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint, display_url

__all__ = ("app",)

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def edge(
    rules: Annotated[Path, typer.Argument(metavar="RULES", help="The rules (YAML).")],
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Check the rules, their secrets and functions; end.")
    ] = False,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
    metrics_port: MetricsPort = 0,
    metrics_host: MetricsHost = LOOPBACK,
    log_format: LogFormatOption = LogFormat.CONSOLE,
) -> None:
    """Ask webhooks and functions about interactions, then hand them to the router.

    Commands that are added to the stream onequeue:{tenant}:edge go on to …:inbound; each `create`
    takes in what a rule's webhook or function answers in time, else the rule's default. Nothing is
    lost or doubled when an edge is killed; start a second one, and it waits for its turn.

    \b
    Examples:
      onequeue edge rules.yaml --check
      onequeue edge rules.yaml --redis redis://localhost --metrics-port 9401
    """
    if check:
        raise typer.Exit(_check(rules))
    loaded = load_edge_rules(rules)
    logger = service_logger(log_format).bind(tenant=tenant)
    keys = Keys(tenant)
    url = redis_url(redis_option)
    meters = EdgeMeters()
    with metrics_served(meters.registry, logger, metrics_host, metrics_port):
        logger.info("clients connect to", redis=display_url(url), edge=keys.edge)
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(_serve(loaded, url, keys, meters, logger))


async def _serve(
    rules: EdgeRules,
    url: str,
    keys: Keys,
    meters: EdgeMeters,
    logger: structlog.stdlib.BoundLogger,
) -> None:
    order = EdgeOrder(endpoint=Endpoint(url), keys=keys, rules=ready_rules(rules))
    await serve_edge(order, meters, logger)


def _check(path: Path) -> Exit:
    try:
        rules = load_edge_rules(path)
    except EdgeFileError as error:
        fail(error)
        return Exit.BAD
    console().print(f"{path}: {len(rules.rules)} rules, all that they name is there", markup=False)
    return Exit.OK
