"""Forgetting a customer: nothing of them is left in any table, and others' entries stay."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from adapters.record.database import Database
from adapters.record.forgetting import forgotten_in, known_in
from adapters.record.people import Maker, add_identity, merge
from adapters.record.writing import put_issue, set_preference
from adapters.redis.embedded import EmbeddedServer
from tests.adapters.record.told import Floor, follower_of, rows_of
from tests.tenant import running_service

pytestmark = [
    pytest.mark.servers,
    pytest.mark.parametrize("session_server", ["valkey"], indirect=True),
]
MAKER = Maker("somebody", 5, "a reason of c1")


async def filled(server: EmbeddedServer, database: Database) -> list[str]:
    """A morning's history with what people have written; the interactions of c1."""
    async with running_service(server.url):
        floor = Floor(server)
        await floor.history()
        async with follower_of(server, "", database) as follower:
            while await follower.step():
                pass
    issue = {"title": "c1 has no line", "is_resolved": False}
    async with database.session(writes=True) as session:
        await add_identity(session, "t", "c1", ("email", "c1@example.org"), MAKER)
        await set_preference(session, "t", "c1", "language", "of c1", MAKER)
        await set_preference(session, "t", "c2", "language", "fr", MAKER)
        await put_issue(session, "t", "c1", "w-1", issue, MAKER)
        await merge(session, "t", "c1", "c9", MAKER)
    return ["i1", "i4"]


def told_of(rows: dict[str, Any]) -> list[str]:
    own = re.compile(r"\bc1\b|hears")  # not within a digest
    return [name for name, found in rows.items() if own.search(str(found))]


async def test_a_customer_is_erased_with_all_that_is_theirs(
    server: EmbeddedServer, record_url: str, database: Database, tmp_path: Path
) -> None:
    await filled(server, database)
    assert len(told_of(await rows_of(database))) > 6
    known = await known_in(record_url, "t", "c1")
    assert known.rows > 6
    assert known.remains == ["'c9' is the same person by the record: forget them too"]
    assert (await known_in(record_url, "u", "c1")).rows == 0
    done = await forgotten_in(record_url, "t", "c1")
    assert done.rows > known.rows
    rows = await rows_of(database)
    assert told_of(rows) == []
    assert len(rows["segments"]) == 4
    assert [row["outcome"] for row in rows["segments"]] == [""] * 4
    assert [row["customer_id"] for row in rows["preferences"]] == ["c2"]
    assert rows["notes"] == []
    assert len(rows["identity_changes"]) == 2
    assert (await known_in(record_url, "t", "c1")).rows == 0
    if database.is_sqlite:
        left = b"".join(map(Path.read_bytes, sorted(tmp_path.glob("record.sqlite3*"))))  # noqa: ASYNC240  # nothing else waits
        assert b"c1@example.org" not in left
        assert b"no line" not in left


@pytest.mark.parametrize("record_url", ["sqlite"], indirect=True)
async def test_who_follows_hears_whose_interactions_are_forgotten(
    server: EmbeddedServer, record_url: str, database: Database
) -> None:
    names = await filled(server, database)
    async with follower_of(server, record_url, database) as follower:
        await follower.erase(dict.fromkeys(names))
    assert told_of(await rows_of(database)) == []
