"""The whole record of a customer, as it stands: every medium, the newest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from adapters.record.people import customer_of, identity_view, ids_of_person
from adapters.record.position import place_at
from adapters.record.schema import (
    Conversation,
    Customer,
    Handling,
    Identity,
    Issue,
    Note,
    OfferMade,
    Outcome,
    Preference,
    SaidMessage,
    Segment,
)
from adapters.record.views import (
    ConversationSummary,
    CustomerRecordView,
    HandlingView,
    IssueView,
    OfferMadeView,
    OutcomeView,
    PreferenceView,
    RecordMessageView,
    SegmentNoteView,
    SegmentView,
)
from adapters.record.writing import view_of

__all__ = ("messages_of", "person_of", "record_of")

SHOWN_MAX: Final = 50
"""Of each kind beside segments: the newest, or those that are open."""

IDENTITIES_SHOWN_MAX: Final = 200
MESSAGES_SHOWN: Final = 20
TEXT_SHOWN_MAX: Final = 500
NOTES_MAX: Final = 20
"""Of one segment."""


async def person_of(session: AsyncSession, tenant: str, customer_id: str) -> tuple[str, list[str]]:
    """The id of the person whom a customer is, and those of all who are the same."""
    customer = await customer_of(session, tenant, customer_id)
    if customer is None:
        return customer_id, [customer_id]
    person = customer.person_id
    return person, list(await ids_of_person(session, tenant, person))


async def record_of(
    session: AsyncSession, tenant: str, customer_id: str, before: int, limit: int
) -> tuple[CustomerRecordView, int]:
    """All that is known, with a page of segments from before a sequence (0: the newest); and the
    sequence before which the next page begins (0: there is none)."""
    person, ids = await person_of(session, tenant, customer_id)
    of = _Theirs(session, tenant, ids)
    people = await of.all(Customer, Customer.customer_id, most=len(ids))
    owner = max(people, key=lambda one: (bool(one.owner), one.owner_since_ms), default=None)
    segments, further = await _segments(of, before, limit)
    place = await place_at(session, tenant)
    view = CustomerRecordView(
        customer_id=customer_id,
        person_id=person,
        customers=ids,
        owner=owner.owner if owner else "",
        first_seen_ms=min((one.first_seen_ms for one in people), default=0),
        last_seen_ms=max((one.last_seen_ms for one in people), default=0),
        identities=[
            identity_view(each, person)
            for each in await of.all(Identity, Identity.since_ms, most=IDENTITIES_SHOWN_MAX)
        ],
        preferences=_preferences(await of.all(Preference, Preference.changed_ms)),
        issues=_views(IssueView, await of.all(Issue, *_open_first())),
        offers_made=_views(OfferMadeView, await of.all(OfferMade, OfferMade.made_ms.desc())),
        outcomes=_views(OutcomeView, await of.all(Outcome, Outcome.at_ms.desc())),
        messages=await messages_of(session, tenant, ids, None, MESSAGES_SHOWN, TEXT_SHOWN_MAX),
        conversations=await _conversations(of),
        segments=segments,
        as_of_ms=place.at_ms,
    )
    return view, further


async def messages_of(
    session: AsyncSession,
    tenant: str,
    ids: Sequence[str],
    before: tuple[int, str] | None,
    limit: int,
    text_max: int | None = None,
) -> list[RecordMessageView]:
    """What was said with a person, the newest first, from before a time and digest; of each text at
    most so many characters."""
    asked = select(SaidMessage).where(
        SaidMessage.tenant == tenant, SaidMessage.customer_id.in_(ids)
    )
    if before is not None:
        at_ms, digest = before
        earlier = (SaidMessage.at_ms == at_ms) & (SaidMessage.digest < digest)
        asked = asked.where((SaidMessage.at_ms < at_ms) | earlier)
    newest = asked.order_by(SaidMessage.at_ms.desc(), SaidMessage.digest.desc()).limit(limit)
    return [_message_view(row, text_max) for row in await session.scalars(newest)]


def _message_view(row: SaidMessage, text_max: int | None) -> RecordMessageView:
    named = [str(each.get("uri", "")) for each in row.attachments.get("items", ())]
    text = row.text if text_max is None else row.text[:text_max]
    return view_of(RecordMessageView, row, attachments=named, text=text)


class _Theirs:
    """Rows of one person."""

    def __init__(self, session: AsyncSession, tenant: str, ids: Sequence[str]) -> None:
        self.session = session
        self.tenant = tenant
        self.ids = ids

    async def all(self, table: type[Any], *order: Any, most: int = SHOWN_MAX) -> Sequence[Any]:
        """Those of a table."""
        asked = select(table).where(table.tenant == self.tenant, table.customer_id.in_(self.ids))
        return (await self.session.scalars(asked.order_by(*order).limit(most))).all()

    async def by_sequence(
        self, table: type[Any], sequences: Iterable[int], *order: Any
    ) -> dict[int, list[Any]]:
        """Those of a table that belong to segments, by segment."""
        asked = select(table).where(
            table.tenant == self.tenant, table.sequence.in_(list(sequences))
        )
        found: dict[int, list[Any]] = defaultdict(list)
        for row in await self.session.scalars(asked.order_by(*order)):
            found[row.sequence].append(row)
        return found


def _open_first() -> tuple[Any, ...]:
    """Open issues, the newest of them first, then the others."""
    return (Issue.resolved_ms > 0, Issue.opened_ms.desc())


def _views(kind: type[Any], rows: Sequence[Any]) -> list[Any]:
    return [view_of(kind, row) for row in rows]


def _preferences(rows: Sequence[Preference]) -> list[PreferenceView]:
    """Of one name, what was said last, by whatever customer of the person."""
    newest = {row.name: row for row in rows}
    return [view_of(PreferenceView, newest[name]) for name in sorted(newest)]


async def _segments(of: _Theirs, before: int, limit: int) -> tuple[list[SegmentView], int]:
    asked = select(Segment).where(Segment.tenant == of.tenant, Segment.customer_id.in_(of.ids))
    if before:
        asked = asked.where(Segment.sequence < before)
    found = (
        await of.session.scalars(asked.order_by(Segment.sequence.desc()).limit(limit + 1))
    ).all()
    page = found[:limit]
    names = [row.sequence for row in page]
    parts = await of.by_sequence(Handling, names, Handling.number)
    notes = await of.by_sequence(Note, names, Note.number)
    views = [
        view_of(
            SegmentView,
            row,
            handlings=_views(HandlingView, parts[row.sequence]),
            notes=_views(SegmentNoteView, notes[row.sequence][-NOTES_MAX:]),
        )
        for row in page
    ]
    return views, page[-1].sequence if len(found) > limit else 0


async def _conversations(of: _Theirs) -> list[ConversationSummary]:
    rows = await of.all(Conversation, Conversation.last_ms.desc())
    names = [row.conversation_id for row in rows]
    asked = (
        select(
            Segment.conversation_id,
            Segment.channel,
            func.count().label("segments"),
            func.count().filter(Segment.ended_ms == 0).label("still"),
        )
        .where(Segment.tenant == of.tenant, Segment.conversation_id.in_(names))
        .group_by(Segment.conversation_id, Segment.channel)
        .order_by(func.min(Segment.sequence))
    )
    parts: dict[str, list[Any]] = defaultdict(list)
    for part in await of.session.execute(asked):
        parts[part.conversation_id].append(part)
    return [
        ConversationSummary(
            conversation_id=row.conversation_id,
            first_ms=row.first_ms,
            last_ms=row.last_ms,
            segments=sum(part.segments for part in parts[row.conversation_id]),
            open=sum(part.still for part in parts[row.conversation_id]),
            channels=[part.channel for part in parts[row.conversation_id]],
        )
        for row in rows
    ]
