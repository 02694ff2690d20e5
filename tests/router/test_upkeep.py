"""Upkeep trims what nobody needs any more, and nothing else."""

from __future__ import annotations

import time

import pytest

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.inbound import RedisInbound
from adapters.redis.journal import RedisJournal
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from router.limits import WORK_RETENTION_MS
from router.state import State
from router.upkeep import Upkeep, retention_ms
from tests.tenant import POLICY, Tenant, running_service


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


async def test_outage_is_left_to_others(server: EmbeddedServer) -> None:
    keys, good = Keys("t"), Endpoint(server.url)
    journal = RedisJournal(good, keys)
    await journal.take_lead("a", "1")
    inbound = RedisInbound(Endpoint("unix:///nowhere"), keys, lambda *_: None)
    await Upkeep(journal, inbound, time.monotonic).turn("1-1", 0, 0)
    await journal.close()
