"""Acknowledged records that a promoted replica lacks: written again, or told of exactly."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.journal_reader import RedisJournalReader
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from adapters.verify.stream import check_stream
from router import events as ev
from router.errors import Fenced, RecordsLost
from router.follower import Follower
from router.recent import Recent
from router.service import Service
from tests.failover import Pair, replicated
from tests.servers import PRODUCTS, plain_client
from tests.tenant import Notes, Tenant, running_service

pytestmark = [pytest.mark.servers, pytest.mark.timeout(120)]

LOGIN = {"type": "agent_login", "agent_id": "ann", "inbox": "desk"}


def create(name: str, channel: str = "chat") -> dict[str, Any]:
    return {"type": "create", "interaction_id": name, "channel": channel}


@pytest.fixture(params=PRODUCTS)
async def pair(request: pytest.FixtureRequest, short_path: Path) -> AsyncIterator[Pair]:
    async with replicated(request.param, short_path) as pair:
        yield pair


def raw_journal(server: EmbeddedServer) -> list[Any]:
    with plain_client(server) as client:
        found: list[Any] = client.xrange("onequeue:{t}:journal")
        return found


def check(server: EmbeddedServer) -> None:
    with plain_client(server) as client:
        report = check_stream(client, "t")
    assert not report.violations


async def work_on(tenant: Tenant, names: list[str], service: Service | None = None) -> None:
    """Let interactions arrive one by one, each with a record of its own; and wait until the service
    knows that these stand."""
    for name in names:
        (entry_id,) = tenant.send(create(name))
        await tenant.until_consumed(entry_id)
    if service is not None:
        await tenant.until(lambda: service.position == entry_id)


async def test_what_a_promoted_replica_lacks_is_written_again(pair: Pair) -> None:
    notes = Notes()
    before, after = Tenant(pair.primary), Tenant(pair.replica)
    async with running_service(pair.address.url, notes=notes) as (service, _):
        before.send(LOGIN)
        await work_on(before, ["i0"])
        await pair.lag()
        await work_on(before, [f"i{n}" for n in range(1, 20)], service)
        acknowledged, told = raw_journal(pair.primary), before.work()
        pair.fail_over()
        await work_on(after, ["last"])
        await after.until(lambda: after.journal().of(ev.RecordsRestored))
        live = service.engine.state_bytes()
    found = raw_journal(pair.replica)
    assert found[: len(acknowledged)] == acknowledged
    assert after.work() == told
    journal = after.journal()
    assert journal.fold().state_bytes() == live
    names = [event.interaction_id for event in journal.of(ev.InteractionCreated)]
    assert names == [*(f"i{n}" for n in range(20)), "last"]
    (restored,) = notes.written_again
    assert restored.last == acknowledged[-1][0].decode()
    assert restored.records >= 19
    assert list(restored.created) == names[1:-1]
    (event,) = journal.of(ev.RecordsRestored)
    assert (event.first, event.last, event.count) == restored[:3]
    assert notes.lost == []
    check(pair.replica)


async def test_an_idle_router_notices_too(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.service.UPKEEP_S", 0.05)
    before, after = Tenant(pair.primary), Tenant(pair.replica)
    async with running_service(pair.address.url):
        await pair.lag()
        await work_on(before, ["i0", "i1"])
        pair.fail_over()
        await after.until(lambda: after.journal().of(ev.RecordsRestored))
    created = after.journal().of(ev.InteractionCreated)
    assert [event.interaction_id for event in created] == ["i0", "i1"]


async def test_a_lead_that_the_replica_has_not_heard_of_is_written_again(pair: Pair) -> None:
    before, after = Tenant(pair.primary), Tenant(pair.replica)
    async with running_service(pair.address.url):
        await work_on(before, ["i0"])
        await pair.until_synced()
    await pair.lag()
    notes = Notes()
    async with running_service(pair.address.url, notes=notes, policy=None):
        await work_on(before, ["i1"])
        acknowledged = raw_journal(pair.primary)
        pair.fail_over()
        await work_on(after, ["i2"])
    assert raw_journal(pair.replica)[: len(acknowledged)] == acknowledged
    assert notes.written_again[0].first == "2-0"
    check(pair.replica)


async def test_a_standby_writes_again_what_its_leader_cannot(pair: Pair) -> None:
    """The leader dies with the primary; nobody but the standby has read its last records."""
    before, after, notes = Tenant(pair.primary), Tenant(pair.replica), Notes()
    follower = Follower(Notes(), Recent())
    reader = RedisJournalReader(Endpoint(pair.address.url), before.keys)
    async with running_service(pair.address.url, stop=False) as (service, _):
        before.send(LOGIN)
        await work_on(before, ["i0"])
        await pair.until_synced()
        await pair.lag()
        await work_on(before, ["i1", "i2"], service)
        await follower.begin(reader, None)
        acknowledged = raw_journal(pair.primary)
    await reader.close()
    pair.fail_over()
    async with running_service(pair.address.url, notes=notes, policy=None, follower=follower):
        await work_on(after, ["last"])
    assert raw_journal(pair.replica)[: len(acknowledged)] == acknowledged
    (restored,) = notes.written_again
    assert list(restored.created) == ["i1", "i2"]
    offers = [event.offer_id for event in after.journal().of(ev.OfferIssued)]
    assert len(offers) == len(set(offers))


async def test_replies_that_are_lost_meanwhile_repeat_nothing(pair: Pair) -> None:
    notes = Notes()
    before, after = Tenant(pair.primary), Tenant(pair.replica)
    async with running_service(pair.address.url, notes=notes) as (service, _):
        before.send(LOGIN)
        await pair.lag()
        await work_on(before, [f"i{n}" for n in range(30)], service)
        acknowledged, told = raw_journal(pair.primary), before.work()
        pair.address.lose_replies = 6
        pair.fail_over()
        await work_on(after, ["last"])
    assert raw_journal(pair.replica)[: len(acknowledged)] == acknowledged
    assert after.work() == told
    (restored,) = notes.written_again
    assert len(restored.created) == 30
    check(pair.replica)


async def test_a_second_failover_during_the_repair_is_repaired_with_it(pair: Pair) -> None:
    """The replica loses again what was restored, as a second one would that had lagged too."""
    notes = Notes()
    before, after = Tenant(pair.primary), Tenant(pair.replica)
    async with running_service(pair.address.url, notes=notes):
        await work_on(before, ["i0"])
        await pair.lag()
        await work_on(before, [f"i{n}" for n in range(1, 6)])
        pair.promote()
        lagging = after.client.dump(after.keys.journal)
        pair.address.switch(pair.replica)
        await work_on(after, ["i6"])
        await after.until(lambda: after.journal().of(ev.RecordsRestored))
        after.client.restore(after.keys.journal, 0, lagging, replace=True)
        await work_on(after, ["i7"])
        await after.until(lambda: after.journal().of(ev.RecordsRestored)[1:])
    created = [event.interaction_id for event in after.journal().of(ev.InteractionCreated)]
    assert created == [f"i{n}" for n in range(8)]
    assert len(notes.written_again) == 2


async def test_more_than_is_remembered_ends_the_service(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.persistence.Recent", partial(Recent, 3))
    notes = Notes()
    before = Tenant(pair.primary)
    async with running_service(pair.address.url, notes=notes, stop=False) as (service, running):
        await pair.lag()
        last_known = raw_journal(pair.primary)[-1][0].decode()
        await work_on(before, [f"i{n}" for n in range(6)], service)
        acknowledged = [entry_id.decode() for entry_id, _ in raw_journal(pair.primary)]
        pair.fail_over()
        Tenant(pair.replica).send(create("last"))
        with pytest.raises(RecordsLost) as caught:
            await running
    error = caught.value
    assert (error.found, error.known, error.ours) == (
        last_known, acknowledged[-3], acknowledged[-1],
    )  # fmt: skip
    assert raw_journal(pair.replica)[-1][0].decode() == last_known
    (lost,) = notes.lost
    assert list(lost.created) == ["i3", "i4", "i5"]


@pytest.mark.parametrize("shares_epoch", [False, True])
async def test_who_was_replaced_says_what_the_journal_lacks(
    pair: Pair, *, shares_epoch: bool
) -> None:
    """Another router has taken the lead on the promoted replica before we could repair it."""
    notes = Notes()
    before, after = Tenant(pair.primary), Tenant(pair.replica)
    if shares_epoch:
        async with running_service(pair.address.url):
            await work_on(before, ["i0"])
        await pair.lag()
    async with running_service(pair.address.url, notes=notes, stop=False) as (service, running):
        if not shares_epoch:
            await work_on(before, ["i0"])
            await pair.lag()
        before.send(LOGIN)
        await work_on(before, ["i1", "i2"], service)
        await before.until(lambda: len(before.work()) >= 3)
        issued = [event.offer_id for event in before.journal().of(ev.OfferIssued)]
        pair.address.refusing = True
        pair.promote()
        if shares_epoch:
            # without it nothing tells the other that epochs may be missing
            after.client.delete(after.keys.began)
        async with running_service(pair.replica.url, policy=None):
            await work_on(after, ["other"])
        pair.address.refusing = False
        pair.address.switch(pair.replica)
        with pytest.raises(Fenced):
            await running
    (lost,) = notes.lost
    assert list(lost.created) == ["i1", "i2"]
    assert set(lost.issued) <= set(issued)
    assert lost.issued
    assert notes.written_again == []
    check(pair.replica)


async def test_a_standby_says_what_the_journal_has_gone_on_without(pair: Pair) -> None:
    """The leader dies with the primary, and another router leads that had read less."""
    before, after, notes = Tenant(pair.primary), Tenant(pair.replica), Notes()
    recent = Recent()
    async with running_service(pair.address.url, stop=False) as (service, _):
        await work_on(before, ["i0"])
        await pair.lag()
        await work_on(before, ["i1", "i2"], service)
        async with following(pair, notes, recent):
            pass
    assert notes.lost == []
    pair.fail_over()
    async with running_service(pair.address.url, policy=None):
        await work_on(after, ["other"])
    for _ in range(2):
        async with following(pair, notes, recent) as follower:
            assert follower.last_id == raw_journal(pair.replica)[-1][0].decode()
    (lost,) = notes.lost
    assert list(lost.created) == ["i1", "i2"]


@asynccontextmanager
async def following(pair: Pair, notes: Notes, recent: Recent) -> AsyncIterator[Follower]:
    """A standby that has caught up, and remembers what it has read."""
    reader = RedisJournalReader(Endpoint(pair.address.url), Keys("t"))
    follower = Follower(notes, recent)
    try:
        await follower.begin(reader, None)
        yield follower
    finally:
        await reader.close()


async def test_epochs_that_a_promoted_replica_may_have_missed_do_not_come_again(
    pair: Pair,
) -> None:
    """Nobody remembers the lost lead, but gateways may still hold its offers."""
    before, after = Tenant(pair.primary), Tenant(pair.replica)
    async with running_service(pair.address.url):
        await work_on(before, ["i0"])
    await pair.lag()
    async with running_service(pair.address.url, policy=None):
        before.send(LOGIN)
        await before.until(lambda: before.journal().of(ev.OfferIssued))
    lost = {event.offer_id for event in before.journal().of(ev.OfferIssued)}
    pair.fail_over()
    async with running_service(pair.address.url, policy=None):
        after.send(LOGIN)
        await after.until(lambda: after.journal().of(ev.OfferIssued))
    issued = {event.offer_id for event in after.journal().of(ev.OfferIssued)}
    assert not issued & lost
    epochs = [event.epoch for event in after.journal().of(ev.LeaderStarted)]
    assert epochs == [1, 1_002]
    async with running_service(pair.address.url, policy=None):
        pass
    assert after.journal().of(ev.LeaderStarted)[-1].epoch == 1_003
    check(pair.replica)


async def test_an_epoch_of_which_nothing_stands_is_told(server: EmbeddedServer) -> None:
    tenant, notes = Tenant(server), Notes()
    async with running_service(server.url):
        await work_on(tenant, ["i0"])
    last = raw_journal(server)[-1][0].decode()
    tenant.client.set(tenant.keys.began, "7")
    async with running_service(server.url, policy=None, notes=notes):
        pass
    assert notes.epochs_lost == [(last, 7)]
    assert notes.epochs == [8]
