"""Tables from nothing, and from each earlier revision, are those of the schema."""

from __future__ import annotations

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from adapters.record.database import Database
from adapters.record.errors import RecordOutdated
from adapters.record.migrating import migrate, revisions
from adapters.record.revision import HEAD, current_revision, require_current
from adapters.record.schema import Base


def differences(connection: Connection) -> Any:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return compare_metadata(context, Base.metadata)


async def test_every_way_leads_to_the_schema(record_url: str) -> None:
    database = Database(record_url)
    try:
        with pytest.raises(RecordOutdated, match="onequeue record migrate"):
            await require_current(database)
        before = ""
        for revision in revisions():
            assert await migrate(database, revision) == (before, revision)
            before = revision
        assert await current_revision(database) == HEAD
        await require_current(database)
        assert await migrate(database) == (HEAD, HEAD)
        async with database.reading() as connection:
            assert await connection.run_sync(differences) == []
    finally:
        await database.close()


async def test_tables_of_a_later_release_are_left_alone(database: Database) -> None:
    async with database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(RecordOutdated, match="revision 9999"):
        await migrate(database)
    with pytest.raises(RecordOutdated):
        await require_current(database)
