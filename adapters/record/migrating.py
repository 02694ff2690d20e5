"""Bringing the record's database to the tables of this release."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from adapters.record.database import Database
from adapters.record.errors import RecordOutdated
from adapters.record.revision import HEAD, revision_of

__all__ = ("migrate", "revisions")

_FOLDER: Final = files("adapters.record") / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config


@cache
def revisions() -> Sequence[str]:
    """From the first to the newest."""
    script = ScriptDirectory.from_config(_config())
    return tuple(one.revision for one in script.walk_revisions())[::-1]


async def migrate(database: Database, to: str = HEAD) -> tuple[str, str]:
    """Upgrade to a revision, in one transaction; the revisions before ("": none) and after.

    Raises :class:`RecordUnavailable`, and :class:`RecordOutdated` for a database of a later
    release.
    """
    async with database.writing() as connection:
        found = await connection.run_sync(revision_of)
        if found and found not in revisions():
            raise RecordOutdated(found, HEAD)
        await connection.run_sync(_upgrade, to)
        return found, await connection.run_sync(revision_of)


def _upgrade(connection: Connection, to: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)
