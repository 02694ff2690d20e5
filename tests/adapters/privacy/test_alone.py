"""Two erasures of a tenant at once: one after the other, and neither costs a record."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import structlog

from adapters.audit.entry import Actor, AuditEntry
from adapters.privacy import alone
from adapters.privacy.alone import ErasureRuns, only_erasure
from adapters.privacy.forgetting import ForgetOrder, forget
from adapters.privacy.rewriting import rewrite_stream
from adapters.privacy.subject import Subject
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from router.errors import StoreUnavailable
from tests.servers import plain_client

pytestmark = pytest.mark.servers
KEYS = Keys("t")
ENTRIES = 3_000


def filled(client: Any) -> list[bytes]:
    """A long work stream, of which something was deleted."""
    pipeline = client.pipeline(transaction=False)
    for number in range(ENTRIES):
        pipeline.xadd(KEYS.work("desk"), {"j": f'{{"customer_id": "c-{number % 3}"}}'})
    ids: list[bytes] = list(pipeline.execute())
    client.xdel(KEYS.work("desk"), ids[0])
    return ids[1:]


def erasing(server: EmbeddedServer, customer: str) -> Any:
    order = ForgetOrder(
        endpoint=Endpoint(server.url),
        keys=KEYS,
        archive=None,
        audit=None,
        audit_entry=AuditEntry(actor=Actor("test"), action="forget", resource="customer"),
        release="test",
    )
    subject = Subject(customer_id=customer, interactions=[])
    return forget(order, subject, structlog.get_logger(), lambda _step: None)


async def test_two_at_once_cost_no_entry(server: EmbeddedServer) -> None:
    with plain_client(server) as client:
        ids = filled(client)
        await asyncio.gather(erasing(server, "c-1"), erasing(server, "c-2"))
        entries = client.xrange(KEYS.work("desk"))
        assert [entry_id for entry_id, _ in entries] == ids
        left = {fields[b"j"] for _, fields in entries}
        assert not any(b"c-1" in data or b"c-2" in data for data in left)
        assert any(b"c-0" in data for data in left)
        assert not client.exists(KEYS.forgetting)


async def test_one_that_lost_its_lease_replaces_nothing(server: EmbeddedServer) -> None:
    with plain_client(server) as client:
        ids, key = filled(client), KEYS.work("desk")
        wire = Endpoint(server.url).wire("test")
        looked_at = 0
        taken_over: list[asyncio.Task[Any]] = []

        def change(_id: str, fields: dict[bytes, bytes]) -> dict[bytes, bytes]:
            nonlocal looked_at
            looked_at += 1
            if looked_at == ENTRIES // 2:
                client.delete(KEYS.forgetting)
                taken_over.append(asyncio.create_task(erasing(server, "c-1")))
            return fields

        try:
            async with only_erasure(Endpoint(server.url), KEYS) as holder:
                with pytest.raises(StoreUnavailable, match="has taken over"):
                    await rewrite_stream(wire, KEYS, key, change, holder)
                await taken_over[0]
        finally:
            await wire.close()
        entries = client.xrange(key)
        assert [entry_id for entry_id, _ in entries] == ids
        assert not any(b"c-1" in fields[b"j"] for _, fields in entries)


async def test_who_waits_too_long_is_told(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alone, "LEASE_WAIT_S", 0.1)
    async with only_erasure(Endpoint(server.url), KEYS):
        with pytest.raises(ErasureRuns, match="try again afterwards"):
            await erasing(server, "c-1")


async def test_what_a_killed_one_has_left_is_dropped(server: EmbeddedServer) -> None:
    with plain_client(server) as client:
        client.xadd(KEYS.rewriting("killed"), {"x": "y"})
        async with only_erasure(Endpoint(server.url), KEYS):
            assert not client.exists(KEYS.rewriting("killed"))
