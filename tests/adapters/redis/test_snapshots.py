"""Snapshots on real servers: written in pieces, published at once, dropped without a trace."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.snapshots import RedisSnapshots
from adapters.redis.wire import Endpoint
from router.errors import BadSnapshot, StoreUnavailable
from router.snapshot.manifest import decode_manifest
from router.snapshot.store import load_state, save_state
from router.state import State
from router.tail import Tail
from tests.servers import LossyProxy, plain_client
from tests.snapshots import manifest_of

KEYS = Keys("t")


@pytest.fixture
async def snapshots(endpoint: Endpoint) -> AsyncIterator[RedisSnapshots]:
    snapshots = RedisSnapshots(endpoint, KEYS)
    yield snapshots
    await snapshots.close()


def keys_left(server: EmbeddedServer) -> set[str]:
    with plain_client(server) as client:
        found: Any = client.keys("*")
        return {key.decode() for key in found}


def state_of(epoch: int) -> State:
    """A state that is told from others, of several chunks."""
    state = State(epoch=epoch)
    for number in range(epoch * 20_000):
        state.labels[f"interaction-{number * 7919}"] = f"{number * 104_729:x}"
    return state


async def saved(snapshots: RedisSnapshots, epoch: int) -> str:
    record_id = f"{epoch}-0"
    assert await save_state(snapshots, state_of(epoch), Tail(epoch=epoch), record_id, "1.2")
    return record_id


async def test_what_was_saved_is_what_is_loaded(snapshots: RedisSnapshots) -> None:
    await saved(snapshots, 3)
    ((record_id, data),) = await snapshots.manifests()
    manifest = decode_manifest(record_id, data)
    assert len(manifest.checksums) > 1
    assert (manifest.release, manifest.epoch) == ("1.2", 3)
    assert manifest.rows["labels"] == 60_000
    assert (await load_state(snapshots, manifest)).to_bytes() == state_of(3).to_bytes()


async def test_the_newest_two_are_kept_and_nothing_else(
    snapshots: RedisSnapshots, server: EmbeddedServer
) -> None:
    for epoch in (1, 2, 10, 9):
        await saved(snapshots, epoch)
    assert [record_id for record_id, _ in await snapshots.manifests()] == ["10-0", "9-0"]
    chunks = {key for key in keys_left(server) if ":snapshot:" in key}
    assert {key.split(":")[3] for key in chunks} == {"10-0", "9-0"}


async def test_what_was_left_half_written_does_not_count_and_is_dropped(
    snapshots: RedisSnapshots, server: EmbeddedServer
) -> None:
    assert await snapshots.begin("1-5")
    for number in range(300):
        await snapshots.put("1-5", number, b"chunk")
    assert await snapshots.manifests() == []
    await saved(snapshots, 2)
    assert not any("1-5" in key for key in keys_left(server))
    with plain_client(server) as client:
        fields: Any = client.hkeys(KEYS.snapshots)
    assert fields == [b"2-0"]


async def test_one_that_is_being_written_for_a_later_record_is_left_alone(
    snapshots: RedisSnapshots,
) -> None:
    assert await snapshots.begin("3-0")
    await snapshots.put("3-0", 0, b"chunk")
    await saved(snapshots, 2)
    assert await snapshots.chunk("3-0", 0) == b"chunk"
    assert await snapshots.publish("3-0", b"\x80")


async def test_one_of_the_same_record_is_not_written_again(snapshots: RedisSnapshots) -> None:
    await saved(snapshots, 1)
    assert await save_state(snapshots, state_of(2), Tail(), "1-0", "1.2") is None


async def test_what_was_dropped_meanwhile_is_not_published(snapshots: RedisSnapshots) -> None:
    assert await snapshots.begin("1-5")
    await snapshots.put("1-5", 0, b"chunk")
    await snapshots.discard("1-5")
    assert not await snapshots.publish("1-5", b"\x80")
    assert await snapshots.manifests() == []


async def test_dropping_goes_on_where_it_was_cut_off(
    snapshots: RedisSnapshots, server: EmbeddedServer
) -> None:
    await saved(snapshots, 2)
    with plain_client(server) as client:  # as if it had ended right after withdrawing the manifest
        client.hset(KEYS.snapshots, "2-0:unfinished", 300)
        client.hdel(KEYS.snapshots, "2-0")
    await saved(snapshots, 3)
    assert not any(":2-0:" in key for key in keys_left(server))


async def test_what_is_published_while_it_is_dropped_stays(
    server: EmbeddedServer, snapshots: RedisSnapshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reply to its publishing was lost, and the command itself was late."""
    await snapshots.begin("3-0")
    await snapshots.put("3-0", 0, b"chunk")
    fields = await snapshots._fields()

    async def before_it_came() -> dict[str, bytes]:
        await snapshots.publish("3-0", b"manifest")
        return fields

    monkeypatch.setattr(snapshots, "_fields", before_it_came)
    await snapshots.discard("3-0")
    monkeypatch.undo()
    assert await snapshots.manifests() == [("3-0", b"manifest")]
    assert await snapshots.chunk("3-0", 0) == b"chunk"


async def test_what_is_read_back_differently_is_not_published(
    snapshots: RedisSnapshots, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = snapshots.put

    async def torn(record_id: str, number: int, chunk: bytes) -> None:
        await put(record_id, number, chunk[:-1])

    monkeypatch.setattr(snapshots, "put", torn)
    with pytest.raises(BadSnapshot, match="chunk 0 is torn"):
        await saved(snapshots, 1)
    assert keys_left(server) == set()


async def test_a_manifest_that_nobody_can_read_is_dropped_with_all_its_chunks(
    snapshots: RedisSnapshots, server: EmbeddedServer
) -> None:
    await saved(snapshots, 1)
    with plain_client(server) as client:
        client.hset(KEYS.snapshots, "1-0", b"\xc1")
    await saved(snapshots, 2)
    await saved(snapshots, 3)
    assert not any(":1-0:" in key for key in keys_left(server))


async def test_when_the_server_has_no_room_nothing_is_left_behind(
    snapshots: RedisSnapshots, server: EmbeddedServer
) -> None:
    with plain_client(server) as client:
        used: Any = client.info("memory")
        client.config_set("maxmemory", used["used_memory"] + 200_000)
        try:
            with pytest.raises(StoreUnavailable, match="OOM"):
                await saved(snapshots, 20)
        finally:
            client.config_set("maxmemory", 0)
    assert keys_left(server) == set()


async def test_a_lost_reply_leaves_nothing_that_counts(
    server: EmbeddedServer, short_path: Path
) -> None:
    async with LossyProxy(server, short_path) as proxy:
        snapshots = RedisSnapshots(Endpoint(proxy.url, timeout_s=2.0), KEYS)
        proxy.lose_reply_to = b":snapshot:"
        with pytest.raises(StoreUnavailable):
            await saved(snapshots, 1)
        assert await snapshots.manifests() == []
        await saved(snapshots, 1)
        await snapshots.close()
    manifest = manifest_of(state_of(1), Tail(epoch=1), "1-0")
    ((record_id, data),) = [("1-0", plain_client(server).hget(KEYS.snapshots, "1-0"))]
    assert decode_manifest(record_id, data).checksums == manifest.checksums
