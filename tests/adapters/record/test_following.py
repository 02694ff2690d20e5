"""Following a real journal into real databases: all of it, once, whatever fails when."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from adapters.record.database import Database
from adapters.record.errors import (
    RecordCut,
    RecordFenced,
    RecordParted,
    RecordUnavailable,
)
from adapters.record.following import Following
from adapters.record.migrating import migrate
from adapters.record.position import clear, place_of
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from tests.adapters.record.told import Floor, follower_of, rows_of
from tests.tenant import running_service

pytestmark = [
    pytest.mark.servers,
    pytest.mark.parametrize("session_server", ["valkey"], indirect=True),
]


SQLITE = pytest.mark.parametrize("record_url", ["sqlite"], indirect=True)
"""For what does not depend on the database."""


@pytest.fixture
async def floor(server: EmbeddedServer) -> AsyncIterator[Floor]:
    async with running_service(server.url):
        floor = Floor(server)
        await floor.history()
        yield floor


async def all_of(follower: Following) -> None:
    while await follower.step():
        pass


def short(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


async def test_the_record_of_a_morning(
    floor: Floor, server: EmbeddedServer, record_url: str, database: Database
) -> None:
    async with follower_of(server, record_url, database) as follower:
        await all_of(follower)
        assert await follower.step() == 0
    rows = await rows_of(database)
    assert short(
        rows["segments"], "interaction_id", "customer_id", "conversation_id", "channel",
        "state", "agent_id", "outcome", "reason", "handlings",
    ) == [
        ("i1", "c1", "k1", "voice", "completed", "bob", "resolved", "", 2),
        ("i2", "c2", "k2", "chat", "cancelled", "", "", "hung up", 0),
        ("i3", "c2", "k2", "chat", "waiting", "", "", "", 0),
        ("i4", "c1", "", "voice", "waiting", "", "", "", 0),
    ]  # fmt: skip
    assert rows["segments"][1]["named_customer_id"] == ""
    assert short(rows["handlings"], "number", "agent_id", "ended_by", "outcome", "reason") == [
        (1, "ann", "requeued", "", "asks for billing"),
        (2, "bob", "completed", "resolved", ""),
    ]
    assert short(rows["conversations"], "conversation_id", "customer_id") == [
        ("k1", "c1"),
        ("k2", "c2"),
    ]
    assert short(rows["customers"], "customer_id", "person_id") == [("c1", "c1"), ("c2", "c2")]
    assert short(rows["outcomes"], "agent_id", "queue", "outcome", "source") == [
        ("bob", "general", "resolved", "journal")
    ]
    assert short(rows["notes"], "author", "text") == [("ann", "a\ufffdb")]
    journal = floor.tenant.journal()
    assert (await place_of(database, "t"))[0] == journal.ids[-1]
    assert rows["positions"][0]["records"] == len(journal.ids)


@contextmanager
def failing_at(database: Database, number: int, *, after_commit: bool = False) -> Iterator[None]:
    """Break the connection at the n-th statement, or lose the answer to the n-th commit."""
    count, engine = 0, database._engine.sync_engine

    def fail(*_: Any) -> None:
        nonlocal count
        count += 1
        if count == number:
            raise ConnectionResetError("broken")

    name = "commit" if after_commit else "before_cursor_execute"
    if after_commit:

        def lose(connection: Any) -> None:
            connection.connection.dbapi_connection.commit()
            fail()

        event.listen(engine, name, lose)
    else:
        event.listen(engine, name, fail)
    try:
        yield
    finally:
        event.remove(engine, name, lose if after_commit else fail)


async def test_a_page_is_folded_whole_or_not_at_all(
    floor: Floor, server: EmbeddedServer, record_url: str, database: Database
) -> None:
    async with follower_of(server, record_url, database) as follower:
        nothing, failures = await rows_of(database), 0
        while True:
            failures += 1
            try:
                with failing_at(database, failures):
                    await follower.step()
                break
            except RecordUnavailable:
                assert await rows_of(database) == nothing
        assert failures > 8
        once = await rows_of(database)
        assert len(once["segments"]) == 4
        await all_of(follower)
        assert await rows_of(database) == once


async def test_a_commit_whose_answer_was_lost_is_not_done_again(
    floor: Floor, server: EmbeddedServer, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/lost.sqlite3"
    database = Database(url)
    await migrate(database)
    async with follower_of(server, url, database) as follower:
        with failing_at(database, 1, after_commit=True), pytest.raises(RecordUnavailable):
            await follower.step()
        once = await rows_of(database)
        assert len(once["segments"]) == 4
        with pytest.raises(RecordFenced):
            await follower.step()
    async with follower_of(server, url, database) as follower:
        await all_of(follower)
    assert await rows_of(database) == once
    await database.close()


@SQLITE
async def test_who_begins_to_write_fences_whoever_wrote(
    floor: Floor, server: EmbeddedServer, record_url: str, database: Database
) -> None:
    async with (
        follower_of(server, record_url, database) as first,
        follower_of(server, record_url, database) as second,
    ):
        with pytest.raises(RecordFenced):
            await first.step()
        await all_of(second)
        folded = await rows_of(database)
        assert len(folded["segments"]) == 4
        await clear(database, "t")
        await floor.create("i9")
        with pytest.raises(RecordFenced):
            await second.step()
        cleared = await rows_of(database)
        assert cleared["segments"] == cleared["notes"] == cleared["outcomes"] == []
    async with follower_of(server, record_url, database) as third:
        await all_of(third)
    anew = await rows_of(database)
    assert len(anew["segments"]) == 5
    assert len(anew["outcomes"]) == 1


@SQLITE
async def test_another_journal_is_told_and_not_folded(
    floor: Floor, server: EmbeddedServer, record_url: str, database: Database
) -> None:
    async with follower_of(server, record_url, database) as follower:
        await all_of(follower)
    async with database.writing() as connection:
        await connection.execute(text("UPDATE positions SET record_hash = :h"), {"h": bytes(8)})
    await floor.create("i9")
    async with follower_of(server, record_url, database) as follower:
        with pytest.raises(RecordParted, match="record rebuild"):
            await follower.step()
    async with database.writing() as connection:
        await connection.execute(text("UPDATE positions SET record_id = '9-9'"))
    with pytest.raises(RecordParted, match="the journal ends before it"):
        async with follower_of(server, record_url, database):
            pass


@SQLITE
async def test_a_journal_that_was_trimmed_wants_its_archive(
    floor: Floor, server: EmbeddedServer, record_url: str, database: Database
) -> None:
    keys = Keys("t")
    ids = floor.tenant.journal().ids
    floor.tenant.client.xtrim(keys.journal, minid=ids[3])
    floor.tenant.client.set(keys.trimmed, f"{ids[2]} 100")
    with pytest.raises(RecordCut, match="--archive DIR"):
        async with follower_of(server, record_url, database):
            pass
