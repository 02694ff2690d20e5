"""What people and other systems write into a customer's record: owner, preferences, issues, offers
made, and how it was taken."""

from __future__ import annotations

from typing import Any, Final, TypeVar

from msgspec import Struct
from msgspec.structs import fields
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from adapters.record.errors import CannotMerge
from adapters.record.folding import clean
from adapters.record.people import Maker, known
from adapters.record.schema import Base, Issue, OfferMade, Outcome, Preference
from adapters.record.views import (
    IssueView,
    OfferMadeView,
    OutcomeView,
    OwnerView,
    PreferenceView,
)

__all__ = (
    "ENTRIES_MAX",
    "add_outcome",
    "put_issue",
    "put_offer_made",
    "set_owner",
    "set_preference",
    "view_of",
)

View = TypeVar("View", bound=Struct)

ENTRIES_MAX: Final = 1_000
"""Of one kind and customer."""


async def set_owner(
    session: AsyncSession, tenant: str, customer_id: str, agent_id: str, maker: Maker
) -> OwnerView:
    """Say whose customer it is; "": nobody's."""
    customer = await known(session, tenant, customer_id, maker.at_ms)
    if customer.owner != agent_id:
        customer.owner = agent_id
        customer.owner_since_ms = maker.at_ms if agent_id else 0
    return OwnerView(
        customer_id=customer_id, owner=customer.owner, owner_since_ms=customer.owner_since_ms
    )


async def set_preference(
    session: AsyncSession, tenant: str, customer_id: str, name: str, value: str, maker: Maker
) -> PreferenceView:
    """Say what a customer prefers; a value of "" takes it away."""
    await known(session, tenant, customer_id, maker.at_ms)
    found = await session.get(Preference, (tenant, customer_id, name))
    if found is None:
        await _require_room(session, Preference, tenant, customer_id)
        found = Preference(tenant=tenant, customer_id=customer_id, name=name)
        if value:
            session.add(found)
    elif not value:
        await session.delete(found)
    found.value, found.changed_ms, found.changed_by = clean(value), maker.at_ms, maker.made_by
    return view_of(PreferenceView, found)


async def put_issue(
    session: AsyncSession,
    tenant: str,
    customer_id: str,
    issue_id: str,
    told: dict[str, Any],
    maker: Maker,
) -> IssueView:
    """Open an issue, change it, or resolve it (``is_resolved``). Raises :class:`CannotMerge` where
    the id is that of somebody else's."""
    found = await _of(session, Issue, tenant, customer_id, issue_id, maker)
    if not found.opened_ms:
        found.opened_ms, found.opened_by = maker.at_ms, maker.made_by
    is_resolved = told.pop("is_resolved")
    _set(found, told)
    if is_resolved != bool(found.resolved_ms):
        found.resolved_ms = maker.at_ms if is_resolved else 0
        found.resolved_by = maker.made_by if is_resolved else ""
    return view_of(IssueView, found)


async def put_offer_made(
    session: AsyncSession,
    tenant: str,
    customer_id: str,
    offer_made_id: str,
    told: dict[str, Any],
    maker: Maker,
) -> OfferMadeView:
    """Say what a customer was offered, or what they said to it. Raises as :func:`put_issue`."""
    found = await _of(session, OfferMade, tenant, customer_id, offer_made_id, maker)
    found.made_ms = found.made_ms or maker.at_ms
    found.changed_ms = maker.at_ms
    _set(found, told)
    return view_of(OfferMadeView, found)


async def add_outcome(
    session: AsyncSession, tenant: str, customer_id: str, told: dict[str, Any], maker: Maker
) -> OutcomeView:
    """Say how something was taken: a survey, a sentiment, an outcome from elsewhere."""
    await known(session, tenant, customer_id, maker.at_ms)
    await _require_room(session, Outcome, tenant, customer_id)
    found = Outcome(tenant=tenant, customer_id=customer_id, source=maker.made_by)
    _set(found, told)
    found.at_ms = found.at_ms or maker.at_ms
    session.add(found)
    return view_of(OutcomeView, found)


def view_of(kind: type[View], row: Base, **more: Any) -> View:
    """A row as it is told: the fields of the view, by their names."""
    names = [each.name for each in fields(kind) if each.name not in more]
    return kind(**{name: getattr(row, name) for name in names}, **more)


async def _of(
    session: AsyncSession,
    table: type[Any],
    tenant: str,
    customer_id: str,
    entry_id: str,
    maker: Maker,
) -> Any:
    await known(session, tenant, customer_id, maker.at_ms)
    found = await session.get(table, (tenant, entry_id))
    if found is None:
        await _require_room(session, table, tenant, customer_id)
        name = "issue_id" if table is Issue else "offer_made_id"
        found = table(tenant=tenant, customer_id=customer_id, **{name: entry_id})
        session.add(found)
    elif found.customer_id != customer_id:
        raise CannotMerge(f"{entry_id!r} is another customer's")
    return found


def _set(row: Base, told: dict[str, Any]) -> None:
    for name, value in told.items():
        setattr(row, name, clean(value) if isinstance(value, str) else value)


async def _require_room(
    session: AsyncSession, table: type[Any], tenant: str, customer_id: str
) -> None:
    asked = select(func.count()).where(table.tenant == tenant, table.customer_id == customer_id)
    if (await session.scalars(asked)).one() >= ENTRIES_MAX:
        raise CannotMerge(f"a customer has at most {ENTRIES_MAX} of these")
