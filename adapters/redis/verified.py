"""Connections over TLS as :mod:`adapters.redis.tls` makes them, for both kinds of client."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import redis
import redis.asyncio

from adapters.redis.tls import TlsTerms, tls_context, tls_terms

__all__ = ("verified",)

P = TypeVar("P", redis.ConnectionPool, redis.asyncio.ConnectionPool)


def verified(pool: P) -> P:
    """The pool, with connections of ours where they are over TLS.

    Raises :class:`TlsFilesError` for files that its URL names.
    """
    if issubclass(pool.connection_class, redis.SSLConnection | redis.asyncio.SSLConnection):
        tls_context(_terms(pool.connection_kwargs))
        pool.connection_class = _OURS[pool.connection_class]
    return pool


class _Connection(redis.SSLConnection):
    """Its base makes a context with each connection, and trusts the system's CAs as well."""

    def __init__(self, **options: Any) -> None:
        self._terms = _terms(options)
        super().__init__(**options)

    def _wrap_socket_with_ssl(self, sock: socket.socket) -> ssl.SSLSocket:
        return tls_context(self._terms).wrap_socket(sock, server_hostname=self.host)


class _AsyncConnection(redis.asyncio.SSLConnection):
    """The same, for asyncio."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.ssl_context.context = tls_context(_terms(options))


_OURS: Final[dict[type, type]] = {
    redis.SSLConnection: _Connection,
    redis.asyncio.SSLConnection: _AsyncConnection,
}


def _terms(options: Mapping[str, Any]) -> TlsTerms:
    return tls_terms(options, os.environ)
