"""The tables of the customer record, as docs/record.md describes them.

Every key begins with the tenant. Times are milliseconds since 1970; a time of 0, and a text of "",
is one that is not known. Tables without foreign keys: what is folded from the journal may be thrown
away and folded anew, beside what people have written.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Final, TypeAlias

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnDefault,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = (
    "FOLDED",
    "PERSONAL",
    "Base",
    "Conversation",
    "Customer",
    "Handling",
    "Identity",
    "IdentityChange",
    "Issue",
    "MovedConversation",
    "Note",
    "OfferMade",
    "Outcome",
    "Position",
    "Preference",
    "SaidMessage",
    "Segment",
)

IDENTIFIER_MAX: Final = 128
ADDRESS_MAX: Final = 320
"""The longest address of e-mail that there is; numbers and handles are shorter."""

Tenant: TypeAlias = Annotated[str, mapped_column(String(63), primary_key=True)]
Key: TypeAlias = Annotated[str, mapped_column(String(IDENTIFIER_MAX), primary_key=True)]
Name: TypeAlias = Annotated[str, mapped_column(String(IDENTIFIER_MAX), default="")]
Words: TypeAlias = Annotated[str, mapped_column(Text, default="")]
TimeMs: TypeAlias = Annotated[int, mapped_column(BigInteger, default=0)]
Count: TypeAlias = Annotated[int, mapped_column(Integer, default=0)]
Serial: TypeAlias = Annotated[
    int,
    mapped_column(
        # SQLite counts by itself in this type alone
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
]  # fmt: skip


class Base(DeclarativeBase):
    """All tables. A new row has its defaults at once, not only when it is written."""

    def __init__(self, **given: Any) -> None:
        for name, value in (_defaults(type(self)) | given).items():
            setattr(self, name, value)


@cache
def _defaults(table: type[Base]) -> dict[str, Any]:
    columns = table.__table__.columns
    return {
        each.key: each.default.arg
        for each in columns
        if isinstance(each.default, ColumnDefault) and each.default.is_scalar
    }


class Position(Base):
    """How far a tenant's journal has been folded, and who may fold on."""

    __tablename__ = "positions"

    tenant: Mapped[Tenant]
    record_id: Mapped[Name]
    record_hash: Mapped[bytes] = mapped_column(LargeBinary(8), default=b"")
    at_ms: Mapped[TimeMs]
    records: Mapped[int] = mapped_column(BigInteger, default=0)
    feed_id: Mapped[Name] = mapped_column(String(IDENTIFIER_MAX), default="", server_default="")
    """How far the feed of messages has been taken in."""

    writer: Mapped[int] = mapped_column(BigInteger, default=0)
    """Grows by one with each process that begins to write: whoever holds an older one is fenced."""


class Customer(Base):
    """A customer as somebody has named one. Those who turned out to be one person share
    ``person_id``, which is the id of the one that the others were merged into."""

    __tablename__ = "customers"
    __table_args__ = (Index("customers_of_person", "tenant", "person_id"),)

    tenant: Mapped[Tenant]
    customer_id: Mapped[Key]
    person_id: Mapped[Name]
    merged_into: Mapped[Name]
    owner: Mapped[Name]
    owner_since_ms: Mapped[TimeMs]
    first_seen_ms: Mapped[TimeMs]
    last_seen_ms: Mapped[TimeMs]


class Identity(Base):
    """Where a customer can be met: a medium, and an address as it is compared."""

    __tablename__ = "identities"
    __table_args__ = (Index("identities_of_customer", "tenant", "customer_id"),)

    tenant: Mapped[Tenant]
    medium: Mapped[str] = mapped_column(String(IDENTIFIER_MAX), primary_key=True)
    address: Mapped[str] = mapped_column(String(ADDRESS_MAX), primary_key=True)
    customer_id: Mapped[Name]
    since_ms: Mapped[TimeMs]
    source: Mapped[Name]


class IdentityChange(Base):
    """One change of who is who, kept for good."""

    __tablename__ = "identity_changes"
    __table_args__ = (
        Index("changes_of_customer", "tenant", "customer_id"),
        Index("changes_of_other", "tenant", "other_id"),
    )

    number: Mapped[Serial]
    tenant: Mapped[str] = mapped_column(String(63))
    kind: Mapped[Name]
    customer_id: Mapped[Name]
    other_id: Mapped[Name]
    at_ms: Mapped[TimeMs]
    made_by: Mapped[Name]
    reason: Mapped[Words]
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class MovedConversation(Base):
    """A conversation that is another customer's than the journal says, since a split."""

    __tablename__ = "moved_conversations"

    tenant: Mapped[Tenant]
    conversation_id: Mapped[Key]
    customer_id: Mapped[Name]


class Conversation(Base):
    """One matter, over all media."""

    __tablename__ = "conversations"
    __table_args__ = (Index("conversations_of_customer", "tenant", "customer_id", "last_ms"),)

    tenant: Mapped[Tenant]
    conversation_id: Mapped[Key]
    customer_id: Mapped[Name]
    first_ms: Mapped[TimeMs]
    last_ms: Mapped[TimeMs]


class Segment(Base):
    """One interaction, from its arrival to its end. ``sequence`` is the router's number of it: an
    ``interaction_id`` may come again after long."""

    __tablename__ = "segments"
    __table_args__ = (
        Index("segments_of_interaction", "tenant", "interaction_id", "sequence"),
        Index("segments_of_customer", "tenant", "customer_id", "sequence"),
        Index("segments_of_conversation", "tenant", "conversation_id"),
    )

    tenant: Mapped[Tenant]
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    interaction_id: Mapped[Name]
    customer_id: Mapped[Name]
    named_customer_id: Mapped[Name]
    """As the journal has it; ``customer_id`` may be the conversation's."""

    conversation_id: Mapped[Name]
    channel: Mapped[Name]
    queue: Mapped[Name]
    label: Mapped[Name]
    created_ms: Mapped[TimeMs]
    origin_ms: Mapped[TimeMs]
    state: Mapped[Name]
    """``waiting``, ``assigned``, ``wrap_up``, ``completed``, ``cancelled`` or ``diverted``."""

    agent_id: Mapped[Name]
    """Who has it, or had it last."""

    accepted_ms: Mapped[TimeMs]
    waited_ms: Mapped[TimeMs]
    handled_ms: Mapped[TimeMs]
    ended_ms: Mapped[TimeMs]
    outcome: Mapped[Words]
    reason: Mapped[Words]
    offers: Mapped[Count]
    handlings: Mapped[Count]


class Handling(Base):
    """An agent's part of a segment: from accepting it to giving it up or completing it."""

    __tablename__ = "handlings"

    tenant: Mapped[Tenant]
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    agent_id: Mapped[Name]
    accepted_ms: Mapped[TimeMs]
    ended_ms: Mapped[TimeMs]
    ended_by: Mapped[Name]
    """``completed`` or ``requeued``; "": not ended."""

    handled_ms: Mapped[TimeMs]
    outcome: Mapped[Words]
    reason: Mapped[Words]


class Outcome(Base):
    """How something ended, or how it was taken: of a completed segment (``source`` ``journal``), or
    as others tell it (a survey, a sentiment). ``score`` lies in [0, 1]; None: it has none."""

    __tablename__ = "outcomes"
    __table_args__ = (Index("outcomes_of_customer", "tenant", "customer_id", "at_ms"),)

    number: Mapped[Serial]
    tenant: Mapped[str] = mapped_column(String(63))
    customer_id: Mapped[Name]
    conversation_id: Mapped[Name]
    interaction_id: Mapped[Name]
    agent_id: Mapped[Name]
    queue: Mapped[Name]
    at_ms: Mapped[TimeMs]
    kind: Mapped[Name]
    outcome: Mapped[Words]
    score: Mapped[float | None] = mapped_column(Float)
    source: Mapped[Name]


class Note(Base):
    """What somebody has written down about an interaction."""

    __tablename__ = "notes"
    __table_args__ = (Index("notes_of_segment", "tenant", "sequence"),)

    number: Mapped[Serial]
    tenant: Mapped[str] = mapped_column(String(63))
    sequence: Mapped[int] = mapped_column(BigInteger)
    at_ms: Mapped[TimeMs]
    author: Mapped[Name]
    text: Mapped[Words]


class OfferMade(Base):
    """Something that the customer was offered to buy or take."""

    __tablename__ = "offers_made"
    __table_args__ = (Index("offers_made_to_customer", "tenant", "customer_id", "made_ms"),)

    tenant: Mapped[Tenant]
    offer_made_id: Mapped[Key]
    customer_id: Mapped[Name]
    name: Mapped[Words]
    status: Mapped[Name]
    """``made``, ``accepted``, ``declined`` or ``withdrawn``."""

    made_ms: Mapped[TimeMs]
    changed_ms: Mapped[TimeMs]
    until_ms: Mapped[TimeMs]
    agent_id: Mapped[Name]
    conversation_id: Mapped[Name]


class Issue(Base):
    """A matter of the customer's that is open, or was."""

    __tablename__ = "issues"
    __table_args__ = (Index("issues_of_customer", "tenant", "customer_id", "opened_ms"),)

    tenant: Mapped[Tenant]
    issue_id: Mapped[Key]
    customer_id: Mapped[Name]
    title: Mapped[Words]
    queue: Mapped[Name]
    conversation_id: Mapped[Name]
    blocks_selling: Mapped[bool] = mapped_column(default=False)
    opened_ms: Mapped[TimeMs]
    opened_by: Mapped[Name]
    resolved_ms: Mapped[TimeMs]
    resolved_by: Mapped[Name]


class Preference(Base):
    """What a customer prefers: a language, a channel, a time of day."""

    __tablename__ = "preferences"

    tenant: Mapped[Tenant]
    customer_id: Mapped[Key]
    name: Mapped[Key]
    value: Mapped[Words]
    changed_ms: Mapped[TimeMs]
    changed_by: Mapped[Name]


class SaidMessage(Base):
    """What was said in a conversation, by whom, on which medium; attachments by reference."""

    __tablename__ = "messages"
    __table_args__ = (
        Index("messages_of_conversation", "tenant", "conversation_id", "at_ms"),
        Index("messages_of_customer", "tenant", "customer_id", "at_ms"),
    )

    tenant: Mapped[Tenant]
    digest: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Of account and message id, which may be long."""

    account: Mapped[Name]
    message_id: Mapped[Words]
    conversation_id: Mapped[Name]
    customer_id: Mapped[Name]
    channel: Mapped[Name]
    direction: Mapped[Name]
    at_ms: Mapped[TimeMs]
    agent_id: Mapped[Name]
    sender_medium: Mapped[Name]
    sender_address: Mapped[Words]
    recipients: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    subject: Mapped[Words]
    text: Mapped[Words]
    attachments: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    delivery: Mapped[Name]


FOLDED: Final[tuple[type[Base], ...]] = (Segment, Handling, Conversation, Note)
"""Folded from the journal and from nothing else: `rebuild` makes them anew (and, of ``outcomes``,
those whose source is the journal)."""

PERSONAL: Final[tuple[type[Base], ...]] = (
    *(Identity, OfferMade, Issue, Preference, Outcome),
    SaidMessage,
)
"""Go with a customer who is forgotten."""
