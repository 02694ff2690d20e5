"""The metrics of a registry, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server

__all__ = ("exposed",)


@contextmanager
def exposed(registry: CollectorRegistry, port: int, host: str) -> Iterator[int]:
    """Serve `/metrics` meanwhile; yields the port (of use after port 0). Raises ``OSError``."""
    server, thread = start_http_server(port, addr=host, registry=registry)
    try:
        yield int(server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
