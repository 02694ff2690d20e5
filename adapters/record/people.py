"""Who is who: customers that are one person, and the addresses by which they are met."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from adapters.record.errors import CannotMerge, IdentityTaken, UnknownEntry
from adapters.record.folding import clean, new_customer
from adapters.record.schema import (
    ADDRESS_MAX,
    Conversation,
    Customer,
    Identity,
    IdentityChange,
    MovedConversation,
    Outcome,
    SaidMessage,
    Segment,
)
from adapters.record.views import IdentityChangeView, IdentityView

__all__ = (
    "Maker",
    "add_identity",
    "changes_of",
    "customer_of",
    "find_identity",
    "ids_of_person",
    "merge",
    "normalised",
    "split",
    "undo_merge",
)

PERSON_MAX: Final = 100
"""Customers who may be one person: more are a mistake."""

IDENTITIES_MAX: Final = 100
"""Of one customer."""

_PHONES: Final = frozenset({"phone", "voice", "sms", "whatsapp", "fax"})
_NO_DIGITS: Final = re.compile(r"[^0-9+]")


class Maker:
    """Who changes something, when, and why."""

    def __init__(self, made_by: str, at_ms: int, reason: str = "") -> None:
        self.made_by = clean(made_by)
        self.at_ms = at_ms
        self.reason = clean(reason)


def normalised(medium: str, address: str) -> tuple[str, str]:
    """A medium and an address as they are compared: numbers by their digits, all else without
    regard to upper and lower case."""
    kind, text = clean(medium.strip().lower()), clean(address.strip())
    if kind in _PHONES:
        digits = _NO_DIGITS.sub("", text)
        return kind, (re.sub(r"^00", "+", digits) or text)[:ADDRESS_MAX]
    return kind, text.casefold()[:ADDRESS_MAX]


async def customer_of(session: AsyncSession, tenant: str, customer_id: str) -> Customer | None:
    """A customer, if anything is known of them."""
    return await session.get(Customer, (tenant, customer_id))


async def known(session: AsyncSession, tenant: str, customer_id: str, at_ms: int) -> Customer:
    """A customer, of whom nothing may have been known so far."""
    found = await customer_of(session, tenant, customer_id)
    if found is None:
        found = new_customer(tenant, customer_id, at_ms)
        session.add(found)
    return found


async def ids_of_person(session: AsyncSession, tenant: str, person_id: str) -> Sequence[str]:
    """The ids of all customers who are one person."""
    asked = (
        select(Customer.customer_id)
        .where(Customer.tenant == tenant, Customer.person_id == person_id)
        .order_by(Customer.customer_id)
        .limit(PERSON_MAX)
    )
    return (await session.scalars(asked)).all()


async def find_identity(
    session: AsyncSession, tenant: str, medium: str, address: str
) -> IdentityView:
    """Whose an address is. Raises :class:`UnknownEntry`."""
    found = await session.get(Identity, (tenant, *normalised(medium, address)))
    if found is None:
        raise UnknownEntry(f"customer with this {medium} address")
    customer = await customer_of(session, tenant, found.customer_id)
    return identity_view(found, customer.person_id if customer else found.customer_id)


async def add_identity(
    session: AsyncSession, tenant: str, customer_id: str, given: tuple[str, str], maker: Maker
) -> IdentityView:
    """Say that a customer is met at an address. Raises :class:`IdentityTaken` where it is another
    person's, and :class:`CannotMerge` where a customer has as many as may be."""
    customer = await known(session, tenant, customer_id, maker.at_ms)
    medium, address = normalised(*given)
    found = await session.get(Identity, (tenant, medium, address))
    if found is None:
        await _require_room(session, tenant, customer_id)
        told = {"medium": medium, "address": address, "customer_id": customer_id}
        found = Identity(tenant=tenant, since_ms=maker.at_ms, source=maker.made_by, **told)
        session.add(found)
        note(session, tenant, "added", customer_id, "", maker, told)
    elif found.customer_id != customer_id:
        holder = await customer_of(session, tenant, found.customer_id)
        if holder is None or holder.person_id != customer.person_id:
            raise IdentityTaken(medium, found.customer_id)
    return identity_view(found, customer.person_id)


async def merge(
    session: AsyncSession, tenant: str, customer_id: str, into: str, maker: Maker
) -> IdentityChange:
    """Say that two customers are one person, under the id of the second. What each has stays
    theirs, and can be taken apart again. Raises :class:`CannotMerge`."""
    one = await known(session, tenant, customer_id, maker.at_ms)
    other = await known(session, tenant, into, maker.at_ms)
    await session.flush()
    if one.person_id == other.person_id:
        raise CannotMerge(f"{customer_id!r} and {into!r} are one person already")
    if one.merged_into:
        detail = f"{customer_id!r} was merged into {one.merged_into!r}: merge that one, or split"
        raise CannotMerge(detail)
    theirs = await _of_person(session, tenant, one.person_id)
    if len(theirs) + len(await ids_of_person(session, tenant, other.person_id)) > PERSON_MAX:
        raise CannotMerge(f"at most {PERSON_MAX} customers can be one person")
    one.merged_into = into
    for each in theirs:
        each.person_id = other.person_id
    return note(session, tenant, "merged", customer_id, into, maker)


async def undo_merge(
    session: AsyncSession, tenant: str, customer_id: str, maker: Maker
) -> IdentityChange:
    """Take a customer who was merged into another apart again, with those merged into them. Raises
    :class:`CannotMerge`."""
    one = await customer_of(session, tenant, customer_id)
    if one is None or not one.merged_into:
        raise CannotMerge(f"{customer_id!r} was not merged into anybody")
    before = one.merged_into
    branch = _branch(await _of_person(session, tenant, one.person_id), customer_id)
    one.merged_into = ""
    for each in branch:
        each.person_id = customer_id
    return note(session, tenant, "split", customer_id, before, maker)


async def split(
    session: AsyncSession,
    tenant: str,
    customer_id: str,
    to: str,
    maker: Maker,
    identities: Sequence[tuple[str, str]] = (),
    conversations: Sequence[str] = (),
) -> IdentityChange:
    """Give addresses and conversations of one customer to another, who may be new. Raises
    :class:`UnknownEntry` for what is not theirs, and :class:`CannotMerge`."""
    if to == customer_id:
        raise CannotMerge("the other customer must be another one")
    await known(session, tenant, to, maker.at_ms)
    moved = [normalised(*each) for each in identities]
    for medium, address in moved:
        found = await session.get(Identity, (tenant, medium, address))
        if found is None or found.customer_id != customer_id:
            raise UnknownEntry(f"such {medium} address of {customer_id!r}")
        found.customer_id = to
    for conversation_id in conversations:
        await _move_conversation(session, tenant, conversation_id, customer_id, to)
    details = {"identities": [list(each) for each in moved], "conversations": list(conversations)}
    return note(session, tenant, "moved", customer_id, to, maker, details)


async def changes_of(
    session: AsyncSession, tenant: str, customer_id: str, before: int, limit: int
) -> list[IdentityChangeView]:
    """What was said of who a customer is, the newest first, from before a number (0: the last)."""
    theirs = (IdentityChange.customer_id == customer_id) | (IdentityChange.other_id == customer_id)
    asked = select(IdentityChange).where(IdentityChange.tenant == tenant, theirs)
    if before:
        asked = asked.where(IdentityChange.number < before)
    found = await session.scalars(asked.order_by(IdentityChange.number.desc()).limit(limit))
    return [change_view(each) for each in found]


def change_view(change: IdentityChange) -> IdentityChangeView:
    """A change as it is told."""
    return IdentityChangeView(
        number=change.number,
        kind=change.kind,
        customer_id=change.customer_id,
        other_id=change.other_id,
        at_ms=change.at_ms,
        made_by=change.made_by,
        reason=change.reason,
        medium=str(change.details.get("medium", "")),
        address=str(change.details.get("address", "")),
    )


def identity_view(identity: Identity, person_id: str) -> IdentityView:
    """An identity as it is told."""
    return IdentityView(
        medium=identity.medium,
        address=identity.address,
        customer_id=identity.customer_id,
        person_id=person_id,
        since_ms=identity.since_ms,
        source=identity.source,
    )


def note(
    session: AsyncSession,
    tenant: str,
    kind: str,
    customer_id: str,
    other_id: str,
    maker: Maker,
    details: dict[str, Any] | None = None,
) -> IdentityChange:
    """Keep a change for good."""
    change = IdentityChange(
        tenant=tenant,
        kind=kind,
        customer_id=customer_id,
        other_id=other_id,
        at_ms=maker.at_ms,
        made_by=maker.made_by,
        reason=maker.reason,
        details=details or {},
    )
    session.add(change)
    return change


async def _of_person(session: AsyncSession, tenant: str, person_id: str) -> Sequence[Customer]:
    asked = select(Customer).where(Customer.tenant == tenant, Customer.person_id == person_id)
    return (await session.scalars(asked)).all()


def _branch(people: Sequence[Customer], root: str) -> list[Customer]:
    """A customer with all who were merged into them, directly or not."""
    names = {root}
    while True:
        more = {each.customer_id for each in people if each.merged_into in names} - names
        if not more:
            return [each for each in people if each.customer_id in names]
        names |= more


async def _require_room(session: AsyncSession, tenant: str, customer_id: str) -> None:
    asked = (
        select(Identity.address)
        .where(Identity.tenant == tenant, Identity.customer_id == customer_id)
        .limit(IDENTITIES_MAX)
    )
    if len((await session.scalars(asked)).all()) == IDENTITIES_MAX:
        raise CannotMerge(f"a customer has at most {IDENTITIES_MAX} addresses")


async def _move_conversation(
    session: AsyncSession, tenant: str, conversation_id: str, whose: str, to: str
) -> None:
    """Also what will still come of it is theirs: the journal goes on naming the other one."""
    conversation = await session.get(Conversation, (tenant, conversation_id))
    if conversation is None or conversation.customer_id != whose:
        raise UnknownEntry(f"conversation {conversation_id!r} of {whose!r}")
    conversation.customer_id = to
    moved = await session.get(MovedConversation, (tenant, conversation_id))
    if moved is None:
        moved = MovedConversation(tenant=tenant, conversation_id=conversation_id)
        session.add(moved)
    moved.customer_id = to
    tables: tuple[type[Any], ...] = (Segment, Outcome, SaidMessage)
    for table in tables:
        of_it = (table.tenant == tenant) & (table.conversation_id == conversation_id)
        await session.execute(update(table).where(of_it).values(customer_id=to))
