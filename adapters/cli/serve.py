"""`onequeue serve`: route one tenant or many, on your Redis or on an embedded server."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from adapters.cli.config_options import (
    ConfigFile,
    LogFormatSetting,
    MetricsHostSetting,
    MetricsPortSetting,
    Tenants,
)
from adapters.cli.connection import DATA_DIR, RedisOption
from adapters.cli.output import UsageError
from adapters.cli.serve_options import (
    LOOPBACK,
    DataDir,
    InboundMaxAge,
    InboundMaxEntries,
    JournalMaxBytes,
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
from adapters.configuration.reading import unknown_variables
from adapters.configuration.shared import SharedSettings
from adapters.leading.collecting import Collecting
from adapters.leading.observers import LogObserver, Observers
from adapters.leading.serving import Order, serve_tenant
from adapters.redis.embedded import EmbeddedServer, ServerStartError
from adapters.redis.wire import display_url
from adapters.tenants.health import TenantsHealth
from adapters.tenants.orders import Request, orders_of, placed
from adapters.tenants.process import beating
from adapters.tenants.serving import serve_tenants
from adapters.tenants.settings import ServeSettings
from adapters.tenants.standing import Standing, Watching
from router.ports import Observer

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

__all__ = ("serve",)


def serve(
    *,
    redis: RedisOption = None,
    tenant: Tenants = None,
    config: ConfigFile = None,
    data_dir: DataDir = None,
    port: Port = None,
    policy: PolicyFile = None,
    metrics_port: MetricsPortSetting = None,
    metrics_host: MetricsHostSetting = None,
    journal_max_bytes: JournalMaxBytes = None,
    inbound_max_entries: InboundMaxEntries = None,
    inbound_max_age: InboundMaxAge = None,
    takeover: Takeover = False,
    standby: StandBy = False,
    new_journal: NewJournal = False,
    log_format: LogFormatSetting = None,
) -> None:
    """Route one tenant, or several side by side, until asked to stop (SIGTERM, Ctrl-C).

    Without --redis it starts a server of its own, which keeps its data on disk. While another
    router leads a tenant it follows the journal, and takes over when that one is gone. An option
    stands before a variable (ONEQUEUE_SERVE_…), that before the file. SIGHUP reads the file anew.

    \b
    Examples:
      onequeue serve
      onequeue serve --data-dir /var/lib/onequeue --port 6399
      onequeue serve --redis redis://localhost --tenant sales --policy center.yaml
      onequeue serve --redis redis://localhost --tenant sales --standby
      onequeue serve --redis redis://localhost --tenant sales --tenant support
      onequeue serve --config onequeue.yaml --metrics-port 9400 --log-format json
    """
    options = {
        "data_dir": data_dir,
        "port": port,
        "policy": policy,
        "metrics_port": metrics_port,
        "metrics_host": metrics_host,
        "journal_max_bytes": journal_max_bytes,
        "inbound_max_entries": inbound_max_entries,
        "inbound_max_age_s": inbound_max_age,
        "standby": standby or None,
    }
    request = Request(
        config=config,
        tenants=tenant,
        redis_url=redis,
        takeover=takeover,
        new_journal=new_journal,
        options=options,
    )
    sources = request.sources()
    shared = sources.section("", SharedSettings, {"log_format": log_format})
    settings = request.settings(sources)
    orders = orders_of(request, sources)  # what cannot be read is told before anything starts
    url = sources.redis_url(redis)
    _require_sense(request, settings, url, len(orders))
    logger = service_logger(shared.log_format)
    for name, hint in unknown_variables(os.environ):
        logger.warning("a variable sets nothing", name=name, hint=hint)
    serving = _Serving(request, settings, url, logger)
    if sources.are_several(orders):
        serving.many(orders)
    else:
        ((name, order),) = orders.items()
        serving.one(name, order)


def _require_sense(request: Request, settings: ServeSettings, url: str, tenants: int) -> None:
    if url and (settings.data_dir is not None or settings.port):
        raise UsageError(
            "--data-dir and --port belong to the embedded server; with --redis (or "
            "ONEQUEUE_REDIS_URL) there is none"
        )
    if settings.standby and (request.takeover or request.new_journal or not url):
        raise UsageError(
            "--standby follows another router on its server: give --redis, and neither --takeover "
            "nor --new-journal"
        )
    if request.new_journal and tenants > 1:
        raise UsageError("--new-journal gives a tenant's old state up: name one --tenant")


@dataclass(frozen=True, slots=True)
class _Serving:
    """The process: its server, its log, its page of metrics, and one tenant or many."""

    request: Request
    settings: ServeSettings
    url: str
    logger: structlog.stdlib.BoundLogger

    def one(self, tenant: str, order: Order) -> None:
        """Serve one tenant, whose metrics have no label, and end as its router ends."""
        logger, standing = self.logger.bind(tenant=tenant), Standing(tenant)
        health = TenantsHealth(lambda: {tenant: standing})
        observers: tuple[Observer, ...] = (LogObserver(logger), Collecting(), Watching(standing))
        with ExitStack() as stack:
            if self.settings.metrics_port:
                from adapters.metering.metrics import Metrics  # seldom needed by who tries it out

                metrics = Metrics()
                observers = (*observers, metrics)
                stack.enter_context(self._exposed(metrics.registry, logger, health))
            server = stack.enter_context(self._server())
            order = placed({tenant: order}, server)[tenant]
            self._tell(order, logger, inbound=order.keys.inbound)
            _run(_serve_one(order, Observers(observers), logger, health))

    def many(self, orders: Mapping[str, Order]) -> None:
        """Serve all tenants that there are to be."""
        health = TenantsHealth()
        with ExitStack() as stack:
            metrics = None
            if self.settings.metrics_port:
                from adapters.tenants.metrics import TenantMetrics

                metrics = TenantMetrics()
                stack.enter_context(self._exposed(metrics.registry, self.logger, health))
            server = stack.enter_context(self._server())
            orders = placed(orders, server)

            def anew() -> Mapping[str, Order]:
                return placed(orders_of(self.request, self.request.sources()), server)

            for name, order in orders.items():
                self._tell(order, self.logger, tenant=name, inbound=order.keys.inbound)
            _run(serve_tenants(orders, anew, self.logger, health, metrics, server))

    def _exposed(
        self,
        registry: CollectorRegistry,
        logger: structlog.stdlib.BoundLogger,
        health: TenantsHealth,
    ) -> AbstractContextManager[None]:
        settings = self.settings
        return metrics_served(
            registry, logger, settings.metrics_host, settings.metrics_port, health
        )

    def _tell(self, order: Order, logger: structlog.stdlib.BoundLogger, **more: str) -> None:
        port = self.settings.port
        tcp = {"redis_tcp": f"redis://{LOOPBACK}:{port}"} if port else {}
        redis = display_url(order.endpoint.url)
        logger.info("clients connect to", redis=redis, **tcp, **more)

    @contextmanager
    def _server(self) -> Iterator[EmbeddedServer | None]:
        if self.url:
            yield None
            return
        directory, port = self.settings.data_dir or DATA_DIR, self.settings.port
        with ExitStack() as stack:
            try:
                server = stack.enter_context(EmbeddedServer(directory, port=port))
            except OSError as error:
                where = f": {error.filename}" if error.filename else ""
                message = (
                    f"--data-dir {directory}: {reason_of(error)}{where}; name another directory"
                )
                raise UsageError(message) from None
            except ServerStartError as error:
                if port and f":{port}: bind: {os.strerror(errno.EADDRINUSE)}" in error.log_tail:
                    raise UsageError(in_use("--port", port)) from None
                raise
            yield server


def _run(serving: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(serving)


async def _serve_one(
    order: Order, observer: Observer, logger: structlog.stdlib.BoundLogger, health: TenantsHealth
) -> None:
    async with beating(health):
        await serve_tenant(order, observer, logger)
