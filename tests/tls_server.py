"""A server that speaks TLS alone, with certificates of its own CA."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from adapters.redis.embedded import EmbeddedServer
from tests.certificates import Authority, Pair
from tests.servers import FAST, binary_of, plain_client

__all__ = ("Secured", "secured_server")


class Secured(NamedTuple):
    """A server that speaks TLS alone, and who certified it."""

    server: EmbeddedServer
    port: int
    trusted: Authority
    stranger: Authority
    pair: Pair

    def url(self, host: str = "localhost", **options: Any) -> str:
        given = {"ssl_ca_certs": self.trusted.file} | options
        query = urlencode({name: value for name, value in given.items() if value})
        return f"rediss://{host}:{self.port}?{query}"

    def wants_certificates(self, wanted: bool) -> None:
        """Whether clients must show a certificate of its CA."""
        self._set("tls-auth-clients", "yes" if wanted else "no")

    def shows(self, pair: Pair) -> None:
        """The certificate that it shows from now on."""
        self._set("tls-cert-file", str(pair.certificate), "tls-key-file", str(pair.key))

    def _set(self, *settings: str) -> None:
        with plain_client(self.server) as client:
            client.execute_command("CONFIG", "SET", *settings)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def secured_server(directory: Path) -> Iterator[Secured]:
    """A running server and its CA; ``stranger`` is a CA that it does not know."""
    trusted, stranger = Authority(directory / "ours"), Authority(directory / "theirs", "other CA")
    pair, port = trusted.issue("server", "localhost"), _free_port()
    files = (
        *("--tls-cert-file", str(pair.certificate), "--tls-key-file", str(pair.key)),
        *("--tls-ca-cert-file", str(trusted.file)),
    )
    tls = ("--tls-port", str(port), "--tls-auth-clients", "no")
    # the packaged Valkey is built without TLS
    server = EmbeddedServer(directory, binary=binary_of("redis"), extra=(*FAST, *tls, *files))
    with server:
        yield Secured(server, port, trusted, stranger, pair)
