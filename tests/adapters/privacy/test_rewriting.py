"""A stream is rewritten in place: what it says of itself stays, and what was in it does not."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.privacy.rewriting import Rewritten, rewrite_stream
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from router.errors import StoreUnavailable
from tests.servers import plain_client

KEYS = Keys("t")
KEY = KEYS.work("desk")
PLANTED = b"PLANTED"


def erase(_id: str, fields: dict[bytes, bytes]) -> dict[bytes, bytes] | None:
    if fields.get(b"drop"):
        return None
    return {name: b"" if value == PLANTED else value for name, value in fields.items()}


async def rewrite(server: EmbeddedServer) -> Rewritten:
    wire = Endpoint(server.url).wire("test")
    try:
        return await rewrite_stream(wire, KEYS, KEY, erase)
    finally:
        await wire.close()


def info(client: Any) -> dict[str, Any]:
    told = client.xinfo_stream(KEY)
    names = ("last-generated-id", "entries-added", "max-deleted-entry-id", "length")
    return {name: told[name] for name in names}


async def test_ids_counters_and_time_to_live_stay(server: EmbeddedServer) -> None:
    with plain_client(server) as client:
        client.config_set("rdbcompression", "no")
        for number in range(600):
            client.xadd(KEY, {"n": str(number), "x": PLANTED if number % 3 else "kept"})
        gone = client.xadd(KEY, {"x": PLANTED})
        client.xdel(KEY, gone)
        client.xadd(KEY, {"drop": "1", "x": PLANTED})
        client.expire(KEY, 1_000)
        before, entries = info(client), client.xrange(KEY)
        assert PLANTED in client.dump(KEY)
        assert await rewrite(server) == Rewritten(601, 400, 1)
        assert PLANTED not in client.dump(KEY)
        assert info(client) == before | {"length": 600}
        assert [entry_id for entry_id, _ in client.xrange(KEY)] == [e for e, _ in entries[:600]]
        assert client.ttl(KEY) > 900
        assert not client.exists(KEYS.rewriting)
        client.persist(KEY)
        await rewrite(server)
        assert client.ttl(KEY) == -1


async def test_consumer_groups_stay_with_what_is_pending(server: EmbeddedServer) -> None:
    with plain_client(server) as client:
        ids = [client.xadd(KEY, {"x": PLANTED}) for _ in range(6)]
        client.xgroup_create(KEY, "readers", id="0")
        client.xreadgroup("readers", "one", {KEY: ">"}, count=4)
        client.xack(KEY, "readers", ids[0])
        before = client.xpending_range(KEY, "readers", "-", "+", 10)
        await rewrite(server)
        after = client.xpending_range(KEY, "readers", "-", "+", 10)
        names = ("message_id", "consumer", "times_delivered")
        assert [[p[n] for n in names] for p in after] == [[p[n] for n in names] for p in before]
        ((_, left),) = client.xreadgroup("readers", "one", {KEY: ">"})
        assert [entry_id for entry_id, _ in left] == ids[4:]


async def test_an_empty_stream_keeps_its_last_id(server: EmbeddedServer) -> None:
    with plain_client(server) as client:
        client.xadd(KEY, {"drop": "1"})
        before = info(client)
        assert await rewrite(server) == Rewritten(1, 0, 1)
        assert info(client) == before | {"length": 0}


async def test_with_very_much_pending_nothing_is_touched(server: EmbeddedServer) -> None:
    with plain_client(server) as client:
        pipeline = client.pipeline(transaction=False)
        for _ in range(1_001):
            pipeline.xadd(KEY, {"x": PLANTED})
        pipeline.execute()
        client.xgroup_create(KEY, "readers", id="0")
        client.xreadgroup("readers", "one", {KEY: ">"})
        before = client.dump(KEY)
        with pytest.raises(StoreUnavailable, match="much is pending"):
            await rewrite(server)
        assert client.dump(KEY) == before
        assert not client.exists(KEYS.rewriting)
