"""Forgetting in the record: a customer goes with all that is theirs; what happened stays, without
saying to whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final, cast

from sqlalchemy import CursorResult, Table, Update, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from adapters.record.schema import (
    PERSONAL,
    Base,
    Conversation,
    Customer,
    Handling,
    IdentityChange,
    MovedConversation,
    Note,
    SaidMessage,
    Segment,
)

__all__ = ("erase_customer", "erase_interactions", "held_of", "others_of_person")

AT_ONCE: Final = 500


def _table(kind: type[Base]) -> Table:
    return cast("Table", kind.__table__)


_KINDS: Final[tuple[type[Base], ...]] = (*PERSONAL, MovedConversation, Customer)
_THEIRS: Final = tuple(map(_table, _KINDS))
_ANONYMOUS: Final = {"customer_id": "", "named_customer_id": "", "conversation_id": ""}


async def erase_customer(session: AsyncSession, tenant: str, customer_id: str) -> Counter[str]:
    """Erase all of one customer; how many rows were erased or changed, by table."""
    sequences = await _sequences(session, tenant, customer_id)
    said = await _forget_messages(session, tenant, sequences)
    done = said + await _make_anonymous(session, tenant, sequences)
    for table in (*_THEIRS, _table(Conversation)):
        of_them = (table.c.tenant == tenant) & (table.c.customer_id == customer_id)
        done[table.name] += _count(await session.execute(delete(table).where(of_them)))
    done["identity_changes"] += await _forget_changes(session, tenant, customer_id)
    return +done


async def erase_interactions(
    session: AsyncSession, tenant: str, interactions: Iterable[str]
) -> Counter[str]:
    """Erase the customers whose interactions these were, as far as the record knows them."""
    names, done = list(interactions), Counter[str]()
    for begin in range(0, len(names), AT_ONCE):
        some = names[begin : begin + AT_ONCE]
        found = await session.execute(
            select(Segment.sequence, Segment.customer_id).where(
                Segment.tenant == tenant, Segment.interaction_id.in_(some)
            )
        )
        rows = found.all()
        for customer_id in {row.customer_id for row in rows} - {""}:
            done += await erase_customer(session, tenant, customer_id)
        done += await _forget_messages(session, tenant, [row.sequence for row in rows])
        done += await _make_anonymous(session, tenant, [row.sequence for row in rows])
    return done


async def held_of(session: AsyncSession, tenant: str, customer_id: str) -> Counter[str]:
    """How many rows there are of one customer, by table."""
    done = Counter[str]()
    for table in (*_THEIRS, _table(Conversation), _table(Segment)):
        asked = select(func.count()).where(
            table.c.tenant == tenant, table.c.customer_id == customer_id
        )
        done[table.name] = (await session.scalars(asked)).one()
    return +done


async def others_of_person(session: AsyncSession, tenant: str, customer_id: str) -> Sequence[str]:
    """Other customers who were merged with this one: whoever forgets a person means them too."""
    own = (
        select(Customer.person_id)
        .where(Customer.tenant == tenant, Customer.customer_id == customer_id)
        .scalar_subquery()
    )
    asked = select(Customer.customer_id).where(
        Customer.tenant == tenant, Customer.person_id == own, Customer.customer_id != customer_id
    )
    return (await session.scalars(asked.order_by(Customer.customer_id))).all()


async def _sequences(session: AsyncSession, tenant: str, customer_id: str) -> Sequence[int]:
    asked = select(Segment.sequence).where(
        Segment.tenant == tenant, Segment.customer_id == customer_id
    )
    return (await session.scalars(asked)).all()


async def _make_anonymous(
    session: AsyncSession, tenant: str, sequences: Sequence[int]
) -> Counter[str]:
    done = Counter[str]()
    for begin in range(0, len(sequences), AT_ONCE):
        some = sequences[begin : begin + AT_ONCE]
        for table, values in (
            (_table(Segment), _ANONYMOUS | {"outcome": "", "reason": ""}),
            (_table(Handling), {"outcome": "", "reason": ""}),
        ):
            change = update(table).where(table.c.tenant == tenant, table.c.sequence.in_(some))
            done[table.name] += await _changed(session, change.values(**values))
        gone = delete(Note).where(Note.tenant == tenant, Note.sequence.in_(some))
        done["notes"] += _count(await session.execute(gone))
    return done


async def _forget_messages(
    session: AsyncSession, tenant: str, sequences: Sequence[int]
) -> Counter[str]:
    """Also what was said before anybody knew to whom."""
    done = Counter[str]()
    for begin in range(0, len(sequences), AT_ONCE):
        some = sequences[begin : begin + AT_ONCE]
        matters = select(Segment.conversation_id).where(
            Segment.tenant == tenant, Segment.sequence.in_(some), Segment.conversation_id != ""
        )
        gone = delete(SaidMessage).where(
            SaidMessage.tenant == tenant, SaidMessage.conversation_id.in_(matters)
        )
        done["messages"] += _count(
            await session.execute(gone.execution_options(synchronize_session=False))
        )
    return done


async def _forget_changes(session: AsyncSession, tenant: str, customer_id: str) -> int:
    """What was done to who is who stays, without saying whom it was about."""
    count = 0
    for column in (IdentityChange.customer_id, IdentityChange.other_id):
        change = update(IdentityChange).where(
            IdentityChange.tenant == tenant, column == customer_id
        )
        values: dict[Any, Any] = {column: "", IdentityChange.details: {}, IdentityChange.reason: ""}
        count += await _changed(session, change.values(values))
    return count


async def _changed(session: AsyncSession, change: Update) -> int:
    return _count(await session.execute(change.execution_options(synchronize_session=False)))


def _count(result: Any) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0
