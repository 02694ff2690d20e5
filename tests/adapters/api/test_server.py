"""How the API listens."""

from __future__ import annotations

import socket

import pytest

from adapters.api import server
from adapters.api.server import drop_who_does_not_read


def test_a_connection_whose_peer_takes_nothing_is_dropped_by_the_kernel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "UNREAD_MS_MAX", 200)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        drop_who_does_not_read(listener)
        with socket.create_connection(listener.getsockname()):
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(5.0)
                with pytest.raises(TimeoutError) as raised:
                    connection.sendall(b"x" * 64_000_000)
    assert raised.value.errno is not None  # the kernel's, not that of the test
