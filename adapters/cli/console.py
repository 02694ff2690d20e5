"""`onequeue console`: the pages for supervisors and administrators."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from adapters.cli.api_options import ApiHost, LingerS, TlsCertificate, TlsClientCa, TlsKey
from adapters.cli.config_options import (
    ConfigFile,
    LogFormatSetting,
)
from adapters.cli.console_options import ApiCa, ApiUrl, ConsolePort, PublicUrl
from adapters.cli.service import (
    listening_socket,
    new_event_loop,
    service_logger,
    shown_url,
    warn_if_exposed,
)

if TYPE_CHECKING:
    import structlog

    from adapters.console.settings import ConsoleSettings

__all__ = ("app",)

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def console(
    *,
    api: ApiUrl = None,
    api_ca: ApiCa = None,
    host: ApiHost = None,
    port: ConsolePort = None,
    public_url: PublicUrl = None,
    config: ConfigFile = None,
    tls_cert: TlsCertificate = None,
    tls_key: TlsKey = None,
    tls_client_ca: TlsClientCa = None,
    linger_s: LingerS = None,
    log_format: LogFormatSetting = None,
) -> None:
    """Serve the console: the floor live, why things went as they did, and what may be changed.

    It asks the HTTP API alone, with the key of whoever has logged in, and keeps nothing itself:
    several may run, if ONEQUEUE_CONSOLE_SECRET is the same for all (docs/console.md).
    An option stands before a variable (ONEQUEUE_CONSOLE_…), that before the file.

    \b
    Examples:
      onequeue console
      onequeue console --api https://queue.example.com --port 8443 --host 0.0.0.0 \\
        --tls-cert cert.pem --tls-key key.pem
      onequeue console --public-url https://floor.example.com
    """
    from adapters.configuration.reading import read_sources
    from adapters.configuration.shared import SharedSettings
    from adapters.console.settings import ConsoleSettings

    options = {
        "api": api,
        "api_ca": api_ca,
        "host": host,
        "port": port,
        "public_url": public_url,
        "tls_cert": tls_cert,
        "tls_key": tls_key,
        "tls_client_ca": tls_client_ca,
        "linger_s": linger_s,
    }
    sources = read_sources(config)
    shared = sources.section("", SharedSettings, {"log_format": log_format})
    settings = sources.section("console", ConsoleSettings, options)
    _serve(settings, service_logger(shared.log_format))


def _serve(settings: ConsoleSettings, logger: structlog.stdlib.BoundLogger) -> None:
    """Serve until asked to stop. Raises :class:`UsageError`, or :class:`TlsFilesError`."""
    from adapters.api.https import server_context
    from adapters.console.reach import api_trust
    from adapters.console.serving import serve_console

    server_context(settings)
    api_trust(settings)
    listener = listening_socket(settings.host, settings.port)
    is_tls = settings.tls_cert is not None
    logger.info("listening", url=shown_url(listener, is_tls=is_tls), api=settings.api)
    if not is_tls:
        remedy = "give --tls-cert and --tls-key, or let only a proxy with TLS reach it"
        warn_if_exposed(logger, settings.host, "credentials and personal data", remedy)
    if settings.secret is None:
        logger.info("sessions end with this process: ONEQUEUE_CONSOLE_SECRET is not set")
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(serve_console(settings, listener, logger))
