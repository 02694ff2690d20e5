"""The service when Redis fails it, and when the engine does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.journal import RedisJournal
from router import events as ev
from router import limits
from router.engine import Engine
from router.errors import InvariantError
from router.inputs import Input
from router.ports import Appended
from tests.servers import LossyProxy
from tests.tenant import POLICY, Notes, Tenant, running_service

LOGIN = {"type": "agent_login", "agent_id": "ann", "inbox": "desk"}


def create(name: str, channel: str = "chat") -> dict[str, Any]:
    return {"type": "create", "interaction_id": name, "channel": channel}


@pytest.fixture
def tenant(server: EmbeddedServer) -> Tenant:
    return Tenant(server)


async def test_lost_replies_lose_nothing_and_repeat_nothing(
    server: EmbeddedServer, tenant: Tenant, short_path: Path
) -> None:
    notes = Notes()
    names = [f"i{n}" for n in range(200)]
    async with (
        LossyProxy(server, short_path) as proxy,
        running_service(proxy.url, notes=notes) as (service, _),
    ):
        for number, name in enumerate(names):
            proxy.losing = number % 10 == 3
            proxy.refusing = number % 10 == 7
            (last,) = tenant.send(create(name))
            await asyncio.sleep(0.002)
        proxy.losing = proxy.refusing = False
        await tenant.until_consumed(last)
        live = service.engine.state_bytes()
    journal = tenant.journal()
    assert [e.interaction_id for e in journal.of(ev.InteractionCreated)] == names
    assert journal.fold().state_bytes() == live
    assert notes.errors
    assert notes.recoveries


async def test_timers_wait_for_commands_that_may_be_unread(
    server: EmbeddedServer, tenant: Tenant, short_path: Path
) -> None:
    """An accept that came in time wins, though it could not be read until the offer was due."""
    async with LossyProxy(server, short_path) as proxy, running_service(proxy.url) as (service, _):
        tenant.send(LOGIN, create("one", "flash"))
        await tenant.until(lambda: tenant.work())
        offer = tenant.work()[-1]
        proxy.refusing = True
        tenant.send({"type": "accept", "offer_id": offer["offer_id"], "agent_id": "ann"})
        due_ms = service.engine.next_due_ms()
        assert due_ms is not None
        await tenant.until(lambda: _store_ms(tenant) > due_ms + 50)
        proxy.refusing = False
        await tenant.until(lambda: tenant.journal().of(ev.OfferAccepted))
    assert tenant.journal().of(ev.OfferExpired) == []


async def test_answer_in_a_long_backlog_is_not_overtaken_by_its_timer(
    server: EmbeddedServer, tenant: Tenant
) -> None:
    """The router was away while an offer was accepted in time, after many other commands."""
    policy = POLICY | {"channels": {"chat": {"offer_ttl_s": 1.5}, "letter": {}}}
    async with running_service(server.url, policy=policy):
        tenant.send(LOGIN, create("one"))
        await tenant.until(lambda: tenant.journal().of(ev.OfferIssued))
    offer = tenant.work()[-1]
    tenant.send(*(create(f"letter {n}", "letter") for n in range(700)))
    (accept,) = tenant.send({"type": "accept", "offer_id": offer["offer_id"], "agent_id": "ann"})
    assert int(accept.split("-")[0]) < offer["expires_ms"]
    await tenant.until(lambda: _store_ms(tenant) > offer["expires_ms"])
    async with running_service(server.url, policy=None):
        await tenant.until_consumed(accept)
    journal = tenant.journal()
    assert [event.offer_id for event in journal.of(ev.OfferAccepted)] == [offer["offer_id"]]
    assert journal.of(ev.OfferExpired) == []
    assert sum(record.consumed > 0 for record in journal.records) > 3


async def test_commands_go_on_beside_a_backlog_of_timers(
    server: EmbeddedServer, tenant: Tenant
) -> None:
    """The router was away while very much came due, and a call came in after it."""
    async with running_service(server.url):
        until_ms = _store_ms(tenant) + 1_000
        later = {"suspension": {"until_ms": until_ms}}
        (*_, last) = tenant.send(*(create(f"later {n}") | later for n in range(500)))
        await tenant.until_consumed(last)
    await tenant.until(lambda: _store_ms(tenant) > until_ms)
    tenant.send(create("call", "voice"))
    async with running_service(server.url, policy=None):
        await tenant.until(lambda: len(tenant.journal().of(ev.InteractionResumed)) == 500)
    records = tenant.journal().records
    resumed = [sum(isinstance(e, ev.InteractionResumed) for e in r.events) for r in records]
    assert max(resumed) <= limits.BATCH_TIMERS_MAX
    (call,) = (n for n, r in enumerate(records) if r.consumed and r.position > f"{until_ms}")
    assert sum(resumed[: call + 1]) < 500 == sum(resumed)


async def test_inbox_that_is_no_stream_is_reported(server: EmbeddedServer, tenant: Tenant) -> None:
    notes = Notes()
    tenant.client.set(tenant.keys.work("desk"), "no stream")
    async with running_service(server.url, notes=notes):
        (*_, last) = tenant.send(LOGIN, create("one"))
        await tenant.until_consumed(last)
        await tenant.until(lambda: notes.missed)
    assert set(notes.missed) == {"desk"}
    assert tenant.journal().of(ev.OfferIssued)


async def test_offers_are_written_again_once_their_inbox_can_be(
    server: EmbeddedServer, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.service.DELIVER_AGAIN_S", 0.05)
    desk = tenant.keys.work("desk")
    async with running_service(server.url):
        tenant.client.set(desk, "no stream")
        (last,) = tenant.send(LOGIN, create("i1"))[-1:]
        await tenant.until_consumed(last)
        tenant.client.delete(desk)
        await tenant.until(lambda: bool(tenant.client.exists(desk)))
        told = [fields[b"m"] for _, fields in tenant.client.xrange(desk)]
    assert any(b"i1" in entry for entry in told)


async def test_whatever_could_not_be_written_comes_again_as_it_was(
    server: EmbeddedServer, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.service.DELIVER_AGAIN_S", 0.05)
    desk = tenant.keys.work("desk")
    asked = {"reply_to": "desk", "command_id": "c1"}
    async with running_service(server.url):
        tenant.send(LOGIN, create("i1"))
        await tenant.until(lambda: len(tenant.work()) >= 2)
        offer = tenant.work()[-1]
        answer = {"offer_id": offer["offer_id"], "agent_id": "ann"}
        told = len(tenant.work())
        tenant.client.rename(desk, "aside")
        tenant.client.set(desk, "no stream")
        (last,) = tenant.send(
            {"type": "accept", **answer} | asked,
            {"type": "complete", "interaction_id": "i1", "agent_id": "ann"},
        )[-1:]
        await tenant.until_consumed(last)
        tenant.client.rename("aside", desk)
        await tenant.until(lambda: len(tenant.work()) >= told + 3)
    again = [entry["type"] for entry in tenant.work()[told:]]
    assert again == ["assigned", "confirmed", "released"]


async def test_offer_that_was_written_late_is_made_anew(
    server: EmbeddedServer, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An offer whose time was over before anybody could see it costs nobody their status."""
    monkeypatch.setattr("router.service.LATE_S", 0.3)
    append, late = RedisJournal.append, 0

    async def append_late_once(self: RedisJournal, data: bytes, *entries: Any) -> Appended:
        nonlocal late
        if b"offer_issued" in data and not late:
            late += 1
            await asyncio.sleep(0.5)
        return await append(self, data, *entries)

    monkeypatch.setattr(RedisJournal, "append", append_late_once)
    async with running_service(server.url):
        tenant.send(LOGIN, create("i1", "flash"))
        await tenant.until(lambda: len(tenant.journal().of(ev.OfferIssued)) >= 2)
    journal = tenant.journal()
    rescinded = journal.of(ev.OfferRescinded)[0]
    first, second, *_ = journal.of(ev.OfferIssued)
    assert (rescinded.offer_id, rescinded.reason) == (first.offer_id, "written_late")
    assert second.expires_ms > first.expires_ms + 300
    assert first.offer_id not in [event.offer_id for event in journal.of(ev.OfferExpired)]


async def test_stop_during_an_outage_ends_at_once(
    server: EmbeddedServer, tenant: Tenant, short_path: Path
) -> None:
    notes = Notes()
    async with (
        LossyProxy(server, short_path) as proxy,
        running_service(proxy.url, notes=notes) as (service, running),
    ):
        await tenant.until(lambda: tenant.journal().of(ev.PolicyReplaced))
        tenant.send(LOGIN, create("one", "flash"))
        await tenant.until(lambda: tenant.journal().of(ev.OfferIssued))
        proxy.refusing = True
        await tenant.until(lambda: len(notes.errors) >= 2)
        service.stop()
        async with asyncio.timeout(60):
            await running


class Poisoned(Engine):
    """An engine with a bug: some interactions break it, after it has changed its state."""

    always = False

    def handle(
        self, batch: Sequence[Input], now_ms: int, timers_upto_ms: int | None = None
    ) -> list[ev.Event]:
        events = super().handle(batch, now_ms, timers_upto_ms)
        for item in batch:
            if "poison" in getattr(item.command, "interaction_id", ""):
                raise ZeroDivisionError("a bug")
        if self.always and self.state.policy_version:
            raise ZeroDivisionError("a bug everywhere")
        return events


async def test_command_that_breaks_the_engine_is_refused_alone(
    server: EmbeddedServer, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.service.Engine", Poisoned)
    notes = Notes()
    (*_, last) = tenant.send(
        create("one"), create("poison 1"), create("two"), create("poison 2"), create("three")
    )
    async with running_service(server.url, notes=notes) as (service, _):
        await tenant.until_consumed(last)
        live = service.engine.state_bytes()
        (last,) = tenant.send(create("four"))
        await tenant.until_consumed(last)
    journal = tenant.journal()
    created = [e.interaction_id for e in journal.of(ev.InteractionCreated)]
    assert created == ["one", "two", "three", "four"]
    assert [(e.code, e.detail) for e in journal.of(ev.Rejected)] == [
        ("limit", "internal error"),
        ("limit", "internal error"),
    ]
    assert len(notes.bugs) == 3
    assert live != service.engine.state_bytes() == journal.fold().state_bytes()


async def test_engine_that_fails_without_a_command_ends_the_service(
    server: EmbeddedServer, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.service.Engine", Poisoned)
    async with running_service(server.url, stop=False) as (_, running):
        await tenant.until(lambda: tenant.journal().of(ev.PolicyReplaced))
        monkeypatch.setattr(Poisoned, "always", True)
        tenant.send(create("one"))
        with pytest.raises(InvariantError):
            await running
    assert tenant.journal().of(ev.InteractionCreated) == []


def _store_ms(tenant: Tenant) -> int:
    seconds, micros = tenant.client.time()
    return int(seconds) * 1_000 + int(micros) // 1_000
