"""`onequeue serve`: run the router of one tenant, on your Redis or on an embedded server."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import structlog

from adapters.cli.connection import DATA_DIR, RedisOption, TenantOption
from adapters.cli.output import UsageError
from adapters.cli.serve_options import (
    LOOPBACK,
    DataDir,
    InboundMaxAge,
    InboundMaxEntries,
    JournalMaxBytes,
    LogFormat,
    LogFormatOption,
    MetricsHost,
    MetricsPort,
    NewJournal,
    PolicyFile,
    Port,
    StandBy,
    Takeover,
)
from adapters.cli.service import (
    in_use,
    metrics_served,
    new_event_loop,
    reason_of,
    service_logger,
)
from adapters.collecting import Collecting
from adapters.observers import LogObserver, Observers
from adapters.redis.embedded import EmbeddedServer, ServerStartError
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint, display_url
from adapters.serving import Order, serve_tenant
from router import limits
from router.intake import IntakeLimits
from router.policy import Policy
from router.ports import Observer

__all__ = ("serve",)


def serve(
    *,
    redis: RedisOption = None,
    tenant: TenantOption = "main",
    data_dir: DataDir = None,
    port: Port = 0,
    policy: PolicyFile = None,
    metrics_port: MetricsPort = 0,
    metrics_host: MetricsHost = LOOPBACK,
    journal_max_bytes: JournalMaxBytes = limits.JOURNAL_BYTES_MAX,
    inbound_max_entries: InboundMaxEntries = limits.INBOUND_ENTRIES_MAX,
    inbound_max_age: InboundMaxAge = limits.INBOUND_AGE_MS_MAX / 1_000,
    takeover: Takeover = False,
    standby: StandBy = False,
    new_journal: NewJournal = False,
    log_format: LogFormatOption = LogFormat.CONSOLE,
) -> None:
    """Run the router of one tenant until it is asked to stop (SIGTERM, Ctrl-C).

    Without --redis it starts a server of its own, which keeps its data on disk. While another
    router leads the tenant it follows the journal, and takes over when that one is gone.

    \b
    Examples:
      onequeue serve
      onequeue serve --data-dir /var/lib/onequeue --port 6399
      onequeue serve --redis redis://localhost --tenant sales --policy center.yaml
      onequeue serve --redis redis://localhost --tenant sales --standby
      onequeue serve --metrics-port 9400 --log-format json
    """
    if redis and (data_dir is not None or port):
        raise UsageError(
            "--data-dir and --port belong to the embedded server; with --redis (or "
            "ONEQUEUE_REDIS_URL) there is none"
        )
    if standby and (takeover or new_journal or not redis):
        raise UsageError(
            "--standby follows another router on its server: give --redis, and neither --takeover "
            "nor --new-journal"
        )
    logger = service_logger(log_format).bind(tenant=tenant)
    keys = Keys(tenant)
    document = None if policy is None else _load_policy(policy)
    with (
        _observer(logger, metrics_host, metrics_port) as observer,
        _server(redis, data_dir or DATA_DIR, port) as (url, server),
    ):
        tcp = {"redis_tcp": f"redis://{LOOPBACK}:{port}"} if port else {}
        logger.info("clients connect to", redis=display_url(url), **tcp, inbound=keys.inbound)
        order = Order(
            endpoint=Endpoint(url),
            keys=keys,
            policy=document,
            intake=IntakeLimits(
                journal_max_bytes, inbound_max_entries, round(inbound_max_age * 1_000)
            ),
            takeover=takeover,
            standby=standby,
            new_journal=new_journal,
            server=server,
        )
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(serve_tenant(order, observer, logger))


@contextmanager
def _server(
    url: str | None, directory: Path, port: int
) -> Iterator[tuple[str, EmbeddedServer | None]]:
    if url:
        yield url, None
        return
    with ExitStack() as stack:
        try:
            server = stack.enter_context(EmbeddedServer(directory, port=port))
        except OSError as error:
            where = f": {error.filename}" if error.filename else ""
            message = f"--data-dir {directory}: {reason_of(error)}{where}; name another directory"
            raise UsageError(message) from None
        except ServerStartError as error:
            if port and f":{port}: bind: {os.strerror(errno.EADDRINUSE)}" in error.log_tail:
                raise UsageError(in_use("--port", port)) from None
            raise
        yield server.url, server


def _load_policy(path: Path) -> Policy:
    from adapters.documents.policy_file import load_policy  # it takes a while, and is seldom needed

    return load_policy(path)


@contextmanager
def _observer(logger: structlog.stdlib.BoundLogger, host: str, port: int) -> Iterator[Observer]:
    observers: tuple[Observer, ...] = (LogObserver(logger), Collecting())
    if not port:
        yield Observers(observers)
        return
    from adapters.metering.metrics import Metrics  # seldom needed by who only tries things out

    metrics = Metrics()
    with metrics_served(metrics.registry, logger, host, port):
        yield Observers((*observers, metrics))
