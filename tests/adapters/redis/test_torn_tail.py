"""A crash while a transaction is written: it is there once or not at all, after two more."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import pytest

from adapters.redis.embedded import EmbeddedServer, ServerStartError
from adapters.redis.torn_tail import EXEC, MULTI, mend_torn_tail
from tests.servers import PRODUCTS, binary_of, plain_client

SCRIPT: Final = """
redis.call('XADD', KEYS[1], ARGV[1], 'r', 'record')
redis.call('XADD', KEYS[2], '*', 'm', 'one')
redis.call('XADD', KEYS[2], '*', 'm', 'two')
"""


def written(server: EmbeddedServer) -> Path:
    (file,) = server.directory.glob("appendonlydir/*.incr.aof")
    return file


def add(client: Any, record_id: str) -> None:
    client.eval(SCRIPT, 2, "journal", "work", record_id)


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.7, 0.99])
def test_a_transaction_torn_by_a_crash(product: str, share: float, short_path: Path) -> None:
    always = ("--appendfsync", "always")
    server = EmbeddedServer(short_path / "data", binary=binary_of(product), extra=always)
    server.start()
    with plain_client(server) as client:
        add(client, "1-1")
        begin = written(server).stat().st_size
        add(client, "1-2")
    server.kill()
    end = written(server).stat().st_size
    os.truncate(written(server), begin + int((end - begin) * share))
    server.start()
    with plain_client(server) as client:
        assert (client.xlen("journal"), client.xlen("work")) == (1, 2)
        client.set("acknowledged", 1)  # not in a transaction
    server.kill()
    server.start()
    with plain_client(server) as client:
        assert client.get("acknowledged") == b"1"
        add(client, "1-2")
    server.kill()
    server.start()
    with plain_client(server) as client:
        assert (client.xlen("journal"), client.xlen("work")) == (2, 4)
    server.stop()


def test_what_is_broken_in_its_middle_is_left_to_the_server(short_path: Path) -> None:
    """Cutting there would drop what was acknowledged."""
    server = EmbeddedServer(short_path / "data", binary=binary_of("redis"))
    server.start()
    with plain_client(server) as client:
        add(client, "1-1")
        add(client, "1-2")
    server.stop()
    whole = written(server).read_bytes()
    broken = whole.replace(EXEC, b"*1\r\n$4\r\nEXIT\r\n".replace(b"$4", b"#4"), 1)
    assert broken.count(MULTI) == 2
    written(server).write_bytes(broken)
    assert mend_torn_tail(server.binary, server.directory) == 0
    assert written(server).read_bytes() == broken
    with pytest.raises(ServerStartError, match="Bad file format"):
        server.start()
