"""Following: in order, nothing missed, nothing twice, wherever somebody is cut off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from adapters.archive.writing import ArchiveWriter
from adapters.cloudevents import (
    BEGIN,
    Newest,
    Past,
    Places,
    Position,
    PositionAhead,
    PositionGone,
    Reading,
)
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from router.errors import CorruptJournal
from router.record import Record, decode_record
from tests.adapters.archive.records import chain, write
from tests.adapters.cloudevents.records import record
from tests.servers import plain_client

pytestmark = pytest.mark.servers
KEYS = Keys("t")
ROUNDS = 12


class Journal:
    """A journal that grows, in Redis and (``add``) in what a process keeps of it."""

    def __init__(self, client: Any, newest: Newest) -> None:
        self.client = client
        self.newest = newest
        self.ids: list[str] = []
        self._unread: list[tuple[str, Record, int]] = []
        self._lsn = 0

    def grow(self, events: int) -> None:
        self._lsn += 1
        name = f"1-{self._lsn}"
        made = [
            {"type": "interaction_noted", "interaction_id": f"i{n}", "text": "x"}
            for n in range(events)
        ]
        self.client.xadd(KEYS.journal, {"r": record(*made)}, id=name)
        self.ids += [f"{name}/{n}" for n in range(events)]
        data = record(*made)
        self._unread.append((name, decode_record(data), len(data)))

    def add(self) -> None:
        for entry in self._unread:
            self.newest.add(*entry)
        self._unread.clear()

    def trim(self, upto: str) -> None:
        with self.client.pipeline() as both:
            both.xtrim(KEYS.journal, minid=f"1-{int(upto[2:]) + 1}", approximate=False)
            both.set(KEYS.trimmed, f"{upto} 100")
            both.execute()


@pytest.fixture
async def past(server: EmbeddedServer) -> AsyncIterator[Past]:
    past = Past(Endpoint(server.url), KEYS)
    yield past
    await past.close()


@pytest.fixture
async def journal(server: EmbeddedServer) -> AsyncIterator[Journal]:
    with plain_client(server) as client:
        yield Journal(client, Newest("t", Places()))


async def test_nothing_is_missed_or_repeated_wherever_somebody_is_cut_off(
    server: EmbeddedServer, past: Past
) -> None:
    for seed in range(ROUNDS):
        random = Random(seed)
        with plain_client(server) as client:
            client.delete(KEYS.journal)
            journal = Journal(client, Newest("t", Places(), kept_bytes=random.choice((0, 9_000))))
            had: list[str] = []
            while len(had) < 150:
                for _ in range(random.randrange(12)):
                    journal.grow(random.randrange(4))
                journal.add()
                # a new connection each time, which says what it has had
                position = Position.parse(had[-1]) if had else BEGIN
                reading = Reading(journal.newest, past, position)
                for _ in range(random.randrange(1, 4)):
                    page = await reading.next(0)
                    cut = random.randrange(len(page.told) + 1)
                    had += [str(one.position) for one in page.told[:cut]]
                    if cut < len(page.told):
                        break
            assert had == journal.ids[: len(had)]


async def test_who_waits_hears_of_what_comes(journal: Journal, past: Past) -> None:
    reading = Reading(journal.newest, past, BEGIN)
    waiting = asyncio.create_task(reading.next(10))
    await asyncio.sleep(0)
    journal.grow(0)
    journal.grow(2)
    journal.add()
    page = await waiting
    assert [str(one.position) for one in page.told] == ["1-2/0", "1-2/1"]
    assert str(reading.position) == "1-2"
    assert (await reading.next(0)).told == []


async def test_what_has_been_trimmed_is_told(journal: Journal, past: Past) -> None:
    for _ in range(9):
        journal.grow(2)
    journal.trim("1-4")
    journal.newest.begin(Position(1, 9))
    for text in ("1-3", "1-4/1", "0-0"):
        with pytest.raises(PositionGone, match="which holds those after 1-4"):
            await Reading(journal.newest, past, Position.parse(text)).next(0)
        with pytest.raises(PositionGone):
            await past.require(Position.parse(text))
    page = await Reading(journal.newest, past, await past.oldest()).next(0)
    assert [str(one.position) for one in page.told] == journal.ids[8:]


async def test_a_position_that_never_was(journal: Journal, past: Past) -> None:
    assert await past.newest() == await past.oldest() == BEGIN
    journal.grow(1)
    for text in ("1-1/0", "1-1", "1-0", "0-0"):
        await past.require(Position.parse(text))
    with pytest.raises(PositionAhead, match="the journal ends with 1-1, before 2-7/1"):
        await past.require(Position.parse("2-7/1"))


async def test_what_is_no_record_is_told(journal: Journal, past: Past) -> None:
    journal.client.xadd(KEYS.journal, {"r": b"\xc1"}, id="1-1")
    with pytest.raises(CorruptJournal, match="journal record 1-1"):
        await past.after(BEGIN, Places())


def test_a_few_hundred_followers_do_not_hold_what_is_old() -> None:
    async def filled() -> Newest:
        newest = Newest("t", Places(), kept_bytes=20_000)
        for lsn in range(1, 200):
            data = record({"type": "repeated", "command": "c", "target": "t"})
            newest.add(f"1-{lsn}", decode_record(data), len(data))
        return newest

    newest = asyncio.run(filled())
    assert not newest.has(Position(1, 100))
    assert newest.has(Position(1, 190))
    page = newest.after(Position(1, 190), 5)
    assert [one.position.lsn for one in page.told] == [191, 192, 193, 194, 195]


async def test_what_has_been_trimmed_is_read_from_the_archive(
    server: EmbeddedServer, tmp_path: Path
) -> None:
    records = chain(300, size=60)
    writer = ArchiveWriter(tmp_path, "t", segment_bytes=2_000)
    for begin in range(0, 250, 50):
        writer.append(records[begin : begin + 50])
    with plain_client(server) as client:
        write(client, KEYS.journal, records[200:])
        client.set(KEYS.trimmed, f"{records[199][0]} 1")
    past = Past(Endpoint(server.url), KEYS, tmp_path)
    try:
        assert await past.oldest() == BEGIN
        newest = Newest("t", Places())
        newest.begin(await past.newest())
        middle = Position.parse(records[100][0])._replace(number=0)
        for position, expected in ((BEGIN, records), (middle, records[101:])):
            reading, ids = Reading(newest, past, position), list[str]()
            while reading.position < newest.upto:
                ids += [one.position.record_id for one in (await reading.next(0)).told]
            assert list(dict.fromkeys(ids)) == [name for name, _ in expected]
    finally:
        await past.close()


async def test_an_archive_that_lacks_it_too(server: EmbeddedServer, tmp_path: Path) -> None:
    with plain_client(server) as client:
        client.set(KEYS.trimmed, "1-5 1")
    (tmp_path / "empty").mkdir()
    for directory in (tmp_path / "empty", tmp_path / "nowhere"):
        past = Past(Endpoint(server.url), KEYS, directory)
        with pytest.raises(PositionGone, match="which holds those after 1-5"):
            await past.after(Position(1, 2), Places())
        await past.close()
