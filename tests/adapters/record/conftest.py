"""Databases for the record: a file of SQLite, and a real PostgreSQL."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from adapters.record.database import Database
from adapters.record.migrating import migrate
from tests.postgresql import PostgresServer, postgresql_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all tests of a session."""
    with (
        tempfile.TemporaryDirectory(prefix="oq-", ignore_cleanup_errors=True) as directory,
        postgresql_server(Path(directory)) as server,
    ):
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def record_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/record.sqlite3"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.database()


@pytest.fixture
async def database(record_url: str) -> AsyncIterator[Database]:
    """One with the tables of this release."""
    database = Database(record_url)
    await migrate(database)
    yield database
    await database.close()
