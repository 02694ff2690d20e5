"""Asking the customer record for what matters for routing: a few short questions at once."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Float, Row, Select, String, bindparam, cast, literal, null, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.enriching.known import Handled, Known, Told
from adapters.record.database import Database
from adapters.record.people import normalised
from adapters.record.schema import Customer, Handling, Identity, Issue, Outcome, Segment

__all__ = ("customer_at", "known_of")

NEWEST_MAX: Final = 30
"""Parts of segments, and outcomes, that are looked at."""

_TENANT: Final[Any] = bindparam("tenant")
_CUSTOMER: Final[Any] = bindparam("customer_id")
_IDS: Final[Any] = bindparam("ids", expanding=True)


def _person() -> Select[*tuple[Any, ...]]:
    person = (
        select(Customer.person_id)
        .where(Customer.tenant == _TENANT, Customer.customer_id == _CUSTOMER)
        .scalar_subquery()
    )
    return select(Customer.customer_id, Customer.owner, Customer.owner_since_ms).where(
        Customer.tenant == _TENANT, Customer.person_id == person
    )


_PERSON: Final = _person()
_NEWEST: Final = (
    select(Segment)
    .where(Segment.tenant == _TENANT, Segment.customer_id.in_(_IDS), Segment.handlings > 0)
    .order_by(Segment.sequence.desc())
    .limit(NEWEST_MAX)
    .subquery()
)
_OUTCOMES: Final = (
    select(Outcome)
    .where(Outcome.tenant == _TENANT, Outcome.customer_id.in_(_IDS))
    .order_by(Outcome.at_ms.desc())
    .limit(NEWEST_MAX)
    .subquery()
)
_OPEN: Final = (
    select(Issue)
    .where(Issue.tenant == _TENANT, Issue.customer_id.in_(_IDS), Issue.resolved_ms == 0)
    .limit(NEWEST_MAX)
    .subquery()
)
_NO_SCORE: Final = cast(null(), Float)
_NOTHING: Final = literal("", String)
_ALL: Final = union_all(
    select(
        literal(0).label("kind"), Handling.agent_id, Handling.accepted_ms.label("at_ms"),
        _NEWEST.c.queue, _NEWEST.c.conversation_id, Handling.outcome, Handling.ended_by,
        _NO_SCORE.label("score"), Handling.sequence, Handling.number,
    ).join(_NEWEST, (Handling.tenant == _TENANT) & (Handling.sequence == _NEWEST.c.sequence)),
    select(
        literal(1), _OUTCOMES.c.agent_id, _OUTCOMES.c.at_ms, _OUTCOMES.c.queue, _NOTHING,
        _OUTCOMES.c.outcome, _NOTHING, _OUTCOMES.c.score, _OUTCOMES.c.at_ms, literal(0),
    ),
    select(
        literal(2), _NOTHING, literal(0), _OPEN.c.queue, _OPEN.c.conversation_id, _NOTHING,
        _NOTHING, _NO_SCORE, literal(0), literal(0),
    ),
)  # fmt: skip
"""All at once: each question to a file of SQLite goes to another thread and back, three times."""


async def known_of(database: Database, tenant: str, customer_id: str) -> Known:
    """What is known. Raises :class:`RecordUnavailable`."""
    async with database.asking() as connection:
        asked = {"tenant": tenant, "customer_id": customer_id}
        people = (await connection.execute(_PERSON, asked)).all()
        if not people:
            return Known()
        about = {"tenant": tenant, "ids": [one.customer_id for one in people]}
        owner = max(people, key=lambda one: (bool(one.owner), one.owner_since_ms)).owner
        return await _known(connection, about, owner)


async def customer_at(database: Database, tenant: str, medium: str, address: str) -> str:
    """The customer who is met at an address; "": nobody who is known. Raises
    :class:`RecordUnavailable`."""
    kind, text = normalised(medium, address)
    asked = select(Identity.customer_id).where(
        Identity.tenant == tenant, Identity.medium == kind, Identity.address == text
    )
    async with database.asking() as connection:
        return (await connection.scalar(asked)) or ""


async def _known(connection: AsyncConnection, about: dict[str, Any], owner: str) -> Known:
    rows = (await connection.execute(_ALL, about)).all()
    rows = sorted(rows, key=lambda row: (row.sequence, row.number), reverse=True)
    return Known(
        owner=owner,
        handled=[Handled(*row[1:7]) for row in rows if row.kind == _HANDLED][:NEWEST_MAX],
        told=[_told(row) for row in rows if row.kind == _TOLD],
        open_issues=[(row.queue, row.conversation_id) for row in rows if row.kind == _ISSUE],
    )


_HANDLED, _TOLD, _ISSUE = range(3)


def _told(row: Row[Any]) -> Told:
    return Told(row.agent_id, row.at_ms, row.queue, row.outcome, row.score)
