"""The database of a customer record, for tests of what asks it."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from adapters.record.database import Database
from adapters.record.migrating import migrate

__all__ = ("new_record",)


@asynccontextmanager
async def new_record() -> AsyncIterator[Database]:
    """One in a file, with its tables and nothing in them."""
    with tempfile.TemporaryDirectory(prefix="oq-") as directory:
        database = Database(f"sqlite:///{Path(directory)}/record.sqlite3")
        try:
            await migrate(database)
            yield database
        finally:
            await database.close()
