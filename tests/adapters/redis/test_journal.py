"""The fence, the compare-and-append, and what becomes of an append whose reply was lost."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.journal import RedisJournal
from adapters.redis.journal_stream import last_generated_id
from adapters.redis.script import load_script
from adapters.redis.stream_ids import StreamId
from adapters.redis.wire import Endpoint, Wire
from router.errors import CorruptJournal, Fenced, JournalGone, StoreUnavailable, TailLost
from router.events import LeaderStarted
from router.ports import DeadLetter, WorkEntry
from router.record import (
    GENESIS,
    decode_record,
    record_hash,
)
from tests.journal_records import KEYS, NO_DEAD, NO_WORK, entries, erased, record
from tests.servers import plain_client


async def all_records(journal: RedisJournal) -> list[tuple[str, bytes]]:
    return [entry async for entry in journal.records()]


async def test_first_takeover_makes_the_journal(journal: RedisJournal) -> None:
    assert await journal.take_lead("router-a", "1.2.3") == 1
    ((record_id, data),) = await all_records(journal)
    first = decode_record(data)
    assert record_id == "1-0"
    assert first.prev == GENESIS
    assert first.position == "0-0"
    assert first.now_ms > 1_600_000_000_000
    assert first.events == [LeaderStarted(epoch=1, router_id="router-a", release="1.2.3")]


async def test_append_counts_up(journal: RedisJournal) -> None:
    await journal.take_lead("a", "1")
    appended = await journal.append(record(), NO_WORK, NO_DEAD)
    await journal.append(record(6), NO_WORK, NO_DEAD)
    assert appended.now_ms > 1_600_000_000_000
    assert appended.failed_inboxes == ()
    assert [record_id for record_id, _ in await all_records(journal)] == ["1-0", "1-1", "1-2"]


async def test_takeover_follows_the_last_record(journal: RedisJournal, rival: RedisJournal) -> None:
    await journal.take_lead("a", "1")
    future = 99_999_999_999_999
    await journal.append(record(future, "42-7"), NO_WORK, NO_DEAD)
    assert await rival.take_lead("b", "1") == 2
    *_, (_, before), (record_id, data) = await all_records(rival)
    taken = decode_record(data)
    assert record_id == "2-0"
    assert taken.prev == record_hash(before)
    assert taken.position == "42-7"
    assert taken.now_ms == future
    assert taken.consumed == 0


async def test_a_leader_that_was_replaced_writes_nothing(
    server: EmbeddedServer, journal: RedisJournal, rival: RedisJournal
) -> None:
    await journal.take_lead("a", "1")
    await rival.take_lead("b", "1")
    with pytest.raises(Fenced) as caught:
        await journal.append(
            record(), [WorkEntry("desk", "m", b"x")], [DeadLetter("1-1", "invalid", "d", b"p")]
        )
    assert (caught.value.ours, caught.value.found) == ("1-0", "2-0")
    assert len(entries(server, KEYS.journal)) == 2
    assert entries(server, KEYS.work("desk")) == []
    assert entries(server, KEYS.dead_letter) == []


async def test_work_and_dead_letters_are_written_with_the_record(
    server: EmbeddedServer, journal: RedisJournal
) -> None:
    await journal.take_lead("a", "1")
    work = [WorkEntry("one", "m", b"1"), WorkEntry("two", "j", b"2"), WorkEntry("one", "m", b"3")]
    await journal.append(record(), work, [DeadLetter("9-1", "malformed", "why", b"bytes")])
    assert [fields for _, fields in entries(server, KEYS.work("one"))] == [
        {b"m": b"1"},
        {b"m": b"3"},
    ]
    assert [fields for _, fields in entries(server, KEYS.work("two"))] == [{b"j": b"2"}]
    assert [fields for _, fields in entries(server, KEYS.dead_letter)] == [
        {b"inbound_id": b"9-1", b"code": b"malformed", b"detail": b"why", b"payload": b"bytes"}
    ]


async def test_lost_suffix_is_noticed(server: EmbeddedServer, journal: RedisJournal) -> None:
    await journal.take_lead("a", "1")
    await journal.append(record(), NO_WORK, NO_DEAD)
    with plain_client(server) as client:
        client.delete(KEYS.journal)
        client.xadd(KEYS.journal, {"r": record()}, id="1-0")
    with pytest.raises(TailLost) as caught:
        await journal.append(record(), NO_WORK, NO_DEAD)
    assert (caught.value.ours, caught.value.found) == ("1-1", "1-0")
    with pytest.raises(TailLost):
        await journal.check_lead()
    with pytest.raises(TailLost):
        await all_records(journal)


async def test_a_last_record_from_which_data_was_erased_is_still_ours(
    server: EmbeddedServer, journal: RedisJournal
) -> None:
    await journal.take_lead("a", "1")
    await journal.append(data := record(), NO_WORK, NO_DEAD)
    with plain_client(server) as client:
        client.pipeline().delete(KEYS.journal).xadd(
            KEYS.journal, {"r": erased(data)}, "1-1"
        ).execute()
    await journal.check_lead()
    await journal.append(record(), NO_WORK, NO_DEAD)
    assert [*dict(entries(server, KEYS.journal))] == ["1-1", "1-2"]


async def test_vanished_journal_is_not_made_anew(
    server: EmbeddedServer, journal: RedisJournal
) -> None:
    await journal.take_lead("a", "1")
    with plain_client(server) as client:
        client.flushall()
    with pytest.raises(JournalGone):
        await journal.append(record(), [WorkEntry("desk", "m", b"x")], NO_DEAD)
    with pytest.raises(JournalGone):
        await journal.check_lead()
    with plain_client(server) as client:
        assert client.dbsize() == 0


async def test_journal_key_of_another_type(server: EmbeddedServer, journal: RedisJournal) -> None:
    await journal.take_lead("a", "1")
    with plain_client(server) as client:
        client.set(KEYS.journal, "no stream")
    with pytest.raises(JournalGone):
        await journal.append(record(), NO_WORK, NO_DEAD)


async def test_work_stream_of_another_type_is_reported(
    server: EmbeddedServer, journal: RedisJournal
) -> None:
    await journal.take_lead("a", "1")
    with plain_client(server) as client:
        client.set(KEYS.work("broken"), "no stream")
        client.set(KEYS.dead_letter, "no stream")
    work = [
        WorkEntry("broken", "m", b"1"),
        WorkEntry("good", "m", b"2"),
        WorkEntry("broken", "m", b"3"),
    ]
    appended = await journal.append(record(), work, [DeadLetter("9-1", "invalid", "", b"")])
    assert appended.failed_inboxes == ("dead-letter", "broken")
    assert len(entries(server, KEYS.journal)) == 2
    assert len(entries(server, KEYS.work("good"))) == 1


async def test_forgotten_script_is_loaded_again(
    server: EmbeddedServer, journal: RedisJournal
) -> None:
    await journal.take_lead("a", "1")
    await journal.append(record(), NO_WORK, NO_DEAD)
    with plain_client(server) as client:
        client.script_flush()
    await journal.append(record(), [WorkEntry("desk", "m", b"x")], NO_DEAD)
    assert len(entries(server, KEYS.journal)) == 3
    assert len(entries(server, KEYS.work("desk"))) == 1


async def test_check_lead_sees_a_takeover(journal: RedisJournal, rival: RedisJournal) -> None:
    await journal.take_lead("a", "1")
    await journal.check_lead()
    await rival.take_lead("b", "1")
    with pytest.raises(Fenced):
        await journal.check_lead()
    await rival.check_lead()


async def test_duel_leaves_one_chain(endpoint: Endpoint) -> None:
    """Routers that all want to lead, for as many rounds as it takes: every append is there."""
    acknowledged: list[bytes] = []

    async def contend(name: str) -> None:
        journal = RedisJournal(endpoint, KEYS)
        for round_number in range(8):
            await journal.take_lead(name, "1")
            for number in range(5):
                data = record(round_number, f"{number}-{ord(name)}")
                try:
                    await journal.append(data, [WorkEntry("desk", "m", data)], NO_DEAD)
                except Fenced:
                    break
                acknowledged.append(data)
        await journal.close()

    await asyncio.gather(*(contend(name) for name in "abcd"))
    reader = RedisJournal(endpoint, KEYS)
    await reader.take_lead("reader", "1")
    found = await all_records(reader)
    await reader.close()
    takeovers = [data for _, data in found if decode_record(data).events]
    others = [data for _, data in found if not decode_record(data).events]
    assert len(takeovers) == 4 * 8 + 1
    assert sorted(others) == sorted(acknowledged)
    for (_, before), (record_id, data) in itertools.pairwise(found):
        if record_id.endswith("-0"):
            assert decode_record(data).prev == record_hash(before)


async def test_records_come_in_pages(journal: RedisJournal) -> None:
    await journal.take_lead("a", "1")
    for number in range(300):
        await journal.append(record(number), NO_WORK, NO_DEAD)
    found = await all_records(journal)
    assert [record_id for record_id, _ in found] == [f"1-{lsn}" for lsn in range(301)]


async def test_foreign_entry_in_the_journal_is_corrupt(
    server: EmbeddedServer, journal: RedisJournal, rival: RedisJournal
) -> None:
    await journal.take_lead("a", "1")
    with plain_client(server) as client:
        client.xadd(KEYS.journal, {"other": "field"}, id="1-1")
    with pytest.raises(CorruptJournal, match="1-1"):
        await rival.take_lead("b", "1")


async def test_deleted_tail_is_corrupt(
    server: EmbeddedServer, journal: RedisJournal, rival: RedisJournal
) -> None:
    await journal.take_lead("a", "1")
    await journal.append(record(), NO_WORK, NO_DEAD)
    with plain_client(server) as client:
        client.xdel(KEYS.journal, "1-1")
    with pytest.raises(CorruptJournal, match="deleted"):
        await rival.take_lead("b", "1")
    with plain_client(server) as client:
        client.xdel(KEYS.journal, "1-0")
    with pytest.raises(CorruptJournal, match="deleted"):
        await rival.take_lead("b", "1")


async def test_work_is_trimmed_by_age(server: EmbeddedServer, journal: RedisJournal) -> None:
    await journal.take_lead("a", "1")
    work = [WorkEntry("desk", "m", b"x" * 2_000) for _ in range(500)]
    appended = await journal.append(record(), work, NO_DEAD)
    await journal.trim_work(appended.now_ms, 60_000)
    assert len(entries(server, KEYS.work("desk"))) == 500
    await journal.trim_work(appended.now_ms + 120_000, 60_000)
    assert len(entries(server, KEYS.work("desk"))) < 100
    with plain_client(server) as client:
        assert 60_000 < client.pttl(KEYS.work("desk")) <= 120_000


async def test_work_streams_that_are_too_many_expire_by_themselves(
    server: EmbeddedServer, journal: RedisJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sends commands may name ever new inboxes for the answers."""
    monkeypatch.setattr("adapters.redis.journal.TRIMMED_MAX", 3)
    await journal.take_lead("a", "1")
    inboxes = [f"desk-{n}" for n in range(8)]
    for inbox in inboxes:
        appended = await journal.append(record(), [WorkEntry(inbox, "m", b"x")], NO_DEAD)
        await asyncio.sleep(0.002)
    await journal.trim_work(appended.now_ms, 60_000)
    with plain_client(server) as client:
        assert all(client.pttl(KEYS.work(inbox)) > 0 for inbox in inboxes)
        for inbox in inboxes:
            client.persist(KEYS.work(inbox))
        await journal.trim_work(appended.now_ms, 60_000)
        remembered = [inbox for inbox in inboxes if client.pttl(KEYS.work(inbox)) > 0]
    assert remembered == inboxes[-3:]


async def test_lost_journal_is_not_silently_begun_anew(
    server: EmbeddedServer, journal: RedisJournal, endpoint: Endpoint
) -> None:
    assert await journal.take_lead("a", "1") == 1
    assert await journal.take_lead("a", "1") == 2
    with plain_client(server) as client:
        client.delete(KEYS.journal)
        client.set(KEYS.trimmed, "1-7 700")
    with pytest.raises(JournalGone, match="--new-journal"):
        await journal.take_lead("a", "1")
    told_to = RedisJournal(endpoint, KEYS, new_journal=True)
    # the epoch goes on, so that no offer id comes again
    assert await told_to.take_lead("a", "1") == 3
    assert await told_to.trimmed_bytes() == 0
    await told_to.close()


async def test_journal_that_another_begins_meanwhile_is_not_taken_for_lost(
    journal: RedisJournal, rival: RedisJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One finds no journal, then what the other has noted behind the journal that it made."""
    looks = 0

    async def slow_look(wire: Wire, key: str) -> StreamId | None:
        nonlocal looks
        looks += 1
        found = await last_generated_id(wire, key)
        if looks == 1:
            await rival.take_lead("b", "1")
        return found

    monkeypatch.setattr("adapters.redis.takeover.last_generated_id", slow_look)
    assert await journal.take_lead("a", "1") == 2


async def test_epoch_that_is_noted_never_falls_back(
    server: EmbeddedServer, endpoint: Endpoint, journal: RedisJournal
) -> None:
    """What another router had noted long ago and was thought lost arrives at last."""
    await journal.take_lead("a", "1")
    wire = endpoint.wire("test")
    with plain_client(server) as client:
        assert client.get(KEYS.began).startswith(b"1 ")
        client.set(KEYS.began, "7 elsewhere")
        await load_script("began.lua").run(wire, (KEYS.began,), (3, "3 here"))
        assert client.get(KEYS.began) == b"7 elsewhere"
        assert await journal.take_lead("a", "1") == 8
        client.set(KEYS.began, "no number")
        assert await journal.take_lead("a", "1") == 9
        assert client.get(KEYS.began).startswith(b"9 ")
    await wire.close()


async def test_full_server_refuses_and_takes_it_later(
    server: EmbeddedServer, journal: RedisJournal
) -> None:
    await journal.take_lead("a", "1")
    await journal.append(record(), NO_WORK, NO_DEAD)
    work = [WorkEntry("desk", "m", b"x")]
    with plain_client(server) as client:
        client.config_set("maxmemory", "1")
        try:
            with pytest.raises(StoreUnavailable, match="OOM"):
                await journal.append(record(6), work, NO_DEAD)
        finally:
            client.config_set("maxmemory", "0")
    assert len(entries(server, KEYS.journal)) == 2
    await journal.append(record(6), work, NO_DEAD)
    assert len(entries(server, KEYS.journal)) == 3
    assert len(entries(server, KEYS.work("desk"))) == 1


async def test_read_only_server_refuses_and_takes_it_later(
    server: EmbeddedServer, journal: RedisJournal
) -> None:
    await journal.take_lead("a", "1")
    await journal.append(record(), NO_WORK, NO_DEAD)
    with plain_client(server) as client:
        client.replicaof("127.0.0.1", "1")
        try:
            with pytest.raises(StoreUnavailable, match="READONLY"):
                await journal.append(record(6), NO_WORK, NO_DEAD)
        finally:
            client.replicaof("NO", "ONE")
    await journal.append(record(6), NO_WORK, NO_DEAD)
    assert len(entries(server, KEYS.journal)) == 3
