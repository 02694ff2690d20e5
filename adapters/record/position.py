"""How far a tenant's journal has been folded: written with what was folded, in one transaction.

The row is also the fence. Whoever begins to write takes the next number of its ``writer``; who has
an older one writes nothing any more, whatever a lease says.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from adapters.record.database import Database
from adapters.record.errors import RecordFenced
from adapters.record.schema import FOLDED, Outcome, Position
from router.record import GENESIS, NO_POSITION

__all__ = ("Place", "advance", "clear", "place_at", "place_of", "take_over")

FROM_JOURNAL = "journal"


class Place(NamedTuple):
    """The last journal record that was folded (``0-0``: none), its hash and time, how many there
    were, and the number of the writer."""

    record_id: str = NO_POSITION
    record_hash: bytes = GENESIS
    at_ms: int = 0
    records: int = 0
    writer: int = 0


async def place_of(database: Database, tenant: str) -> Place:
    """Where a tenant's record stands. Raises :class:`RecordUnavailable`."""
    async with database.session() as session:
        return await place_at(session, tenant)


async def take_over(database: Database, tenant: str) -> Place:
    """Begin to write; whoever has written so far is fenced. Raises :class:`RecordUnavailable`."""
    async with database.session(writes=True) as session:
        return await _next_writer(session, tenant)


async def clear(database: Database, tenant: str) -> Place:
    """Drop what was folded, to fold it anew; whoever has written so far is fenced."""
    async with database.session(writes=True) as session:
        for table in FOLDED:
            of_tenant = getattr(table, "tenant") == tenant  # noqa: B009  # not of the base
            await session.execute(delete(table).where(of_tenant))
        await session.execute(
            delete(Outcome).where(Outcome.tenant == tenant, Outcome.source == FROM_JOURNAL)
        )
        place = await _next_writer(session, tenant)
        begun = Place(writer=place.writer)
        await _set(session, tenant, begun, place)
        return begun


async def advance(session: AsyncSession, tenant: str, before: Place, after: Place) -> None:
    """Move on, within the transaction that folds what lies between. Raises :class:`RecordFenced`:
    then nothing of it may be written."""
    await _set(session, tenant, after, before)


async def place_at(session: AsyncSession, tenant: str) -> Place:
    """The same, within a transaction."""
    found = await session.get(Position, tenant)
    if found is None:
        return Place()
    record_id = found.record_id or NO_POSITION
    return Place(record_id, found.record_hash or GENESIS, found.at_ms, found.records, found.writer)


async def _next_writer(session: AsyncSession, tenant: str) -> Place:
    asked = select(Position).where(Position.tenant == tenant).with_for_update()
    found = (await session.scalars(asked)).one_or_none()
    if found is None:
        found = Position(tenant=tenant, record_id=NO_POSITION, record_hash=GENESIS)
        session.add(found)
    found.writer += 1
    await session.flush()
    return await place_at(session, tenant)


async def _set(session: AsyncSession, tenant: str, after: Place, before: Place) -> None:
    done = await session.execute(
        update(Position)
        .where(
            Position.tenant == tenant,
            Position.writer == before.writer,
            Position.record_id == before.record_id,
        )
        .values(**after._asdict())
        .execution_options(synchronize_session=False)
    )
    if getattr(done, "rowcount", 0) != 1:
        raise RecordFenced
