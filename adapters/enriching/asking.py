"""Asking the customer record for what matters for routing: a few short questions at once."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Select, bindparam, select
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
_HANDLED: Final = (
    select(
        Handling.agent_id, Handling.accepted_ms, _NEWEST.c.queue, _NEWEST.c.conversation_id,
        Handling.outcome, Handling.ended_by,
    )
    .join(_NEWEST, (Handling.tenant == _TENANT) & (Handling.sequence == _NEWEST.c.sequence))
    .order_by(Handling.sequence.desc(), Handling.number.desc())
    .limit(NEWEST_MAX)
)  # fmt: skip
_TOLD: Final = (
    select(Outcome.agent_id, Outcome.at_ms, Outcome.queue, Outcome.outcome, Outcome.score)
    .where(Outcome.tenant == _TENANT, Outcome.customer_id.in_(_IDS))
    .order_by(Outcome.at_ms.desc())
    .limit(NEWEST_MAX)
)
_ISSUES: Final = (
    select(Issue.queue, Issue.conversation_id)
    .where(Issue.tenant == _TENANT, Issue.customer_id.in_(_IDS), Issue.resolved_ms == 0)
    .limit(NEWEST_MAX)
)


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
    handled = (await connection.execute(_HANDLED, about)).all()
    told = (await connection.execute(_TOLD, about)).all()
    issues = (await connection.execute(_ISSUES, about)).all()
    return Known(
        owner=owner,
        handled=[Handled(*row) for row in handled],
        told=[Told(*row) for row in told],
        open_issues=[(row.queue, row.conversation_id) for row in issues],
    )
