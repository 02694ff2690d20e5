"""What a page of journal records changes in the record. The caller commits it, or nothing of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from adapters.record.schema import (
    Base,
    Conversation,
    Customer,
    Handling,
    MovedConversation,
    Note,
    Outcome,
    SaidMessage,
    Segment,
)
from router import events as ev
from router.record import Record

__all__ = ("Folding", "clean", "new_customer")

AT_ONCE: Final = 500
"""Keys that are asked for in one question; SQLite takes some thousands."""

NUL: Final = "\x00"

Row = TypeVar("Row", bound=Base)

_About: TypeAlias = (
    ev.InteractionMoved
    | ev.InteractionReclassified
    | ev.OfferIssued
    | ev.OfferAccepted
    | ev.InteractionRequeued
    | ev.InteractionCompleted
    | ev.InteractionWrappedUp
    | ev.InteractionCancelled
    | ev.InteractionDiverted
    | ev.InteractionNoted
)
"""What is told of an interaction that is known."""


def clean(text: str) -> str:
    """A text as any database takes it: PostgreSQL has no room for the character of value 0."""
    return text.replace(NUL, "\ufffd") if NUL in text else text


class Folding:
    """One page, over one session."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session = session
        self._tenant = tenant
        self._segments: dict[str, Segment] = {}
        self._handlings: dict[int, Handling] = {}
        self._conversations: dict[str, Conversation] = {}
        self._customers: dict[str, Customer] = {}
        self._moved: dict[str, str] = {}
        self._named: dict[str, str] = {}

    async def fold(self, records: Sequence[Record]) -> None:
        """Fold records in their order."""
        await self._prefetch([event for record in records for event in record.events])
        for record in records:
            for event in record.events:
                self._fold(event, record.now_ms)
        for conversation_id, customer_id in self._named.items():
            await self._name(conversation_id, customer_id)

    async def _prefetch(self, events: Sequence[ev.Event]) -> None:
        """Read all that these events are about."""
        names = {clean(event.interaction_id) for event in events if isinstance(event, _About)}
        for segment in await self._rows(Segment, Segment.interaction_id, names):
            known = self._segments.get(segment.interaction_id)
            if known is None or known.sequence < segment.sequence:
                self._segments[segment.interaction_id] = segment
        held = {one.sequence for one in self._segments.values() if one.handlings}
        is_open = Handling.ended_ms == 0
        for handling in await self._rows(Handling, Handling.sequence, held, is_open):
            self._handlings[handling.sequence] = handling
        created = [event for event in events if isinstance(event, ev.InteractionCreated)]
        matters = {clean(event.conversation_id) for event in created}
        matters |= {segment.conversation_id for segment in self._segments.values()}
        matters -= {""}
        for moved in await self._rows(
            MovedConversation, MovedConversation.conversation_id, matters
        ):
            self._moved[moved.conversation_id] = moved.customer_id
        for conversation in await self._rows(Conversation, Conversation.conversation_id, matters):
            self._conversations[conversation.conversation_id] = conversation
        people = {clean(event.customer_id) for event in created} | set(self._moved.values())
        people |= {one.customer_id for one in self._conversations.values()}
        for customer in await self._rows(Customer, Customer.customer_id, people - {""}):
            self._customers[customer.customer_id] = customer

    async def _rows(
        self,
        table: type[Row],
        column: InstrumentedAttribute[str] | InstrumentedAttribute[int],
        keys: Iterable[str] | Iterable[int],
        *conditions: ColumnElement[bool],
    ) -> list[Row]:
        found: list[Row] = []
        left = iter(keys)
        tenant = getattr(table, "tenant")  # noqa: B009  # not of the base, but of every table
        while some := list(islice(left, AT_ONCE)):
            asked = select(table).where(tenant == self._tenant, column.in_(some), *conditions)
            found += (await self._session.scalars(asked)).all()
        return found

    def _fold(self, event: ev.Event, now_ms: int) -> None:
        match event:
            case ev.InteractionCreated():
                self._created(event)
            case ev.InteractionMoved() | ev.InteractionReclassified():
                self._of(event).queue = clean(event.queue)
            case ev.OfferIssued():
                self._of(event).offers += 1
            case ev.OfferAccepted():
                self._accepted(event, now_ms)
            case ev.InteractionRequeued():
                self._requeued(event, now_ms)
            case ev.InteractionCompleted():
                self._completed(event, now_ms)
            case ev.InteractionWrappedUp():
                self._ended(self._of(event), "completed", now_ms)
            case ev.InteractionCancelled() | ev.InteractionDiverted():
                self._given_up(event, now_ms)
            case ev.InteractionNoted():
                self._noted(event, now_ms)

    def _of(self, event: _About) -> Segment:
        name = clean(event.interaction_id)
        found = self._segments.get(name)
        if found is None:
            # of an interaction that began before the record did; it is kept out of the database
            found = self._segments[name] = Segment(
                tenant=self._tenant, sequence=0, interaction_id=name
            )
        return found

    def _created(self, event: ev.InteractionCreated) -> None:
        conversation_id, named = clean(event.conversation_id), clean(event.customer_id)
        customer_id = self._whose(conversation_id, named)
        segment = Segment(
            tenant=self._tenant,
            sequence=event.sequence,
            interaction_id=clean(event.interaction_id),
            customer_id=customer_id,
            named_customer_id=named,
            conversation_id=conversation_id,
            channel=clean(event.channel),
            queue=clean(event.queue),
            label=clean(event.label),
            created_ms=event.created_ms,
            origin_ms=event.origin_ms,
            state="waiting",
        )
        self._session.add(segment)
        self._segments[segment.interaction_id] = segment
        if customer_id:
            self._seen(customer_id, event.created_ms)
        if conversation_id:
            self._goes_on(conversation_id, customer_id, event.created_ms)

    def _whose(self, conversation_id: str, named: str) -> str:
        """Whose it is: as it says, or as its conversation does."""
        if conversation_id in self._moved:
            return self._moved[conversation_id]
        known = self._conversations.get(conversation_id)
        return named or (known.customer_id if known else "")

    def _seen(self, customer_id: str, at_ms: int) -> None:
        customer = self._customers.get(customer_id)
        if customer is None:
            customer = self._customers[customer_id] = new_customer(self._tenant, customer_id, at_ms)
            self._session.add(customer)
        customer.first_seen_ms = min(customer.first_seen_ms or at_ms, at_ms)
        customer.last_seen_ms = max(customer.last_seen_ms, at_ms)

    def _goes_on(self, conversation_id: str, customer_id: str, at_ms: int) -> None:
        known = self._conversations.get(conversation_id)
        if known is None:
            known = self._conversations[conversation_id] = Conversation(
                tenant=self._tenant,
                conversation_id=conversation_id,
                customer_id=customer_id,
                first_ms=at_ms,
                last_ms=at_ms,
            )
            self._session.add(known)
            if customer_id:
                self._named[conversation_id] = customer_id  # something may have been said before
        elif customer_id and not known.customer_id:
            known.customer_id = self._named[conversation_id] = customer_id
        known.last_ms = max(known.last_ms, at_ms)

    async def _name(self, conversation_id: str, customer_id: str) -> None:
        """What came before anybody said whose the conversation was, is theirs too."""
        nobody = Segment.customer_id == ""
        for segment in await self._rows(
            Segment, Segment.conversation_id, [conversation_id], nobody
        ):
            segment.customer_id = customer_id
        none = Outcome.customer_id == ""
        for outcome in await self._rows(Outcome, Outcome.conversation_id, [conversation_id], none):
            outcome.customer_id = customer_id
        theirs = SaidMessage.customer_id == ""
        for message in await self._rows(
            SaidMessage, SaidMessage.conversation_id, [conversation_id], theirs
        ):
            message.customer_id = customer_id

    def _accepted(self, event: ev.OfferAccepted, now_ms: int) -> None:
        segment = self._of(event)
        if not segment.accepted_ms:
            segment.accepted_ms, segment.waited_ms = now_ms, event.waited_ms
        segment.state, segment.agent_id = "assigned", event.agent_id
        segment.handlings += 1
        handling = Handling(
            tenant=self._tenant,
            sequence=segment.sequence,
            number=segment.handlings,
            agent_id=event.agent_id,
            accepted_ms=now_ms,
        )
        if segment.sequence:
            self._session.add(handling)
        self._handlings[segment.sequence] = handling

    def _requeued(self, event: ev.InteractionRequeued, now_ms: int) -> None:
        segment = self._of(event)
        segment.state = "waiting"
        handling = self._handlings.pop(segment.sequence, None)
        if handling is not None:
            handling.ended_ms, handling.ended_by = now_ms, "requeued"
            handling.handled_ms = now_ms - handling.accepted_ms
            handling.reason = clean(event.reason)

    def _completed(self, event: ev.InteractionCompleted, now_ms: int) -> None:
        segment = self._of(event)
        segment.state, segment.agent_id = "wrap_up", event.agent_id
        segment.handled_ms, segment.outcome = event.handled_ms, clean(event.outcome)
        handling = self._handlings.pop(segment.sequence, None)
        if handling is not None:
            handling.ended_ms, handling.ended_by = now_ms, "completed"
            handling.handled_ms, handling.outcome = event.handled_ms, segment.outcome
        if segment.outcome and segment.sequence:
            self._session.add(outcome_of(segment, now_ms))

    def _given_up(
        self, event: ev.InteractionCancelled | ev.InteractionDiverted, now_ms: int
    ) -> None:
        segment = self._of(event)
        segment.waited_ms = event.waited_ms
        if isinstance(event, ev.InteractionCancelled):
            segment.reason = clean(event.reason)
            self._ended(segment, "cancelled", now_ms)
        else:
            segment.reason = clean(event.target)
            self._ended(segment, "diverted", now_ms)

    def _ended(self, segment: Segment, state: str, now_ms: int) -> None:
        segment.state, segment.ended_ms = state, now_ms
        conversation = self._conversations.get(segment.conversation_id)
        if conversation is not None:
            conversation.last_ms = max(conversation.last_ms, now_ms)

    def _noted(self, event: ev.InteractionNoted, now_ms: int) -> None:
        segment = self._of(event)
        if segment.sequence:
            text, author = clean(event.text), clean(event.author)
            told = {"sequence": segment.sequence, "at_ms": now_ms, "author": author, "text": text}
            self._session.add(Note(tenant=self._tenant, **told))


def new_customer(tenant: str, customer_id: str, at_ms: int = 0) -> Customer:
    """A customer of whom nothing more is known."""
    return Customer(
        tenant=tenant,
        customer_id=customer_id,
        person_id=customer_id,
        first_seen_ms=at_ms,
        last_seen_ms=at_ms,
    )


def outcome_of(segment: Segment, at_ms: int) -> Outcome:
    """What the agent has said of how it ended."""
    return Outcome(
        tenant=segment.tenant,
        customer_id=segment.customer_id,
        conversation_id=segment.conversation_id,
        interaction_id=segment.interaction_id,
        agent_id=segment.agent_id,
        queue=segment.queue,
        at_ms=at_ms,
        kind="outcome",
        outcome=segment.outcome,
        score=None,
        source="journal",
    )
