"""The service on real servers: commands in, record and work out, and the same state again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.journal import RedisJournal
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from router import events as ev
from router import limits
from router.errors import CorruptJournal, Fenced, JournalGone
from router.intake import IntakeLimits
from router.policy import default_policy
from tests.tenant import POLICY, Notes, Tenant, running_service

LOGIN = {"type": "agent_login", "agent_id": "ann", "inbox": "desk"}


def create(name: str, channel: str = "chat") -> dict[str, Any]:
    return {"type": "create", "interaction_id": name, "channel": channel}


@pytest.fixture
def tenant(server: EmbeddedServer) -> Tenant:
    return Tenant(server)


async def test_fresh_tenant_gets_the_default_policy(server: EmbeddedServer, tenant: Tenant) -> None:
    async with running_service(server.url, policy=None):
        await tenant.until(lambda: len(tenant.journal().records) == 2)
    started, replaced = tenant.journal().events
    assert isinstance(started, ev.LeaderStarted)
    assert isinstance(replaced, ev.PolicyReplaced)
    assert replaced.policy == default_policy().model_dump(mode="json")


async def test_expressions_that_fail_are_told_once(server: EmbeddedServer, tenant: Tenant) -> None:
    notes = Notes()
    async with running_service(server.url, notes=notes):
        sent = tenant.send(
            LOGIN,
            create("one") | {"requirements": [{"expression": "agent.tier > 1"}]},
            LOGIN | {"attributes": {"tier": "two"}},
            create("two"),
        )
        await tenant.until_consumed(sent[-1])
    assert [offer.interaction_id for offer in tenant.journal().of(ev.OfferIssued)] == ["two"]
    assert notes.expression_faults == 2


async def test_from_create_to_completed(server: EmbeddedServer, tenant: Tenant) -> None:
    notes = Notes()
    async with running_service(server.url, notes=notes) as (service, _):
        sent = tenant.send(LOGIN, create("one"))
        await tenant.until(lambda: tenant.work())
        offer = tenant.work()[-1]
        assert (offer["type"], offer["interaction_id"]) == ("offer", "one")
        (accepted,) = tenant.send(
            {"type": "accept", "offer_id": offer["offer_id"], "agent_id": "ann"}
        )
        await tenant.until_consumed(accepted)
        (done,) = tenant.send({"type": "complete", "interaction_id": "one", "agent_id": "ann"})
        await tenant.until_consumed(done)
        live = service.engine.state_bytes()
    journal = tenant.journal()
    assert [message["type"] for message in tenant.work()][-3:] == ["offer", "assigned", "released"]
    (created,) = journal.of(ev.InteractionCreated)
    assert created.cause == sent[1]
    assert journal.fold().state_bytes() == live
    assert journal.records[-1].position == done
    assert sum(record.consumed for record in journal.records) == 4
    assert [record.now_ms for record in journal.records] == sorted(
        record.now_ms for record in journal.records
    )
    assert all(took_s >= 0 for took_s in notes.took_s)
    assert notes.epochs == [1]


async def test_timers_fire_without_any_command(server: EmbeddedServer, tenant: Tenant) -> None:
    async with running_service(server.url):
        tenant.send(LOGIN, create("one", "flash"))
        await tenant.until(lambda: tenant.journal().of(ev.AgentNotResponding))
    (issued,) = tenant.journal().of(ev.OfferIssued)
    (expired,) = tenant.journal().of(ev.OfferExpired)
    assert expired.offer_id == issued.offer_id
    late = next(r for r in tenant.journal().records if expired in r.events)
    assert 0 <= late.now_ms - issued.expires_ms < 20_000


async def test_many_commands_come_in_bounded_batches(
    server: EmbeddedServer, tenant: Tenant
) -> None:
    (*_, last) = tenant.send(*(create(f"i{n}") for n in range(1_500)))
    async with running_service(server.url):
        await tenant.until_consumed(last)
    journal = tenant.journal()
    assert len(journal.of(ev.InteractionCreated)) == 1_500
    assert max(record.consumed for record in journal.records) <= limits.BATCH_COMMANDS_MAX
    assert len(journal.records) < 20


async def test_bad_entries_are_answered_and_kept_as_dead_letters(
    server: EmbeddedServer, tenant: Tenant
) -> None:
    tenant.client.xadd(tenant.keys.inbound, {"m": b"\xc1garbage"})
    tenant.client.xadd(tenant.keys.inbound, {"m": bytes(10 * 1024**2)})
    tenant.client.xadd(tenant.keys.inbound, {"a": "1", "b": "2"})
    (last,) = tenant.send(create("good"))
    async with running_service(server.url):
        await tenant.until_consumed(last)
    codes = [event.code for event in tenant.journal().of(ev.Rejected)]
    assert codes == ["malformed", "too_large", "malformed"]
    assert len(tenant.journal().of(ev.InteractionCreated)) == 1
    letters = tenant.client.xrange(tenant.keys.dead_letter)
    assert [fields[b"code"].decode() for _, fields in letters] == codes
    assert all(len(f[b"payload"]) <= limits.DEAD_LETTER_PAYLOAD_BYTES for _, f in letters)


async def test_entry_from_the_future_arrives_now(server: EmbeddedServer, tenant: Tenant) -> None:
    tenant.client.xadd(
        tenant.keys.inbound,
        {"j": '{"type":"create","interaction_id":"x","channel":"chat"}'},
        id="99999999999999-0",
    )
    async with running_service(server.url):
        await tenant.until(lambda: tenant.journal().of(ev.InteractionCreated))
    (created,) = tenant.journal().of(ev.InteractionCreated)
    assert created.created_ms <= tenant.journal().records[-1].now_ms < 99_999_999_999_999


class TestRestart:
    async def test_state_comes_back_and_open_offers_are_sent_again(
        self, server: EmbeddedServer, tenant: Tenant
    ) -> None:
        async with running_service(server.url) as (service, _):
            (*_, last) = tenant.send(LOGIN, create("one"), create("two"))
            await tenant.until_consumed(last)
            before = service.engine.state_bytes()
            assert tenant.journal().fold().state_bytes() == before
        first = [m for m in tenant.work() if m["type"] == "offer"]
        notes = Notes()
        async with running_service(server.url, notes=notes):
            await tenant.until(lambda: len(_offers(tenant)) == 2 * len(first))
            (last,) = tenant.send(create("three"))
            await tenant.until_consumed(last)
        assert {m["offer_id"] for m in _offers(tenant)[: len(first)]} == {
            m["offer_id"] for m in _offers(tenant)[len(first) : 2 * len(first)]
        }
        assert notes.replays == len([i for i in tenant.journal().ids if i.startswith("1-")]) + 1
        issued = tenant.journal().of(ev.OfferIssued)
        assert len({e.offer_id for e in issued}) == len(issued)
        assert len(tenant.journal().of(ev.PolicyReplaced)) == 1

    async def test_cut_off_at_any_moment_nothing_is_lost_or_done_twice(
        self, server: EmbeddedServer, tenant: Tenant
    ) -> None:
        names = [f"i{n}" for n in range(120)]
        for begin in range(0, 120, 10):
            async with running_service(server.url, stop=False):
                tenant.send(*(create(name) for name in names[begin : begin + 10]))
                for _ in range(begin):
                    await asyncio.sleep(0)
        (last,) = tenant.send(LOGIN)
        async with running_service(server.url) as (service, _):
            await tenant.until_consumed(last)
            live = service.engine.state_bytes()
        journal = tenant.journal()
        assert [e.interaction_id for e in journal.of(ev.InteractionCreated)] == names
        assert journal.of(ev.Repeated) == []
        assert journal.fold().state_bytes() == live

    async def test_another_policy_replaces_the_one_in_force(
        self, server: EmbeddedServer, tenant: Tenant
    ) -> None:
        async with running_service(server.url):
            await tenant.until(lambda: tenant.journal().of(ev.PolicyReplaced))
        async with running_service(server.url, policy=POLICY | {"name": "next"}):
            await tenant.until(lambda: len(tenant.journal().of(ev.PolicyReplaced)) == 2)
        async with running_service(server.url, policy=None) as (service, _):
            assert service.engine.state.policy["name"] == "next"
            (last,) = tenant.send(create("one"))
            await tenant.until_consumed(last)
        assert [e.version for e in tenant.journal().of(ev.PolicyReplaced)] == [1, 2]

    async def test_a_policy_is_answered_when_all_that_waits_is_ready_for_it(
        self, server: EmbeddedServer, tenant: Tenant
    ) -> None:
        change = {"type": "replace_policy", "policy": POLICY | {"capacity": 900}}
        async with running_service(server.url) as (service, _):
            (*_, last) = tenant.send(*(create(f"i{n}") for n in range(600)))
            await tenant.until_consumed(last)
            tenant.send({**change, "reply_to": "admin"}, create("late"))
            await tenant.until(lambda: tenant.work("admin"))
            live = service.engine.state_bytes()
        (answer,) = tenant.work("admin")
        assert (answer["type"], answer["command"]) == ("confirmed", "replace_policy")
        journal = tenant.journal()
        kinds = [type(event) for event in journal.events if not isinstance(event, ev.Rejected)]
        assert kinds.index(ev.PolicyAnnounced) < kinds.index(ev.Confirmed)
        assert [event.version for event in journal.of(ev.PolicyReplaced)] == [1, 2]
        assert len(journal.of(ev.InteractionCreated)) == 601
        assert journal.fold().state_bytes() == live

    async def test_stopped_service_says_nothing_more(
        self, server: EmbeddedServer, tenant: Tenant
    ) -> None:
        async with running_service(server.url):
            await tenant.until(lambda: tenant.journal().of(ev.PolicyReplaced))
        count = len(tenant.journal().records)
        tenant.send(create("one"))
        await asyncio.sleep(0.05)
        assert len(tenant.journal().records) == count


class TestEndOfLeading:
    async def test_replaced_while_busy(self, server: EmbeddedServer, tenant: Tenant) -> None:
        async with running_service(server.url, stop=False) as (_, running):
            await tenant.until(lambda: tenant.journal().of(ev.PolicyReplaced))
            rival = RedisJournal(Endpoint(server.url), Keys("t"))
            assert await rival.take_lead("rival", "0") == 2
            await rival.close()
            tenant.send(create("one"))
            with pytest.raises(Fenced):
                await running
        assert tenant.journal().of(ev.InteractionCreated) == []

    async def test_replaced_while_idle(self, server: EmbeddedServer, tenant: Tenant) -> None:
        async with running_service(server.url, stop=False) as (_, running):
            await tenant.until(lambda: tenant.journal().of(ev.PolicyReplaced))
            rival = RedisJournal(Endpoint(server.url), Keys("t"))
            await rival.take_lead("rival", "0")
            await rival.close()
            with pytest.raises(Fenced):
                await running

    async def test_journal_gone(self, server: EmbeddedServer, tenant: Tenant) -> None:
        async with running_service(server.url, stop=False) as (_, running):
            await tenant.until(lambda: tenant.journal().of(ev.PolicyReplaced))
            tenant.client.delete(tenant.keys.journal)
            tenant.send(create("one"))
            with pytest.raises(JournalGone):
                await running
        assert not tenant.client.exists(tenant.keys.journal)

    @pytest.mark.parametrize("victim", [1, 2, -1])
    async def test_tampered_journal_is_not_followed(
        self, server: EmbeddedServer, tenant: Tenant, victim: int
    ) -> None:
        async with running_service(server.url):
            for name in ("one", "two", "three"):
                (last,) = tenant.send(create(name))
                await tenant.until_consumed(last)
        entries = tenant.client.xrange(tenant.keys.journal)
        tenant.client.delete(tenant.keys.journal)
        del entries[victim - 1 if victim < 0 else victim]
        for entry_id, fields in entries:
            tenant.client.xadd(tenant.keys.journal, fields, id=entry_id)
        with pytest.raises(CorruptJournal):
            async with running_service(server.url):
                pass


class TestJournalLimit:
    async def test_full_journal_refuses_new_interactions_and_nothing_else(
        self, server: EmbeddedServer, tenant: Tenant
    ) -> None:
        async with running_service(server.url, intake=IntakeLimits(3_000)):
            (*_, last) = tenant.send(*(create(f"i{n}") for n in range(100)))
            await tenant.until_consumed(last)
            await tenant.until(lambda: tenant.journal().of(ev.IntakeChanged))
            (last,) = tenant.send(create("late"))
            await tenant.until_consumed(last)
            (last,) = tenant.send(LOGIN)
            await tenant.until_consumed(last)
        (closed,) = tenant.journal().of(ev.IntakeChanged)
        assert not closed.open
        assert closed.reason.startswith("journal is full: ")
        refused = tenant.journal().of(ev.Rejected)
        assert {event.code for event in refused} == {"intake_closed"}
        assert refused[-1].target == "late"
        assert len(tenant.journal().of(ev.InteractionCreated)) + len(refused) == 101
        assert tenant.journal().of(ev.AgentLoggedIn)
        async with running_service(server.url, intake=IntakeLimits(10**9)):
            await tenant.until(lambda: len(tenant.journal().of(ev.IntakeChanged)) == 2)
            (last,) = tenant.send(create("again"))
            await tenant.until_consumed(last)
        assert tenant.journal().of(ev.IntakeChanged)[1].open
        assert tenant.journal().of(ev.InteractionCreated)[-1].interaction_id == "again"


class TestBacklog:
    async def test_a_flood_is_refused_and_answers_in_it_are_not(
        self, server: EmbeddedServer, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("router.service.UPKEEP_S", 0.02)
        notes, most = Notes(), IntakeLimits(inbound_entries=2_000)
        flood = [create(f"i{n}") | {"reply_to": "gate", "command_id": f"{n}"} for n in range(9_000)]
        async with running_service(server.url, notes=notes, intake=most) as (service, _):
            tenant.send(LOGIN, create("one"))
            await tenant.until(lambda: tenant.work())
            offer = next(m for m in tenant.work() if m["type"] == "offer")
            accept = {"type": "accept", "offer_id": offer["offer_id"], "agent_id": "ann"}
            (*_, last) = tenant.send(*flood, accept)
            await tenant.until_consumed(last)
            await tenant.until(lambda: service.engine.state.intake_open)
            (last,) = tenant.send(create("after"))
            await tenant.until_consumed(last)
        journal = tenant.journal()
        created = {event.interaction_id for event in journal.of(ev.InteractionCreated)}
        refused = journal.of(ev.Rejected)
        assert {(event.code, event.retry_after_ms) for event in refused} == {("overloaded", 5_000)}
        assert created.isdisjoint(event.target for event in refused)
        assert len(created) + len(refused) == 9_002
        answers = [m for m in tenant.work("gate") if m["type"] == "rejected"]
        assert [m["command_id"] for m in answers] == [event.command_id for event in refused]
        assert {m["retry_after_ms"] for m in answers} == {5_000}
        assert journal.of(ev.OfferAccepted)
        closed, opened = journal.of(ev.IntakeChanged)
        assert (closed.open, closed.code, opened.open) == (False, "overloaded", True)
        assert max(entries for entries, _ in notes.backlogs) > 2_000


def _offers(tenant: Tenant) -> list[dict[str, Any]]:
    return [message for message in tenant.work() if message["type"] == "offer"]
