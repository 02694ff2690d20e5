"""The metrics of a registry, and how a process is, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, TypeAlias

from prometheus_client import CollectorRegistry, make_wsgi_app, start_http_server

__all__ = ("Health", "exposed")

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
    503; yields the port (of use after port 0). Raises ``OSError``."""
    server, thread = start_http_server(port, addr=host, registry=registry)
    try:
        if health is not None:
            server.set_app(_with_health(make_wsgi_app(registry), health))
        yield int(server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _with_health(metrics: App, health: Health) -> App:
    questions = {"/healthz": health.is_alive, "/readyz": health.is_ready}

    def answer(request: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        question = questions.get(request["PATH_INFO"])
        if question is None or request["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return metrics(request, start)
        status = "200 OK" if question() else "503 Service Unavailable"
        start(status, [("Content-Type", "application/json"), ("Cache-Control", "no-store")])
        return [json.dumps(health.details()).encode()]

    return answer
