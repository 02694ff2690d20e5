"""Which tables a database has: a revision's name, that Alembic writes beside them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, inspect, text

from adapters.record.database import Database
from adapters.record.errors import RecordOutdated

__all__ = ("HEAD", "current_revision", "require_current", "revision_of")

HEAD: Final = "0002"
"""Of this release: the newest of ``migrations/versions``."""

_TABLE: Final = "alembic_version"


async def current_revision(database: Database) -> str:
    """The revision that the database is at; "" where there are no tables. Raises
    :class:`RecordUnavailable`."""
    if database.is_absent:
        return ""
    async with database.reading() as connection:
        return await connection.run_sync(revision_of)


async def require_current(database: Database) -> None:
    """Raise :class:`RecordOutdated` where the tables are not those of this release, and
    :class:`RecordUnavailable`."""
    found = await current_revision(database)
    if found != HEAD:
        raise RecordOutdated(found, HEAD)


def revision_of(connection: Connection) -> str:
    """The same, over a connection."""
    if not inspect(connection).has_table(_TABLE):
        return ""
    found = connection.execute(text(f"SELECT version_num FROM {_TABLE}")).scalar()  # noqa: S608  # a constant
    return found or ""
