"""Forgetting a customer in the record, from without: by who erases them everywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from adapters.record.attachments import attached_to, attached_to_others
from adapters.record.database import Database
from adapters.record.erasing import erase_customer, held_of, others_of_person
from adapters.record.revision import require_current

__all__ = ("InRecord", "attached_in", "forgotten_in", "known_in")


class InRecord(NamedTuple):
    """How much there is of a customer, or was erased, and what remains, in words."""

    rows: int
    remains: list[str]


async def known_in(url: str, tenant: str, customer_id: str) -> InRecord:
    """What the record has of a customer. Raises :class:`RecordUnavailable` and
    :class:`RecordOutdated`."""
    async with _opened(url) as database, database.session() as session:
        found = await held_of(session, tenant, customer_id)
        others = await others_of_person(session, tenant, customer_id)
    return _told(found, others)


async def attached_in(
    url: str, tenant: str, customer_id: str, conversations: Collection[str], known: Collection[str]
) -> tuple[set[str], set[str]]:
    """The URIs of what is attached to a customer's messages, ``known`` ones included, and which of
    these others' messages have, too. Raises as :func:`known_in`."""
    async with _opened(url) as database, database.session() as session:
        theirs = {*known, *await attached_to(session, tenant, customer_id)}
        if not theirs:
            return theirs, set()
        given = (tenant, customer_id, conversations, theirs)
        return theirs, await attached_to_others(session, *given)


async def forgotten_in(url: str, tenant: str, customer_id: str) -> InRecord:
    """Erase a customer from the record. Raises as :func:`known_in`."""
    async with _opened(url) as database:
        async with database.session(writes=True) as session:
            others = await others_of_person(session, tenant, customer_id)
            done = await erase_customer(session, tenant, customer_id)
        await database.flush_erased()
    return _told(done, others)


def _told(counts: Counter[str], others: Sequence[str]) -> InRecord:
    told = [f"{name!r} is the same person by the record: forget them too" for name in others]
    return InRecord(counts.total(), told)


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    try:
        await require_current(database)
        yield database
    finally:
        await database.close()
