"""The customer card: what an agent wants to know of somebody who is about to be there."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import msgspec
from msgspec import Struct

from adapters.connectors.facts import SourceView
from adapters.connectors.gathering import Gathering
from adapters.record.card_parts import CARD_PARTS, CardPart
from adapters.record.hiding import without_personal
from adapters.record.reading import record_of
from adapters.record.records import Records
from adapters.record.views import (
    CustomerRecordView,
    IdentityView,
    IssueView,
    OfferMadeView,
    PreferenceView,
    RecordMessageView,
    SegmentView,
)

__all__ = ("CardSource", "CustomerCard")

LAST_MAX: Final = 5
SAID_MAX: Final = 3
IDENTITIES_MAX: Final = 10
OFFERS_MAX: Final = 5
PREFERENCES_MAX: Final = 20
ISSUES_MAX: Final = 20


class CustomerCard(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who it is (``customers``: all ids of the one person), what is open, what was offered, what
    was said last and the last segments, on any medium. ``resolve_first``: an issue is open that is
    to be resolved before anything is sold. Parts that are not shown are left out."""

    customer_id: str
    customers: tuple[str, ...] = ()
    first_seen_ms: int = 0
    resolve_first: bool = False
    owner: str = ""
    identities: tuple[IdentityView, ...] = ()
    preferences: tuple[PreferenceView, ...] = ()
    issues: tuple[IssueView, ...] = ()
    offers_made: tuple[OfferMadeView, ...] = ()
    said: tuple[RecordMessageView, ...] = ()
    last: tuple[SegmentView, ...] = ()
    elsewhere: tuple[SourceView, ...] = ()


class CardSource:
    """Cards of one tenant's customers, with these parts."""

    def __init__(
        self,
        records: Records,
        parts: Collection[CardPart] = CARD_PARTS,
        gathering: Gathering | None = None,
    ) -> None:
        self._records = records
        self._gathering = gathering
        self._parts = frozenset(parts)

    async def card_of(
        self, customer_id: str, interaction_id: str, *, sees_personal: bool
    ) -> CustomerCard:
        """The card of a customer; ``interaction_id`` is what they want now, which is no history
        yet. Raises :class:`RecordUnavailable` and :class:`RecordOutdated`."""
        async with self._records.reading() as session:
            tenant = self._records.tenant
            record, _ = await record_of(session, tenant, customer_id, 0, LAST_MAX + 1)
        if self._gathering is not None and "elsewhere" in self._parts:
            found = await self._gathering.gather(customer_id)
            record = msgspec.structs.replace(record, elsewhere=found)
        view = record if sees_personal else without_personal(record)
        return self._shown(_card_in(view, interaction_id))

    def _shown(self, card: CustomerCard) -> CustomerCard:
        empty = {"owner": ""}
        hidden = {name: empty.get(name, ()) for name in CARD_PARTS if name not in self._parts}
        return msgspec.structs.replace(card, **hidden)


def _card_in(record: CustomerRecordView, interaction_id: str) -> CustomerCard:
    issues = [issue for issue in record.issues if not issue.resolved_ms]
    last = [one for one in record.segments if one.interaction_id != interaction_id]
    return CustomerCard(
        customer_id=record.customer_id,
        customers=tuple(record.customers) if len(record.customers) > 1 else (),
        first_seen_ms=record.first_seen_ms,
        resolve_first=any(issue.blocks_selling for issue in issues),
        owner=record.owner,
        identities=tuple(record.identities[:IDENTITIES_MAX]),
        preferences=tuple(record.preferences[:PREFERENCES_MAX]),
        issues=tuple(issues[:ISSUES_MAX]),
        offers_made=tuple(record.offers_made[:OFFERS_MAX]),
        said=tuple(record.messages[:SAID_MAX]),
        last=tuple(last[:LAST_MAX]),
        elsewhere=tuple(record.elsewhere),
    )
