"""A router that waits for its turn: who gets the lease, when, and what may not fool it."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import structlog
from structlog.testing import LogCapture

from adapters.leading.serving import Order, _Router, kept
from adapters.leading.standing_by import StandingBy, Turn
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.journal import RedisJournal
from adapters.redis.journal_reader import RedisJournalReader
from adapters.redis.keys import Keys
from adapters.redis.lease import ROUTER_TERMS, Lease
from adapters.redis.snapshots import RedisSnapshots
from adapters.redis.standbys import ANNOUNCE_S, Standbys, hand_over
from adapters.redis.wire import Endpoint
from router.errors import StoreUnavailable
from router.intake import DEFAULT_LIMITS
from tests.servers import plain_client
from tests.tenant import Notes

KEYS = Keys("t")
WHILE_S = 2 * ROUTER_TERMS.lease_ms / 1_000
"""Long enough for a lease to run out several times."""

Candidates: TypeAlias = Callable[..., StandingBy]


@pytest.fixture
def server(short_path: Path) -> Iterator[EmbeddedServer]:
    """Of one product: what is tested here does not depend on it."""
    with EmbeddedServer(short_path / "data") as server:
        yield server


@pytest.fixture
def log() -> LogCapture:
    return LogCapture()


@pytest.fixture
async def candidate(endpoint: Endpoint, log: LogCapture) -> AsyncIterator[Candidates]:
    async with AsyncExitStack() as stack:

        def make(name: str, **options: Any) -> StandingBy:
            lease = Lease(endpoint, KEYS.leader, name, ROUTER_TERMS)
            reader, wire = RedisJournalReader(endpoint, KEYS), endpoint.wire("test")
            snapshots = RedisSnapshots(endpoint, KEYS)
            for part in (lease, reader, snapshots, wire):
                stack.push_async_callback(part.close)
            return StandingBy(
                lease=lease,
                reader=reader,
                snapshots=snapshots,
                standbys=Standbys(wire, KEYS),
                observer=Notes(),
                logger=structlog.wrap_logger(
                    structlog.PrintLogger(), processors=[structlog.processors.add_log_level, log]
                ),
                release="0",
                **options,
            )

        yield make


@pytest.fixture
async def journal(endpoint: Endpoint) -> AsyncIterator[RedisJournal]:
    journal = RedisJournal(endpoint, KEYS)
    await journal.take_lead("somebody", "0")
    yield journal
    await journal.close()


async def soon(turn: Awaitable[Turn]) -> Turn:
    async with asyncio.timeout(20):
        return await turn


async def until_ready(standbys: Standbys) -> None:
    """Wait until somebody stands by and could lead."""
    async with asyncio.timeout(20):
        while True:
            if any(standby.ready for standby in await standbys.listed()):
                return
            await asyncio.sleep(0.01)


async def until_said(log: LogCapture, event: str) -> None:
    """Wait for a line of the log."""
    async with asyncio.timeout(20):
        while True:
            if event in [entry["event"] for entry in log.entries]:
                return
            await asyncio.sleep(0.01)


async def test_one_of_many_gets_the_lease(candidate: Candidates) -> None:
    """Two that find it free at the same moment, again and again: never both."""
    a, b = candidate("a"), candidate("b")
    for _ in range(3):
        turns = {
            name: asyncio.create_task(each.until_turn()) for name, each in (("a", a), ("b", b))
        }
        async with asyncio.timeout(20):
            done, waiting = await asyncio.wait(turns.values(), return_when=asyncio.FIRST_COMPLETED)
        assert (len(done), len(waiting)) == (1, 1)
        assert turns[await a.lease.holder()].done()
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        for each in (a, b):
            await each.lease.release()


async def test_lease_that_is_kept_is_not_taken(candidate: Candidates, log: LogCapture) -> None:
    a, b = candidate("a"), candidate("b")
    await soon(a.until_turn())
    async with kept(a.lease, structlog.get_logger()):
        waiting = asyncio.create_task(b.until_turn())
        await asyncio.sleep(WHILE_S)
        assert not waiting.done()
        (standby,) = await b.standbys.listed()
        assert (standby.process_id, standby.ready) == ("b", True)
    # given back at the end
    turn = await soon(waiting)
    assert turn.waited
    assert [entry["holder"] for entry in log.entries] == ["a"]


async def test_a_server_that_stood_still_costs_a_living_leader_nothing(
    server: EmbeddedServer, candidate: Candidates
) -> None:
    """The lease runs out while nobody can be answered; the leader is heard first."""
    a, b = candidate("a"), candidate("b")
    await soon(a.until_turn())
    async with kept(a.lease, structlog.get_logger()):
        waiting = asyncio.create_task(b.until_turn())
        await until_ready(b.standbys)
        os.kill(server.pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(1.5 * ROUTER_TERMS.lease_ms / 1_000)
        finally:
            os.kill(server.pid, signal.SIGCONT)
        await asyncio.sleep(ROUTER_TERMS.lease_ms / 1_000)
        assert not waiting.done()
        assert await b.lease.holder() == "a"
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


async def test_handed_over_by_name(candidate: Candidates, journal: RedisJournal) -> None:
    a, b = candidate("a"), candidate("b")
    await a.lease.acquire()
    async with kept(a.lease, structlog.get_logger()):
        waiting = asyncio.create_task(b.until_turn())
        await until_ready(a.standbys)
        await hand_over(a.standbys.wire, KEYS, "a", "b")
        turn = await soon(waiting)
        assert turn.follower.last_id == "1-0"
        assert await a.was_handed_over()
        assert await b.lease.holder() == "b"


async def test_takeover_seizes_once_it_has_caught_up(
    candidate: Candidates, journal: RedisJournal
) -> None:
    a, b = candidate("a"), candidate("b", takeover=True)
    await a.lease.acquire()
    async with kept(a.lease, structlog.get_logger()):
        turn = await soon(b.until_turn())
    assert turn.follower.caught_up
    assert turn.follower.last_id == "1-0"
    assert await a.lease.holder() == "b"


async def test_takeover_is_not_given_up_when_redis_does_not_answer(
    candidate: Candidates, journal: RedisJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = candidate("a"), candidate("b", takeover=True)
    seize, attempts = Lease.seize, Counter[str]()

    async def not_the_first_time(lease: Lease) -> str | None:
        attempts["seize"] += 1
        if attempts["seize"] == 1:
            raise StoreUnavailable("no answer")
        return await seize(lease)

    monkeypatch.setattr(Lease, "seize", not_the_first_time)
    await a.lease.acquire()
    async with kept(a.lease, structlog.get_logger()):
        await soon(b.until_turn())
    assert await a.lease.holder() == "b"


async def test_who_is_stopped_stands_by_no_more(
    endpoint: Endpoint,
    candidate: Candidates,
    journal: RedisJournal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither in the list, where a leader would find it to hand over, nor with the lease."""
    a, b = candidate("a"), candidate("b")
    order = Order(endpoint=endpoint, keys=KEYS, policy=None, intake=DEFAULT_LIMITS, takeover=False)
    router, stopped = _Router(order, b, Notes(), structlog.get_logger()), asyncio.Event()
    withdraw = StandingBy.withdraw

    async def slowly(standing_by: StandingBy) -> None:
        await withdraw(standing_by)
        await asyncio.sleep(ANNOUNCE_S + 0.1)

    monkeypatch.setattr(StandingBy, "withdraw", slowly)
    await a.lease.acquire()
    async with kept(a.lease, structlog.get_logger()):
        turn = asyncio.create_task(router.one_term(stopped))
        await until_ready(a.standbys)
        stopped.set()
        assert not await turn
        assert await a.standbys.listed() == []


async def test_who_only_stands_by_begins_no_journal(
    candidate: Candidates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.leading.standing_by.PATIENCE_S", 0.0)
    waiting = asyncio.create_task(candidate("a", only=True).until_turn())
    await asyncio.sleep(0.5)
    assert not waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


async def test_who_only_stands_by_leads_when_nobody_else_comes(
    candidate: Candidates, journal: RedisJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.leading.standing_by.PATIENCE_S", 0.4)
    began_s = time.monotonic()
    await soon(candidate("a", only=True).until_turn())
    assert time.monotonic() - began_s >= 0.4


async def test_a_journal_that_was_lost_is_followed_anew(
    server: EmbeddedServer,
    endpoint: Endpoint,
    candidate: Candidates,
    journal: RedisJournal,
    log: LogCapture,
) -> None:
    """After a failover that lost records another leader goes on from an earlier one."""
    a, b = candidate("a"), candidate("b")
    await a.lease.acquire()
    async with kept(a.lease, structlog.get_logger()):
        waiting = asyncio.create_task(b.until_turn())
        await until_ready(a.standbys)
        await journal.take_lead("somebody", "0")
        with plain_client(server) as client:
            client.delete(KEYS.journal, KEYS.began)
        other = RedisJournal(endpoint, KEYS)
        await other.take_lead("another", "0")
        await other.close()
        await until_said(log, "the journal is not what was followed")
    turn = await soon(waiting)
    assert turn.follower.last_id == "1-0"
    assert turn.follower.engine.state.epoch == 1
