"""`onequeue api`: the HTTP API of one or more tenants."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from adapters.cli.api_options import (
    NICE,
    PORT,
    ApiPort,
    Host,
    LingerS,
    Nice,
    NoAuth,
    Tenants,
    TlsCertificate,
    TlsKey,
)
from adapters.cli.connection import RedisOption, redis_url
from adapters.cli.history import ArchiveOption
from adapters.cli.output import UsageError
from adapters.cli.serve_options import (
    LOOPBACK,
    LogFormat,
    LogFormatOption,
    MetricsHost,
    MetricsPort,
)
from adapters.cli.service import (
    in_use,
    metrics_served,
    new_event_loop,
    reason_of,
    service_logger,
)

if TYPE_CHECKING:
    import structlog

    from adapters.api.meters import ApiMeters
    from adapters.api.serving import ApiOrder, Tls

__all__ = ("app",)

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def api(
    *,
    redis_option: RedisOption = None,
    tenant: Tenants = None,
    host: Host = LOOPBACK,
    port: ApiPort = PORT,
    tls_cert: TlsCertificate = None,
    tls_key: TlsKey = None,
    no_auth: NoAuth = False,
    nice: Nice = NICE,
    linger_s: LingerS = 0.0,
    archive: ArchiveOption = None,
    metrics_port: MetricsPort = 0,
    metrics_host: MetricsHost = LOOPBACK,
    log_format: LogFormatOption = LogFormat.CONSOLE,
) -> None:
    """Serve the HTTP API: interactions, agents, offers and all the rest (docs/api.md).

    It follows the journal of each tenant and adds commands to its inbound stream; it holds no
    routing state, so several may run, and each may end at any time. Make keys with `onequeue keys`.

    \b
    Examples:
      onequeue api --no-auth
      onequeue api --redis redis://localhost --tenant sales --tenant support --port 8080
      onequeue api --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem --metrics-port 9402
    """
    tenants = tuple(dict.fromkeys(tenant or ["main"]))
    tls = _tls(tls_cert, tls_key)
    if no_auth:
        _check_no_auth(host, tenants)
    url = redis_url(redis_option)
    logger = service_logger(log_format)
    os.nice(nice)
    from adapters.api.serving import ApiOrder
    from adapters.api.settings import DEFAULT_SETTINGS
    from adapters.redis.wire import Endpoint

    order = ApiOrder(
        endpoint=Endpoint(url),
        tenants=tenants,
        listener=_listener(host, port),
        settings=DEFAULT_SETTINGS,
        tls=tls,
        linger_s=linger_s,
        archive=archive,
    )
    _serve(order, logger, (metrics_host, metrics_port), no_auth=no_auth)


def _serve(
    order: ApiOrder,
    logger: structlog.stdlib.BoundLogger,
    metrics: tuple[str, int],
    *,
    no_auth: bool,
) -> None:
    from adapters.api.meters import ApiMeters

    meters = ApiMeters()
    with metrics_served(meters.registry, logger, *metrics):
        scheme = "https" if order.tls else "http"
        address, port = order.listener.getsockname()[:2]
        shown = f"[{address}]" if ":" in address else address
        logger.info("listening", url=f"{scheme}://{shown}:{port}", tenants=list(order.tenants))
        if no_auth:
            logger.warning("no credentials are asked for: everybody is the administrator")
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(_run(order, meters, logger, no_auth=no_auth))


async def _run(
    order: ApiOrder,
    meters: ApiMeters,
    logger: structlog.stdlib.BoundLogger,
    *,
    no_auth: bool,
) -> None:
    from adapters.api.development import Everybody
    from adapters.api.serving import serve_api
    from adapters.identity.authenticator import open_authenticator

    if no_auth:
        await serve_api(order, Everybody(*order.tenants), meters, logger)
        return
    authenticator = open_authenticator(dict.fromkeys(order.tenants, order.endpoint))
    try:
        await serve_api(order, authenticator, meters, logger)
    finally:
        await authenticator.close()


def _listener(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises :class:`UsageError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except PermissionError as error:
        raise UsageError(f"--port {port}: {reason_of(error)}; choose one above 1023") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UsageError(in_use("--port", port)) from None
        raise UsageError(
            f"--host {host}: {reason_of(error)}; name an address of this machine"
        ) from None


def _check_no_auth(host: str, tenants: tuple[str, ...]) -> None:
    if len(tenants) > 1:
        raise UsageError("--no-auth: without a credential nobody knows which tenant is meant")
    if not _is_loopback(host):
        raise UsageError(f"--no-auth: {host} can be reached from elsewhere; use {LOOPBACK}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _tls(certificate: Path | None, key: Path | None) -> Tls | None:
    from adapters.api.serving import Tls

    if certificate is None or key is None:
        if certificate is not key:
            raise UsageError("--tls-cert and --tls-key go together: give both")
        return None
    for file in (certificate, key):
        if not file.is_file():
            raise UsageError(f"{file}: there is no such file")
    return Tls(certificate, key)
