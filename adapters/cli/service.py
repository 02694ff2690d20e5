"""What commands that run for long share: the log, the event loop, words about ports."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import structlog
import structlog.tracebacks

from adapters.cli.output import UsageError
from adapters.configuration.shared import LOOPBACK, LogFormat

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from adapters.metering.exposure import Health

__all__ = (
    "in_use",
    "listening_socket",
    "metrics_served",
    "new_event_loop",
    "reason_of",
    "service_logger",
    "shown_url",
    "warn_if_exposed",
)


def service_logger(log_format: LogFormat) -> structlog.stdlib.BoundLogger:
    """A log on standard error, for people or for machines."""
    is_json = log_format is LogFormat.JSON
    # tracebacks without the values of variables: these are other people's customers
    plain = structlog.dev.plain_traceback
    renderer = (
        structlog.processors.JSONRenderer(default=str)
        if is_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)
    )
    tracebacks = structlog.processors.ExceptionRenderer(
        structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([tracebacks] if is_json else []),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logger: structlog.stdlib.BoundLogger = structlog.get_logger()
    return logger


def new_event_loop() -> asyncio.AbstractEventLoop:
    """The quickest event loop that there is for this platform."""
    try:
        import uvloop
    except ImportError:  # there is none for this platform
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


@contextmanager
def metrics_served(
    registry: CollectorRegistry,
    logger: structlog.stdlib.BoundLogger,
    host: str,
    port: int,
    health: Health | None = None,
) -> Iterator[None]:
    """Serve metrics and health meanwhile, unless the port is 0. Raises :class:`UsageError`."""
    if not port:
        yield
        return
    from adapters.metering.exposure import exposed  # who serves no metrics need not load it

    with ExitStack() as stack:
        try:
            stack.enter_context(exposed(registry, port, host, health))
        except OSError as error:
            raise UsageError(_refused(error, host, port)) from None
        logger.info("metrics", url=f"http://{host}:{port}/metrics")
        warn_if_exposed(
            logger,
            host,
            "metrics, which name tenants",
            "keep it within your network, or give --metrics-host 127.0.0.1",
        )
        yield


def warn_if_exposed(
    logger: structlog.stdlib.BoundLogger, host: str, what: str, remedy: str
) -> None:
    """Say in the log that ``what`` is served over plain HTTP to others than this machine."""
    if host == LOOPBACK:
        return
    from adapters.api.layers.development import (
        is_loopback,  # takes a while, and few expose anything
    )

    if not is_loopback(host):
        told = f"plain HTTP, and not on this machine alone: {what} can be read on the way"
        logger.warning(told, address=host, remedy=remedy)


def _refused(error: OSError, host: str, port: int) -> str:
    """Why metrics cannot be served there, and what to do instead."""
    if error.errno == errno.EADDRINUSE:
        return in_use("--metrics-port", port)
    if isinstance(error, PermissionError):
        return f"--metrics-port {port}: {reason_of(error)}; choose a port above 1023"
    return f"--metrics-host {host}: {reason_of(error)}; name an address of this machine"


def in_use(option: str, port: int) -> str:
    """What to say of a port that somebody else has."""
    return f"{option} {port}: address already in use; choose another port"


def reason_of(error: OSError) -> str:
    """What the system says, as it stands within a sentence."""
    reason = error.strerror or str(error)
    return reason[:1].lower() + reason[1:]


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises :class:`UsageError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except PermissionError as error:
        raise UsageError(f"--port {port}: {reason_of(error)}; choose one above 1023") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UsageError(in_use("--port", port)) from None
        message = f"--host {host}: {reason_of(error)}; name an address of this machine"
        raise UsageError(message) from None


def shown_url(listener: socket.socket, *, is_tls: bool) -> str:
    """The URL of what listens there."""
    address, port = listener.getsockname()[:2]
    shown = f"[{address}]" if ":" in address else address
    return f"{'https' if is_tls else 'http'}://{shown}:{port}"
