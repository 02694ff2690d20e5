from __future__ import annotations

import select
from typing import Any

import pytest

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.wire import UrlError
from benchmarks.surge.connection import Connection, packed, xadd
from router.errors import StoreUnavailable

pytestmark = pytest.mark.servers


def replies_of(connection: Connection, count: int) -> list[Any]:
    found: list[Any] = []
    while len(found) < count:
        select.select([connection], [], [], 10)
        found += connection.receive()
    return found


def test_commands_go_out_and_replies_come_back(server: EmbeddedServer) -> None:
    connection = Connection.open(server.url, "test")
    head, payload = xadd("stream"), b"payload"
    connection.send(b"%b%d\r\n%b\r\n" % (head, len(payload), payload) * 3)
    assert len(replies_of(connection, 3)) == 3
    ((_, entries),) = connection.ask(packed("XREAD", "STREAMS", "stream", "0"))[0]
    assert [fields for _, fields in entries] == [[b"m", b"payload"]] * 3
    assert connection.receive() == []
    connection.close()


def test_more_than_the_socket_takes_leaves_bit_by_bit(server: EmbeddedServer) -> None:
    connection = Connection.open(server.url, "test")
    connection.send(packed("ECHO", b"x" * 4_000_000))
    found: list[Any] = []
    while not found:
        select.select([connection], [connection] if connection.is_behind else [], [], 10)
        connection.flush()
        found = connection.receive()
    assert len(found[0]) == 4_000_000
    assert not connection.is_behind
    connection.close()


def test_what_the_server_refuses_is_told(server: EmbeddedServer) -> None:
    connection = Connection.open(server.url, "test")
    with pytest.raises(StoreUnavailable, match="unknown command"):
        connection.ask(packed("NONSENSE"))
    connection.close()


def test_no_server_is_told() -> None:
    with pytest.raises(StoreUnavailable, match="cannot connect"):
        Connection.open("unix:///nowhere/at/all.sock", "test")
    with pytest.raises(UrlError):
        Connection.open("gopher://here", "test")
