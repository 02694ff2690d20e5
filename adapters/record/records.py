"""One tenant's records for whoever reads and writes them beside the journal: the API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession

from adapters.audit.appending import append_alone
from adapters.record.database import Database
from adapters.record.revision import require_current
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint

__all__ = ("Records",)


class Records:
    """Transactions over the records of one tenant. Each raises :class:`RecordUnavailable` where the
    database does not answer, and :class:`RecordOutdated` where its tables are not ours."""

    def __init__(self, database: Database, endpoint: Endpoint, keys: Keys) -> None:
        self.tenant = keys.tenant
        self._keys = keys
        self._database = database
        self._wire = endpoint.wire("record-audit")
        self._is_current = False

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A transaction that reads."""
        await self._require_current()
        async with self._database.session() as session:
            yield session

    @asynccontextmanager
    async def writing(self, audit: bytes) -> AsyncIterator[AsyncSession]:
        """A transaction that writes; its entry stands in the audit before it is committed, so
        nothing is changed that the audit does not tell of. May raise
        :class:`router.errors.StoreUnavailable` too."""
        await self._require_current()
        async with self._database.session(writes=True) as session:
            yield session
            await session.flush()
            await self._wire.call(*append_alone(self._keys, audit))

    async def close(self) -> None:
        """Close the connection to the audit; the database is whoever's it is."""
        await self._wire.close()

    async def _require_current(self) -> None:
        if not self._is_current:
            await require_current(self._database)
            self._is_current = True
