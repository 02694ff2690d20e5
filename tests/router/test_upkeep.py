"""Upkeep trims what nobody needs any more, and nothing else."""

from __future__ import annotations

import time

import pytest

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.inbound import RedisInbound
from adapters.redis.journal import RedisJournal
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from router import events as ev
from router.errors import StoreUnavailable
from router.intake import IntakeLimits
from router.limits import WORK_RETENTION_MS
from router.outage import Outage
from router.state import State
from router.upkeep import Upkeep, retention_ms
from tests.tenant import POLICY, Notes, Tenant, running_service


def test_work_is_kept_an_hour_or_twice_the_longest_offer() -> None:
    assert retention_ms(State()) == WORK_RETENTION_MS
    assert retention_ms(State(policy=POLICY)) == WORK_RETENTION_MS
    slow = POLICY | {"channels": {"letter": {"offer_ttl_s": 7_200.0}}}
    assert retention_ms(State(policy=slow)) == 14_400_000


async def test_inbound_is_trimmed_to_the_journals_position(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.service.UPKEEP_S", 0.05)
    tenant = Tenant(server)
    (*_, last) = tenant.send(*({"type": "nothing", "n": n, "pad": "x" * 500} for n in range(500)))
    async with running_service(server.url):
        await tenant.until_consumed(last)
        await tenant.until(lambda: tenant.client.xlen(tenant.keys.inbound) < 200)
        (late,) = tenant.send({"type": "nothing"})
        await tenant.until_consumed(late)
    assert len(tenant.journal().events) == 503


async def test_what_was_trimmed_does_not_count_for_the_limit(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.service.UPKEEP_S", 0.05)
    tenant = Tenant(server)
    create = {"type": "create", "channel": "chat"}
    async with running_service(server.url, intake=IntakeLimits(8_000)):
        tenant.send(*(create | {"interaction_id": f"i{n}"} for n in range(200)))
        await tenant.until(lambda: tenant.journal().of(ev.IntakeChanged))
        records = tenant.client.xrange(tenant.keys.journal)
        held = sum(len(fields[b"r"]) for _, fields in records)
        trimmed = f"{records[-2][0].decode()} {held - 1_000}"
        tenant.client.set(tenant.keys.trimmed, trimmed)
        await tenant.until(lambda: len(tenant.journal().of(ev.IntakeChanged)) == 2)
        (taken,) = tenant.send(create | {"interaction_id": "late"})
        await tenant.until_consumed(taken)
    assert tenant.journal().of(ev.IntakeChanged)[1].open
    assert tenant.journal().of(ev.InteractionCreated)[-1].interaction_id == "late"
    async with running_service(server.url, intake=IntakeLimits(8_000)):
        (taken,) = tenant.send(create | {"interaction_id": "later"})
        await tenant.until_consumed(taken)
    assert len(tenant.journal().of(ev.IntakeChanged)) == 2, "known before the first decision"


async def test_trimming_that_fails_is_told(server: EmbeddedServer) -> None:
    keys, good = Keys("t"), Endpoint(server.url)
    journal = RedisJournal(good, keys)
    await journal.take_lead("a", "1")
    inbound = RedisInbound(Endpoint("unix:///nowhere"), keys, lambda *_: None)
    notes = Notes()
    await Upkeep(journal, inbound, Outage(notes), time.monotonic).turn("1-1", 0, 0)
    (error,) = notes.errors
    assert isinstance(error, StoreUnavailable)
    await journal.close()
