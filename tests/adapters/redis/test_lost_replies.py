"""Appends between whose request and reply the connection breaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.journal import RedisJournal
from adapters.redis.wire import Endpoint
from router.errors import Fenced, StoreUnavailable
from router.ports import WorkEntry
from tests.journal_records import KEYS, NO_DEAD, NO_WORK, entries, erased, record
from tests.servers import LossyProxy, plain_client


@pytest.fixture
async def proxy(server: EmbeddedServer, short_path: Path) -> AsyncIterator[LossyProxy]:
    async with LossyProxy(server, short_path) as proxy:
        yield proxy


@pytest.fixture
async def far_journal(proxy: LossyProxy) -> AsyncIterator[RedisJournal]:
    journal = RedisJournal(Endpoint(proxy.url, timeout_s=1.0), KEYS)
    yield journal
    await journal.close()


async def test_record_that_arrived_is_found(
    server: EmbeddedServer, proxy: LossyProxy, far_journal: RedisJournal
) -> None:
    await far_journal.take_lead("a", "1")
    await far_journal.append(record(4), NO_WORK, NO_DEAD)
    data, work = record(), [WorkEntry("desk", "m", b"x")]
    proxy.losing = True
    with pytest.raises(StoreUnavailable):
        await far_journal.append(data, work, NO_DEAD)
    assert proxy.lost >= 1
    proxy.losing = False
    await far_journal.append(data, work, NO_DEAD)
    await far_journal.append(record(6), NO_WORK, NO_DEAD)
    ids = [record_id for record_id, _ in entries(server, KEYS.journal)]
    assert ids == ["1-0", "1-1", "1-2", "1-3"]
    assert len(entries(server, KEYS.work("desk"))) == 1


@pytest.mark.parametrize("arrives", [True, False])
async def test_a_record_from_which_data_was_erased_meanwhile_is_still_ours(
    server: EmbeddedServer, proxy: LossyProxy, far_journal: RedisJournal, arrives: bool
) -> None:
    await far_journal.take_lead("a", "1")
    await far_journal.append(record(4), NO_WORK, NO_DEAD)
    proxy.losing, proxy.refusing = arrives, not arrives
    with pytest.raises(StoreUnavailable):
        await far_journal.append(record(), NO_WORK, NO_DEAD)
    proxy.losing = proxy.refusing = False
    held = entries(server, KEYS.journal)
    with plain_client(server) as client:
        client.delete(KEYS.journal)
        for record_id, fields in held:
            client.xadd(KEYS.journal, {"r": erased(fields[b"r"])}, id=record_id)
    await far_journal.append(record(), NO_WORK, NO_DEAD)
    await far_journal.append(record(6), NO_WORK, NO_DEAD)
    ids = [record_id for record_id, _ in entries(server, KEYS.journal)]
    assert ids == ["1-0", "1-1", "1-2", "1-3"]


async def test_one_call_clears_it_up_when_the_server_is_back_at_once(
    server: EmbeddedServer, proxy: LossyProxy, far_journal: RedisJournal
) -> None:
    await far_journal.take_lead("a", "1")
    await far_journal.append(record(4), NO_WORK, NO_DEAD)
    proxy.losing = True
    appending = asyncio.create_task(far_journal.append(record(), NO_WORK, NO_DEAD))
    await proxy.lost_one.wait()
    proxy.losing = False
    await appending
    assert len(entries(server, KEYS.journal)) == 3


async def test_record_that_did_not_arrive_is_written_once(
    server: EmbeddedServer, proxy: LossyProxy, far_journal: RedisJournal
) -> None:
    await far_journal.take_lead("a", "1")
    proxy.refusing = True
    with pytest.raises(StoreUnavailable):
        await far_journal.append(record(), NO_WORK, NO_DEAD)
    assert len(entries(server, KEYS.journal)) == 1
    proxy.refusing = False
    await far_journal.append(record(), NO_WORK, NO_DEAD)
    assert len(entries(server, KEYS.journal)) == 2


async def test_anothers_record_in_its_place_is_a_fence(
    server: EmbeddedServer,
    proxy: LossyProxy,
    far_journal: RedisJournal,
) -> None:
    await far_journal.take_lead("a", "1")
    proxy.refusing = True
    with pytest.raises(StoreUnavailable):
        await far_journal.append(record(), NO_WORK, NO_DEAD)
    with plain_client(server) as client:
        client.xadd(KEYS.journal, {"r": record(77)}, id="1-1")
    proxy.refusing = False
    with pytest.raises(Fenced):
        await far_journal.append(record(), NO_WORK, NO_DEAD)


async def test_takeover_while_the_reply_was_lost_is_a_fence(
    proxy: LossyProxy, far_journal: RedisJournal, rival: RedisJournal
) -> None:
    await far_journal.take_lead("a", "1")
    proxy.refusing = True
    with pytest.raises(StoreUnavailable):
        await far_journal.append(record(), NO_WORK, NO_DEAD)
    await rival.take_lead("b", "1")
    proxy.refusing = False
    with pytest.raises(Fenced):
        await far_journal.append(record(), NO_WORK, NO_DEAD)


async def test_cancelled_append_is_cleared_up_by_the_next_call(
    server: EmbeddedServer, far_journal: RedisJournal
) -> None:
    await far_journal.take_lead("a", "1")
    data = record()
    appending = asyncio.create_task(far_journal.append(data, NO_WORK, NO_DEAD))
    await asyncio.sleep(0)
    appending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await appending
    await far_journal.append(data, NO_WORK, NO_DEAD)
    assert len(entries(server, KEYS.journal)) == 2
