"""The follower: after every record it has the state of the leader, and it can go on as one."""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.inbound import RedisInbound
from adapters.redis.journal import RedisJournal
from adapters.redis.journal_reader import RedisJournalReader
from adapters.redis.keys import Keys
from adapters.redis.snapshots import RedisSnapshots
from adapters.redis.wire import Endpoint
from router import commands as cm
from router import events as ev
from router.engine import Engine
from router.errors import CorruptJournal
from router.follower import Follower, records_between
from router.inputs import Input
from router.record import (
    decode_record,
)
from router.service import Service, Settings
from router.snapshot.store import save_state
from tests.audited import BEGIN_MS, AuditedEngine, arriving
from tests.random_journal import Journal
from tests.servers import LossyProxy, plain_client
from tests.tenant import POLICY, Notes
from tests.traffic import Traffic

KEYS = Keys("t")


@pytest.fixture
def server(short_path: Path) -> Iterator[EmbeddedServer]:
    """Of one product: the reader is tested on both."""
    with EmbeddedServer(short_path / "data") as server:
        yield server


@pytest.fixture
async def reader(endpoint: Endpoint) -> AsyncIterator[RedisJournalReader]:
    reader = RedisJournalReader(endpoint, KEYS)
    yield reader
    await reader.close()


def write(server: EmbeddedServer, records: list[tuple[str, bytes]]) -> None:
    with plain_client(server) as client:
        for record_id, data in records:
            client.xadd(KEYS.journal, {"r": data}, id=record_id)


@pytest.mark.parametrize("seed", range(2))
async def test_state_is_that_of_the_leader_after_every_record(
    server: EmbeddedServer, reader: RedisJournalReader, seed: int
) -> None:
    """The journal grows by chunks, is read by pages, and every record leaves the same bytes."""
    dice, journal, notes = random.Random(seed), Journal(seed), Notes()
    follower, written = Follower(notes), 0
    for chunk in range(6):
        journal.play(7)
        if chunk == 3:
            journal.begin_epoch()
        write(server, journal.records[written:])
        written = len(journal.records)
        while page := await reader.read(follower.last_id, dice.randint(1, 40), 0):
            for record_id, data in page:
                follower.take(record_id, data)
                assert follower.engine.state_bytes() == journal.states[record_id], record_id
        assert await follower.measure(reader) == 0
    assert follower.last_id == journal.records[-1][0]
    assert notes.replays == len(journal.records) > 40
    assert any(isinstance(e, ev.PolicyAnnounced) for e in _events(journal))


@pytest.mark.parametrize("seed", range(2))
def test_it_goes_on_as_a_leader_that_had_decided_all_along(seed: int) -> None:
    """Every few batches the engine that only followed becomes the one that decides; an oracle
    audits each choice, also while a policy is on its way."""
    traffic, engine = Traffic(seed), FollowedEngine(policy_at_once_max=20)
    traffic.answered(engine.handle(traffic.opening()))
    for number, batch in enumerate(traffic.batches(28)):
        engine.now_ms = traffic.now_ms
        traffic.answered(engine.handle(batch))
        if number % 7 == 6:
            engine.restart()
    assert sum(isinstance(event, ev.OfferIssued) for event in engine.events) > 50
    assert sum(isinstance(event, ev.PolicyReplaced) for event in engine.events) > 1


class FollowedEngine(AuditedEngine):
    """Its follower does after each record what a standby does."""

    def _follow(self, batch: list[Input], events: list[ev.Event]) -> None:
        super()._follow(batch, events)
        self.follower.keep_up()


def test_a_policy_that_lacked_something_for_a_while_is_complete_in_the_follower() -> None:
    """The follower was ready for it while something was open that the policy does not know; the
    leader came by later, when that was over."""
    leader, follower = Engine(policy_at_once_max=20), Engine(policy_at_once_max=20)

    def decide(*commands: cm.Command) -> list[ev.Event]:
        batch = [
            arriving(f"{BEGIN_MS}-{n}", BEGIN_MS, command) for n, command in enumerate(commands)
        ]
        events = leader.handle(batch, BEGIN_MS)
        for event in events:
            follower.apply(event, BEGIN_MS)
        follower.keep_up()
        return events

    decide(cm.ReplacePolicy(policy=POLICY))
    names = [f"i{n}" for n in range(600)]
    decide(*(cm.Create(name, "chat") for name in names[:300]))
    decide(cm.Create("odd", "chat", requirements=(cm.Requirement("english"),)))
    decide(*(cm.Create(name, "chat") for name in names[300:]))
    decide(cm.ReplacePolicy(policy=POLICY | {"skills": {}}))
    while follower.keep_up():
        pass
    events = decide(cm.Cancel("odd"))
    for _ in range(20):
        events += decide()
    assert [type(event) for event in events] == [ev.InteractionCancelled, ev.PolicyReplaced]
    assert follower.state_bytes() == leader.state_bytes()
    assert all(name in follower._world.index.queue for name in names)


def test_nothing_piles_up_in_an_engine_that_only_folds() -> None:
    journal = Journal(5)
    journal.play(40)
    follower = Follower(Notes())
    for record_id, data in journal.records:
        follower.take(record_id, data)
        world = follower.engine._world
        piled = (world.touched_interactions, world.touched_agents, world.claimants, world.departed)
        assert max(map(len, piled)) <= 64  # agents who are looked at anew after a policy


async def test_it_begins_with_a_snapshot_where_the_journal_was_trimmed(
    server: EmbeddedServer, endpoint: Endpoint, reader: RedisJournalReader
) -> None:
    journal, earlier, notes = Journal(4), Follower(Notes()), Notes()
    journal.play(12)
    write(server, journal.records)
    for record_id, data in journal.records[:8]:
        earlier.take(record_id, data)
    snapshots, follower = RedisSnapshots(endpoint, KEYS), Follower(notes)
    await save_state(snapshots, earlier.engine.state, earlier.tail, earlier.last_id, "0")
    with plain_client(server) as client:
        client.xtrim(KEYS.journal, minid=journal.records[6][0], approximate=False)
    await follower.begin(reader, snapshots)
    await snapshots.close()
    assert notes.restored_from == [earlier.last_id]
    assert notes.replays == len(journal.records) - 8
    assert follower.caught_up
    assert follower.last_id == journal.records[-1][0]
    assert follower.engine.state_bytes() == journal.states[follower.last_id]


def test_a_record_that_does_not_follow_is_refused() -> None:
    journal = Journal(1)
    journal.play(5)
    follower = Follower(Notes())
    for record_id, data in journal.records[:3]:
        follower.take(record_id, data)
    with pytest.raises(CorruptJournal, match="prev"):
        follower.take(*journal.records[4])


async def test_a_journal_that_has_gone_back_is_noticed(
    server: EmbeddedServer, reader: RedisJournalReader
) -> None:
    journal, follower = Journal(1), Follower(Notes())
    journal.play(5)
    write(server, journal.records)
    for record_id, data in await reader.read(follower.last_id, 100, 0):
        follower.take(record_id, data)
    with plain_client(server) as client:
        client.delete(KEYS.journal)
    write(server, journal.records[:2])
    with pytest.raises(CorruptJournal, match="ends with 1-1"):
        await follower.measure(reader)


@pytest.mark.parametrize(
    ("folded", "newest", "between"),
    [("0-0", "0-0", 0), ("0-0", "1-4", 5), ("2-3", "2-9", 6), ("2-9", "3-0", 1), ("3-1", "2-9", 0)],
)
def test_records_between(folded: str, newest: str, between: int) -> None:
    assert records_between(folded, newest) == between


def _events(journal: Journal) -> list[ev.Event]:
    return [event for _, data in journal.records for event in decode_record(data).events]


class TestTakingTheLead:
    """A service goes on from a follower's engine, if that has followed this journal."""

    async def test_the_last_records_alone_are_folded(
        self, server: EmbeddedServer, reader: RedisJournalReader
    ) -> None:
        journal, notes = Journal(2), Notes()
        journal.play(10)
        write(server, journal.records)
        followed = Notes()
        follower = Follower(followed)
        for record_id, data in journal.records[:-3]:
            follower.take(record_id, data)
        service = await led(server, follower, notes)
        assert service.engine is follower.engine
        assert followed.replays == len(journal.records) + 1
        assert (notes.replays, notes.drops, notes.epochs) == (0, 0, [2])
        assert [i for i, _ in await reader.read(follower.last_id, 100, 0)] == []

    async def test_of_another_history_it_is_given_up(
        self, server: EmbeddedServer, reader: RedisJournalReader
    ) -> None:
        journal, other, notes = Journal(2), Journal(3), Notes()
        journal.play(10)
        other.play(5)
        write(server, journal.records)
        follower = Follower(Notes())
        for record_id, data in other.records:
            follower.take(record_id, data)
        service = await led(server, follower, notes)
        assert service.engine is not follower.engine
        assert (notes.replays, notes.drops) == (len(journal.records) + 1, 1)

    async def test_of_an_epoch_that_the_journal_has_lost_it_is_given_up(
        self, server: EmbeddedServer, reader: RedisJournalReader
    ) -> None:
        """Its last record comes after the one by which the lead is taken."""
        journal, notes = Journal(2), Notes()
        journal.play(5)
        kept = len(journal.records)
        journal.begin_epoch()
        journal.play(5)
        write(server, journal.records[:kept])
        follower = Follower(Notes())
        for record_id, data in journal.records:
            follower.take(record_id, data)
        service = await led(server, follower, notes)
        assert service.engine is not follower.engine
        assert (notes.replays, notes.drops, notes.epochs) == (kept + 1, 1, [2])

    async def test_a_lost_reply_is_asked_for_again(
        self, server: EmbeddedServer, short_path: Path
    ) -> None:
        journal, notes = Journal(2), Notes()
        journal.play(10)
        write(server, journal.records)
        follower = Follower(Notes())
        async with LossyProxy(server, short_path) as proxy:
            proxy.lose_reply_to = b"XRANGE"
            service = await led(server, follower, notes, url=proxy.url)
        assert notes.recoveries == [1]
        assert service.engine is follower.engine


async def led(
    server: EmbeddedServer, follower: Follower, notes: Notes, *, url: str = ""
) -> Service:
    """A service that has taken the lead with that follower."""
    endpoint = Endpoint(url or server.url)
    journal, inbound = (
        RedisJournal(endpoint, KEYS),
        RedisInbound(endpoint, KEYS, notes.inbound_moved),
    )
    settings = Settings(router_id="test", release="0")
    service = Service(journal, inbound, notes, settings, time.monotonic)
    assert await service.lead(follower) == 2
    await journal.close()
    await inbound.close()
    return service
