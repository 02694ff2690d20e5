"""`onequeue api`: the HTTP API of one or more tenants."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from adapters.cli.api_options import (
    ApiHost,
    ApiPort,
    Archive,
    Issuers,
    LingerS,
    Nice,
    NoAuth,
    PagesOption,
    RecordOption,
    TlsCertificate,
    TlsClientCa,
    TlsKey,
)
from adapters.cli.config_options import (
    ConfigFile,
    LogFormatSetting,
    MetricsHostSetting,
    MetricsPortSetting,
    Tenants,
)
from adapters.cli.connection import RedisOption, redis_url
from adapters.cli.output import UsageError
from adapters.cli.service import (
    listening_socket,
    metrics_served,
    new_event_loop,
    service_logger,
    shown_url,
    warn_if_exposed,
)

if TYPE_CHECKING:
    import structlog

    from adapters.api.meters import ApiMeters
    from adapters.api.settings import ApiSettings
    from adapters.configuration.reading import Sources
    from adapters.redis.wire import Endpoint

__all__ = ("app",)

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def api(
    *,
    redis_option: RedisOption = None,
    tenant: Tenants = None,
    config: ConfigFile = None,
    host: ApiHost = None,
    port: ApiPort = None,
    tls_cert: TlsCertificate = None,
    tls_key: TlsKey = None,
    tls_client_ca: TlsClientCa = None,
    issuers: Issuers = None,
    archive: Archive = None,
    record: RecordOption = None,
    pages: PagesOption = None,
    no_auth: NoAuth = False,
    nice: Nice = None,
    linger_s: LingerS = None,
    metrics_port: MetricsPortSetting = None,
    metrics_host: MetricsHostSetting = None,
    log_format: LogFormatSetting = None,
) -> None:
    """Serve the HTTP API: interactions, agents, offers and all the rest (docs/api.md).

    It follows the journal of each tenant and adds commands to its inbound stream; it holds no
    routing state, so several may run, and each may end at any time. Make keys with `onequeue keys`.
    An option stands before a variable (ONEQUEUE_API_…), that before the file.

    \b
    Examples:
      onequeue api --no-auth
      onequeue api --redis redis://localhost --tenant sales --tenant support --port 8080
      onequeue api --pages examples/desktop
      onequeue api --record postgresql://onequeue@db.example/onequeue
      onequeue api --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem --metrics-port 9402
    """
    from adapters.api.settings import ApiSettings
    from adapters.configuration.reading import read_sources
    from adapters.configuration.shared import SharedSettings

    options = {
        "host": host,
        "port": port,
        "tls_cert": tls_cert,
        "tls_key": tls_key,
        "tls_client_ca": tls_client_ca,
        "issuers": issuers,
        "archive": archive,
        "record": record,
        "pages": pages,
        "nice": nice,
        "linger_s": linger_s,
        "metrics_port": metrics_port,
        "metrics_host": metrics_host,
    }
    sources = read_sources(config)
    shared = sources.section("", SharedSettings, {"log_format": log_format})
    settings = sources.section("api", ApiSettings, options)
    hosting = _Hosting(settings, _endpoints(sources, redis_option, tenant), no_auth=no_auth)
    hosting.check()
    hosting.run(service_logger(shared.log_format))


def _endpoints(
    sources: Sources, redis_option: str | None, named: list[str] | None
) -> dict[str, Endpoint]:
    """Where each tenant's server is."""
    from adapters.configuration.shared import SharedSettings
    from adapters.redis.wire import Endpoint

    shared = sources.section("", SharedSettings, {"redis_url": redis_option})
    usual = shared.redis_url.get_secret_value() if shared.redis_url else None
    tenants = sources.tenants(named)
    own = {
        name: each.redis_url.get_secret_value() for name, each in tenants.items() if each.redis_url
    }
    if len(own) < len(tenants):
        usual = redis_url(usual)
    return {name: Endpoint(own.get(name) or usual or "") for name in tenants}


@dataclass(frozen=True)
class _Hosting:
    """What is served, for whom, and who is let in."""

    settings: ApiSettings
    endpoints: Mapping[str, Endpoint]
    no_auth: bool

    def check(self) -> None:
        """Raise :class:`UsageError`, or :class:`TlsFilesError`, for what cannot be meant."""
        from adapters.api.https import server_context
        from adapters.api.layers.development import is_loopback

        server_context(self.settings)
        pages = self.settings.pages
        if pages is not None and not pages.is_dir():
            raise UsageError(f"--pages {pages}: there is no such folder")
        if not self.no_auth:
            return
        if len(self.endpoints) > 1:
            raise UsageError("--no-auth: without a credential nobody knows which tenant is meant")
        if not is_loopback(self.settings.host):
            host = self.settings.host
            raise UsageError(f"--no-auth: {host} can be reached from elsewhere; use 127.0.0.1")

    def run(self, logger: structlog.stdlib.BoundLogger) -> None:
        """Serve until asked to stop."""
        from adapters.api.meters import ApiMeters

        settings, meters = self.settings, ApiMeters()
        listener = listening_socket(settings.host, settings.port)
        os.nice(settings.nice)
        with metrics_served(meters.registry, logger, settings.metrics_host, settings.metrics_port):
            url = shown_url(listener, is_tls=settings.tls_cert is not None)
            logger.info("listening", url=url, tenants=list(self.endpoints))
            if not settings.tls_cert:
                remedy = "give --tls-cert and --tls-key, or let only a proxy with TLS reach it"
                warn_if_exposed(logger, settings.host, "keys and personal data", remedy)
            if self.no_auth:
                logger.warning("no credentials are asked for: everybody is the administrator")
            with asyncio.Runner(loop_factory=new_event_loop) as runner:
                runner.run(self._serve(listener, meters, logger))

    async def _serve(
        self, listener: socket.socket, meters: ApiMeters, logger: structlog.stdlib.BoundLogger
    ) -> None:
        from adapters.api.layers.development import Everybody
        from adapters.api.serving import ApiOrder, serve_api
        from adapters.identity.authenticator import open_authenticator
        from adapters.identity.bearer import BearerTokens
        from adapters.identity.issuers import load_issuers

        order = ApiOrder(self.endpoints, listener, self.settings)
        if self.no_auth:
            await serve_api(order, Everybody(*self.endpoints), meters, logger)
            return
        issuers = self.settings.issuers
        tokens = None if issuers is None else BearerTokens(load_issuers(issuers))
        authenticator = open_authenticator(self.endpoints, tokens)
        try:
            await serve_api(order, authenticator, meters, logger)
        finally:
            await authenticator.close()
