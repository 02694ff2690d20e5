"""The edge's stream: what is moved is moved once, and stands in it until then."""

from __future__ import annotations

import pytest

from adapters.redis.edge_stream import EdgeStream
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint, ReplyError
from tests.servers import plain_client

pytestmark = pytest.mark.servers
KEYS = Keys("t")


async def test_entries_are_moved_once(server: EmbeddedServer, endpoint: Endpoint) -> None:
    stream = EdgeStream(endpoint, KEYS)
    with plain_client(server) as client:
        ids = [client.xadd(KEYS.edge, {"m": str(n)}).decode() for n in range(3)]
        entries = (await stream.read("0-0", 10, 0)).entries
        assert [entry.entry_id for entry in entries] == ids
        changed = entries[0]._replace(fields={b"m": b"changed"})
        assert await stream.move([changed, entries[1]]) == 2
        assert await stream.move(entries) == 1
        moved = [fields for _, fields in client.xrange(KEYS.inbound)]
        assert moved == [{b"m": b"changed"}, {b"m": b"1"}, {b"m": b"2"}]
        assert (await stream.read("0-0", 10, 0)).entries == []
    await stream.close()


async def test_what_cannot_be_added_stays(server: EmbeddedServer, endpoint: Endpoint) -> None:
    stream = EdgeStream(endpoint, KEYS)
    with plain_client(server) as client:
        client.xadd(KEYS.edge, {"m": "x"})
        client.set(KEYS.inbound, "no stream")
        entries = (await stream.read("0-0", 10, 0)).entries
        with pytest.raises(ReplyError):
            await stream.move(entries)
        assert client.xlen(KEYS.edge) == 1
    await stream.close()
