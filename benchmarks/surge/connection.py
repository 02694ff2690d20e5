"""A connection to Redis for who must act at an exact time: bytes out, replies in, nothing between.

Event loops wake on whole milliseconds; a process that waits in ``select`` wakes within some tens of
microseconds. So generator and agents have a plain socket and hiredis, and no loop.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from typing import Any, Final, Self, TypeAlias

import hiredis
from redis.connection import SSLConnection, parse_url

from adapters.redis.clients import primary_url
from adapters.redis.wire import UrlError
from router.errors import StoreUnavailable

__all__ = ("Connection", "Reply", "packed", "xadd")

Reply: TypeAlias = Any
"""What a command answers (RESP2): bytes, int, None, lists of these, or a ``hiredis.ReplyError``."""

RECEIVE_BYTES: Final = 1 << 18
CONNECT_S_MAX: Final = 5.0
LOCALHOST: Final = "localhost"
PORT: Final = 6379
NOTHING_YET: Final = False
"""What hiredis says where no reply is whole."""


def packed(*arguments: str | bytes | int) -> bytes:
    """A command as it is sent."""
    command: bytes = hiredis.pack_command(arguments)  # type: ignore[arg-type]  # its stub means any length
    return command


def xadd(key: str) -> bytes:
    """What an XADD of one field ``m`` begins with; behind it come the payload's length and bytes:
    ``b"%d\\r\\n%b\\r\\n" % (len(payload), payload)``."""
    whole = packed("XADD", key, "*", "m", "")
    return whole.removesuffix(b"0\r\n\r\n")


class Connection:
    """Sends at once what the socket takes, and the rest when it takes more."""

    def __init__(self, taken: socket.socket) -> None:
        self._socket = taken
        self._reader = hiredis.Reader()
        self._unsent = bytearray()

    @classmethod
    def open(cls, url: str, purpose: str) -> Self:
        """Connect; the server's client list shows the purpose.

        Raises ``UrlError`` and ``StoreUnavailable``.
        """
        try:
            options = parse_url(primary_url(url))  # type: ignore[no-untyped-call]  # not annotated
        except (ValueError, TypeError):
            raise UrlError("a part of it is not valid") from None
        try:
            connection = cls(_socket(options))
        except OSError as error:
            raise StoreUnavailable(f"cannot connect: {error}") from error
        try:
            connection.ask(*_handshake(options, purpose))
        except BaseException:
            connection.close()
            raise
        return connection

    def fileno(self) -> int:
        """The socket's, for ``select``."""
        return self._socket.fileno()

    @property
    def is_behind(self) -> bool:
        """Whether something waits until the socket takes more."""
        return bool(self._unsent)

    def send(self, data: bytes) -> None:
        """Send it, behind everything that was to be sent before."""
        self._unsent += data
        self.flush()

    def flush(self) -> None:
        """Send as much as the socket takes. Raises ``StoreUnavailable``."""
        try:
            while self._unsent:
                del self._unsent[: self._socket.send(self._unsent)]
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            return
        except OSError as error:
            raise StoreUnavailable(f"the connection is lost: {error}") from error

    def receive(self) -> list[Reply]:
        """The replies that have arrived whole; none if there is nothing to read.

        Raises ``StoreUnavailable``.
        """
        try:
            data = self._socket.recv(RECEIVE_BYTES)
            while isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
                data += self._socket.recv(RECEIVE_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError):
            return []
        except OSError as error:
            raise StoreUnavailable(f"the connection is lost: {error}") from error
        if not data:
            raise StoreUnavailable("the server has closed the connection")
        self._reader.feed(data)
        return list(iter(self._reader.gets, NOTHING_YET))

    def ask(self, *commands: bytes) -> list[Reply]:
        """Send commands and wait for their replies; only while nothing else is on its way.

        Raises ``StoreUnavailable``, also for what the server refuses.
        """
        self._socket.settimeout(CONNECT_S_MAX)
        try:
            self.send(b"".join(commands))
            replies: list[Reply] = []
            while len(replies) < len(commands):
                replies += self.receive()
        finally:
            self._socket.settimeout(0.0)
        for reply in replies:
            if isinstance(reply, hiredis.ReplyError):
                raise StoreUnavailable(f"Redis answered {reply}")
        return replies

    def close(self) -> None:
        """Close it."""
        self._socket.close()


def _socket(options: dict[str, Any]) -> socket.socket:
    if "path" in options:
        return _unix_socket(options["path"])
    host = options.get("host") or LOCALHOST
    taken = socket.create_connection((host, options.get("port") or PORT), CONNECT_S_MAX)
    taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if options.get("connection_class") is SSLConnection:
        context = ssl.create_default_context(cafile=options.get("ssl_ca_certs"))
        return context.wrap_socket(taken, server_hostname=host)
    return taken


def _unix_socket(path: str) -> socket.socket:
    taken = socket.socket(socket.AF_UNIX)
    try:
        taken.settimeout(CONNECT_S_MAX)
        taken.connect(path)
    except OSError:
        taken.close()
        raise
    return taken


def _handshake(options: dict[str, Any], purpose: str) -> Sequence[bytes]:
    commands = [packed("CLIENT", "SETNAME", f"onequeue-{purpose}")]
    if options.get("password"):
        user = options.get("username") or "default"
        commands.insert(0, packed("AUTH", user, options["password"]))
    if options.get("db"):
        commands.append(packed("SELECT", options["db"]))
    return commands
