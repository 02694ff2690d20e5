"""The metrics of a registry, and how a process is, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Protocol, TypeAlias

from prometheus_client import CollectorRegistry, make_wsgi_app, start_http_server

__all__ = ("Health", "exposed")

METRICS_PATHS: Final = frozenset({"/metrics", "/"})
HEALTH_PATHS: Final = frozenset({"/healthz", "/readyz"})

App: TypeAlias = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Health(Protocol):
    """How a process is. Asked from another thread."""

    def is_alive(self) -> bool:
        """Whether it does anything at all: if not, it is best started anew."""
        ...

    def is_ready(self) -> bool:
        """Whether it does what it is there for."""
        ...

    def details(self) -> Mapping[str, Any]:
        """What is behind it, as JSON; without secrets."""
        ...


@contextmanager
def exposed(
    registry: CollectorRegistry, port: int, host: str, health: Health | None = None
) -> Iterator[int]:
    """Serve `/metrics` meanwhile, and with ``health`` `/healthz` and `/readyz`, which answer 200 or
    503; there is nothing else. Yields the port (of use after port 0). Raises ``OSError``."""
    server, thread = start_http_server(port, addr=host, registry=registry)
    try:
        server.set_app(_beside(make_wsgi_app(registry), health))
        yield int(server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _beside(metrics: App, health: Health | None) -> App:
    def answer(request: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = request["PATH_INFO"]
        if path in METRICS_PATHS:
            return metrics(request, start)
        if health is None or path not in HEALTH_PATHS:
            # who probes something that is not there must not take it for well
            start("404 Not Found", [("Content-Type", "text/plain")])
            return [b"there is /metrics\n"]
        is_well = health.is_alive() if path == "/healthz" else health.is_ready()
        status = "200 OK" if is_well else "503 Service Unavailable"
        start(status, [("Content-Type", "application/json"), ("Cache-Control", "no-store")])
        return [json.dumps(health.details()).encode()]

    return answer
