"""Whose record may be asked, and what of it is hidden."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Annotated, Final, TypeVar

from fastapi import Depends
from msgspec import Struct

from adapters.api.contract.access import Access, allowed
from adapters.api.problems import ProblemError, retry_after
from adapters.api.resources.finding import require_everywhere
from adapters.identity.permissions import Permission
from adapters.record.hiding import without_personal
from adapters.record.people import Maker
from adapters.record.records import Records

__all__ = (
    "RECORD_CODES",
    "ReadRecord",
    "WriteRecord",
    "maker_of",
    "record_of_tenant",
    "require_in_hand",
    "require_people",
    "shown",
)

RECORD_CODES: Final = ("record_unavailable", "unknown_customer")
ReadRecord = Annotated[Access, Depends(allowed(Permission.CUSTOMERS_READ))]
WriteRecord = Annotated[Access, Depends(allowed(Permission.CUSTOMERS_WRITE))]

T = TypeVar("T", bound=Struct)


def record_of_tenant(access: Access) -> Records:
    """The tenant's records. Raises :class:`ProblemError` where the process has none."""
    if access.hosted.records is None:
        detail = "this API process has no customer record: start it with --record URL"
        raise ProblemError("record_unavailable", detail, headers=retry_after(60_000))
    return access.hosted.records


def require_in_hand(access: Access, customers: Collection[str]) -> None:
    """Refuse a customer of whom one's own agent has nothing in hand, to whom may see only theirs.
    Nobody is told that such a customer is known. Raises :class:`ProblemError`."""
    own = access.own_agent
    if own is None:
        return
    state = access.hosted.projection.state
    agent = state.agents.get(own)
    in_hand = () if agent is None else (*agent.held, *agent.idle, *agent.waking)
    theirs = {
        found.customer_id for name in in_hand if (found := state.interactions.get(name)) is not None
    }
    if not theirs.intersection(customers) - {""}:
        raise ProblemError("unknown_customer", "you have nothing of this customer's in hand")


def require_people(access: Access) -> None:
    """Refuse what decides who is who to whom sees only their own agent's work."""
    require_everywhere(access)


def maker_of(access: Access, reason: str = "") -> Maker:
    """Who changes something, now."""
    return Maker(access.principal.subject, time.time_ns() // 1_000_000, reason)


def shown(access: Access, view: T) -> T:
    """The view, without what is personal for whoever may not see it. What the policy marks is
    hidden by the answer."""
    return view if access.sees_personal else without_personal(view)
