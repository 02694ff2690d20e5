"""Bringing the record's database to the tables of this release."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from adapters.record.database import Database
from adapters.record.errors import RecordOutdated

__all__ = ("HEAD", "REVISIONS", "current_revision", "migrate", "require_current")

_FOLDER: Final = files("adapters.record") / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config


def _revisions() -> Sequence[str]:
    script = ScriptDirectory.from_config(_config())
    return tuple(one.revision for one in script.walk_revisions())[::-1]


REVISIONS: Final = _revisions()
"""From the first to the newest."""

HEAD: Final = REVISIONS[-1]


async def migrate(database: Database, to: str = HEAD) -> tuple[str, str]:
    """Upgrade to a revision, in one transaction; the revisions before ("": none) and after.

    Raises :class:`RecordUnavailable`, and :class:`RecordOutdated` for a database of a later
    release.
    """
    async with database.writing() as connection:
        found = await connection.run_sync(_found)
        if found and found not in REVISIONS:
            raise RecordOutdated(found, HEAD)
        await connection.run_sync(_upgrade, to)
        return found, await connection.run_sync(_found)


async def current_revision(database: Database) -> str:
    """The revision that the database is at; "" where there are no tables. Raises
    :class:`RecordUnavailable`."""
    async with database.reading() as connection:
        return await connection.run_sync(_found)


async def require_current(database: Database) -> None:
    """Raise :class:`RecordOutdated` where the tables are not those of this release, and
    :class:`RecordUnavailable`."""
    found = await current_revision(database)
    if found != HEAD:
        raise RecordOutdated(found, HEAD)


def _found(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or ""


def _upgrade(connection: Connection, to: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)
