"""A service that restarts from a snapshot, on real servers: the journal before it is gone."""

from __future__ import annotations

import pytest

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.snapshots import RedisSnapshots
from adapters.redis.wire import Endpoint
from router import events as ev
from router.errors import JournalTrimmed
from router.record import decode_record
from router.recovery import Tail
from router.snapshot.store import save_state
from tests.tenant import Journaled, Notes, Tenant, running_service

LOGIN = {"type": "agent_login", "agent_id": "ann", "inbox": "desk"}


@pytest.fixture
def tenant(server: EmbeddedServer) -> Tenant:
    return Tenant(server)


async def some_traffic(server: EmbeddedServer, tenant: Tenant) -> None:
    creates = [{"type": "create", "interaction_id": f"i{n}", "channel": "chat"} for n in range(9)]
    async with running_service(server.url):
        (*_, last) = tenant.send(LOGIN, *creates)
        await tenant.until_consumed(last)


async def snapshot(server: EmbeddedServer, tenant: Tenant) -> str:
    """Take a snapshot of the journal's last record, as somebody would who follows it."""
    engine, tail = tenant.journal().fold(), Tail()
    for _, fields in tenant.client.xrange(tenant.keys.journal):
        tail = tail.after(decode_record(fields[b"r"]), fields[b"r"])
    record_id = tenant.journal().ids[-1]
    snapshots = RedisSnapshots(Endpoint(server.url), tenant.keys)
    assert await save_state(snapshots, engine.state, tail, record_id, "0")
    await snapshots.close()
    return record_id


async def test_it_goes_on_where_it_was_though_the_journal_is_trimmed(
    server: EmbeddedServer, tenant: Tenant
) -> None:
    await some_traffic(server, tenant)
    record_id = await snapshot(server, tenant)
    whole = tenant.client.xrange(tenant.keys.journal)
    tenant.client.xtrim(tenant.keys.journal, minid=record_id, approximate=False)
    assert tenant.journal().ids == [record_id]

    notes = Notes()
    async with running_service(server.url, notes=notes, policy=None) as (service, _):
        assert (notes.restored_from, notes.replays) == ([record_id], 1), "and our own takeover"
        assert service._tail.journal_bytes > sum(len(fields[b"r"]) for _, fields in whole)
        offer = next(message for message in tenant.work() if message["type"] == "offer")
        accept = {"type": "accept", "offer_id": offer["offer_id"], "agent_id": "ann"}
        (accepted,) = tenant.send(accept)
        await tenant.until_consumed(accepted)
        live = service.engine.state_bytes()
    every_record = [*whole, *tenant.client.xrange(tenant.keys.journal, min=f"({record_id}")]
    assert Journaled(every_record).fold().state_bytes() == live
    assert Journaled(every_record).of(ev.OfferAccepted)


async def test_a_torn_snapshot_before_a_whole_journal_does_no_harm(
    server: EmbeddedServer, tenant: Tenant
) -> None:
    async with running_service(server.url):
        (*_, last) = tenant.send(
            LOGIN, {"type": "create", "interaction_id": "i", "channel": "chat"}
        )
        await tenant.until_consumed(last)
    record_id = await snapshot(server, tenant)
    tenant.client.setrange(tenant.keys.chunk(record_id, 0), 20, b"torn")
    notes = Notes()
    async with running_service(server.url, notes=notes) as (service, _):
        assert [name for name, _ in notes.refused] == [record_id]
        assert "torn" in notes.refused[0][1]
        assert service.engine.state_bytes() == tenant.journal().fold().state_bytes()


async def test_a_torn_snapshot_behind_which_the_journal_is_trimmed_stops_the_router(
    server: EmbeddedServer, tenant: Tenant
) -> None:
    async with running_service(server.url):
        (*_, last) = tenant.send(
            LOGIN, {"type": "create", "interaction_id": "i", "channel": "chat"}
        )
        await tenant.until_consumed(last)
    record_id = await snapshot(server, tenant)
    tenant.client.xtrim(tenant.keys.journal, minid=record_id, approximate=False)
    tenant.client.delete(tenant.keys.chunk(record_id, 0))
    with pytest.raises(JournalTrimmed, match=record_id):
        async with running_service(server.url):
            pass
