"""A stream is rewritten in place: what it says of itself stays, and what was in it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from adapters.privacy.rewriting import Change, Rewritten, rewrite_stream
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


async def rewrite(
    server: EmbeddedServer, change: Change = erase, holder: str = "me", *, is_changed: bool = True
) -> Rewritten:
    wire = Endpoint(server.url).wire("test")
    try:
        await wire.call("SET", KEYS.forgetting, holder, "NX")
        return await rewrite_stream(wire, KEYS, KEY, change, holder, is_changed=is_changed)
    finally:
        await wire.close()


def copies(client: Any) -> list[bytes]:
    return list(client.keys(KEYS.rewriting("*")))


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
        assert not copies(client)
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
        assert not copies(client)


def at_entry(number: int, happens: Callable[[], object]) -> Change:
    """Erase, and let something happen when the so many-th entry is looked at, once."""
    looked_at = 0

    def change(entry_id: str, fields: dict[bytes, bytes]) -> dict[bytes, bytes] | None:
        nonlocal looked_at
        looked_at += 1
        if looked_at == number:
            happens()
        return erase(entry_id, fields)

    return change


def filled(client: Any, entries: int) -> list[bytes]:
    pipeline = client.pipeline(transaction=False)
    for number in range(entries):
        pipeline.xadd(KEY, {"n": str(number), "x": PLANTED})
    return list(pipeline.execute())


@pytest.mark.parametrize("entry", [3, 299])
async def test_what_is_deleted_meanwhile_does_not_come_back(
    server: EmbeddedServer, entry: int
) -> None:
    with plain_client(server) as client:
        ids = filled(client, 600)
        client.xdel(KEY, ids[500])
        # the newest deletion is not of the newest entry: the server's highest deleted id stays
        await rewrite(server, at_entry(entry, lambda: client.xdel(KEY, ids[0], ids[298])))
        left = [entry_id for entry_id, _ in client.xrange(KEY)]
        assert left == [one for one in ids if one not in {ids[0], ids[298], ids[500]}]
        assert PLANTED not in client.dump(KEY)


async def test_what_is_trimmed_meanwhile_is_gone(server: EmbeddedServer) -> None:
    with plain_client(server) as client:
        ids = filled(client, 600)
        looked_at = 0

        def change(_id: str, fields: dict[bytes, bytes]) -> dict[bytes, bytes]:
            nonlocal looked_at
            looked_at += 1
            if looked_at % 100 == 0:
                client.xtrim(KEY, maxlen=700 - looked_at, approximate=False)
            return fields

        await rewrite(server, change)
        assert looked_at == 600, "a trim is no reason to begin anew"
        assert [entry_id for entry_id, _ in client.xrange(KEY)] == ids[500:]


async def test_what_readers_always_delete_is_rewritten_in_one_step(server: EmbeddedServer) -> None:
    with plain_client(server) as client:
        ids = filled(client, 20)
        client.xdel(KEY, ids[7])

        def change(_id: str, _fields: dict[bytes, bytes]) -> dict[bytes, bytes]:
            pytest.fail("it is copied")

        await rewrite(server, change, is_changed=False)
        assert [entry_id for entry_id, _ in client.xrange(KEY)] == ids[:7] + ids[8:]


async def test_without_the_lease_nothing_is_replaced(server: EmbeddedServer) -> None:
    with plain_client(server) as client:
        filled(client, 600)
        before = client.dump(KEY)
        lose = at_entry(300, lambda: client.set(KEYS.forgetting, "somebody else"))
        with pytest.raises(StoreUnavailable, match="has taken over"):
            await rewrite(server, lose)
        assert client.dump(KEY) == before
        assert not copies(client)


async def test_a_copy_that_was_cut_does_not_replace_anything(server: EmbeddedServer) -> None:
    with plain_client(server) as client:
        ids = filled(client, 600)

        def cut() -> None:
            # as many are deleted as the copy has lost, which are others: the numbers alone agree
            client.unlink(*copies(client))
            client.xdel(KEY, *ids[256:512])

        await rewrite(server, at_entry(300, cut))
        assert [entry_id for entry_id, _ in client.xrange(KEY)] == ids[:256] + ids[512:]
