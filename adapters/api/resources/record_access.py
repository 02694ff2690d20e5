"""Whose record may be asked, and what of it is hidden."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Annotated, Any, Final, TypeVar

import msgspec
from fastapi import Depends
from msgspec import Struct

from adapters.api.contract.access import Access, allowed
from adapters.api.problems import ProblemError, retry_after
from adapters.api.resources.finding import require_everywhere
from adapters.identity.permissions import Permission
from adapters.privacy.redaction import REDACTED
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

PERSONAL_FIELDS: Final = frozenset(
    {"address", "value", "title", "name", "text", "author", "outcome", "reason", "source"}
)
"""Of a record, whatever the policy marks: addresses, and what people have written of somebody."""

_KEPT: Final = frozenset({"PreferenceView.name"})

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


def shown(access: Access, view: T) -> Any:
    """The view, without what is personal for whoever may not see it. What the policy marks is
    hidden by the answer."""
    return view if access.sees_personal else _hidden(view)


def _hidden(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_hidden(each) for each in value]
    if not isinstance(value, Struct):
        return value
    kind = type(value).__name__
    told = {}
    for name in value.__struct_fields__:
        found = getattr(value, name)
        is_personal = name in PERSONAL_FIELDS and f"{kind}.{name}" not in _KEPT
        told[name] = REDACTED if is_personal and found else _hidden(found)
    return msgspec.structs.replace(value, **told)
