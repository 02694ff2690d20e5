"""What is told of a customer: values for the API, for cards, and for whoever routes."""

from __future__ import annotations

from msgspec import Struct

from adapters.connectors.facts import SourceView

__all__ = (
    "ConversationSummary",
    "CustomerRecordView",
    "HandlingView",
    "IdentityChangeView",
    "IdentityView",
    "IssueView",
    "OfferMadeView",
    "OutcomeView",
    "OwnerView",
    "PreferenceView",
    "RecordMessageView",
    "SegmentNoteView",
    "SegmentView",
)


class IdentityView(Struct, frozen=True, kw_only=True):
    """Where a customer can be met. ``person_id``: the customer whom theirs was merged into."""

    medium: str
    address: str
    customer_id: str
    person_id: str
    since_ms: int
    source: str


class IdentityChangeView(Struct, frozen=True, kw_only=True):
    """One change of who is who: ``added``, ``merged``, ``split`` or ``moved``."""

    number: int
    kind: str
    customer_id: str
    other_id: str
    at_ms: int
    made_by: str
    reason: str
    medium: str = ""
    address: str = ""


class PreferenceView(Struct, frozen=True, kw_only=True):
    """What a customer prefers."""

    name: str
    value: str
    changed_ms: int
    changed_by: str


class OwnerView(Struct, frozen=True, kw_only=True):
    """The agent whose customer it is; "": nobody's."""

    customer_id: str
    owner: str
    owner_since_ms: int


class IssueView(Struct, frozen=True, kw_only=True):
    """A matter that is open, or was (``resolved_ms``). ``blocks_selling``: resolve it first."""

    issue_id: str
    customer_id: str
    title: str
    queue: str
    conversation_id: str
    blocks_selling: bool
    opened_ms: int
    opened_by: str
    resolved_ms: int
    resolved_by: str


class OfferMadeView(Struct, frozen=True, kw_only=True):
    """Something that the customer was offered to buy or take, and what they said."""

    offer_made_id: str
    customer_id: str
    name: str
    status: str
    made_ms: int
    changed_ms: int
    until_ms: int
    agent_id: str
    conversation_id: str


class OutcomeView(Struct, frozen=True, kw_only=True):
    """How something ended, or was taken; ``score`` in [0, 1], null: none was given."""

    kind: str
    outcome: str
    score: float | None
    at_ms: int
    interaction_id: str
    conversation_id: str
    agent_id: str
    queue: str
    source: str


class HandlingView(Struct, frozen=True, kw_only=True):
    """An agent's part of a segment; ``ended_ms`` 0: not ended."""

    agent_id: str
    accepted_ms: int
    ended_ms: int
    ended_by: str
    handled_ms: int
    reason: str


class SegmentNoteView(Struct, frozen=True, kw_only=True):
    """What was written down about a segment."""

    at_ms: int
    author: str
    text: str


class SegmentView(Struct, frozen=True, kw_only=True):
    """One interaction, on one medium, from its arrival to its end (``ended_ms`` 0: not yet)."""

    interaction_id: str
    conversation_id: str
    customer_id: str
    channel: str
    queue: str
    label: str
    created_ms: int
    state: str
    agent_id: str
    waited_ms: int
    handled_ms: int
    ended_ms: int
    outcome: str
    reason: str
    offers: int
    handlings: list[HandlingView]
    notes: list[SegmentNoteView]


class RecordMessageView(Struct, frozen=True, kw_only=True):
    """What was said; in a whole record the beginning of its text. Attachments are told by their
    addresses (``uri``)."""

    account: str
    message_id: str
    conversation_id: str
    customer_id: str
    channel: str
    direction: str
    at_ms: int
    agent_id: str
    subject: str
    text: str
    attachments: list[str]
    delivery: str


class ConversationSummary(Struct, frozen=True, kw_only=True):
    """One matter over all media: the channels it went over, how many segments, how many open."""

    conversation_id: str
    first_ms: int
    last_ms: int
    segments: int
    open: int
    channels: list[str]


class CustomerRecordView(Struct, frozen=True, kw_only=True):
    """All that is known of a customer. ``elsewhere``: what other systems say, each for itself.
    ``customers`` are all ids of the one person; ``as_of_ms`` is
    the time of the last journal record in it.

    ``segments`` are a page, the newest first; ``next`` is the link to older ones. Of
    ``messages``, ``conversations``, ``offers_made``, ``outcomes`` and resolved issues the newest
    are told.
    """

    customer_id: str
    person_id: str
    customers: list[str]
    owner: str
    first_seen_ms: int
    last_seen_ms: int
    identities: list[IdentityView]
    preferences: list[PreferenceView]
    issues: list[IssueView]
    offers_made: list[OfferMadeView]
    outcomes: list[OutcomeView]
    messages: list[RecordMessageView]
    conversations: list[ConversationSummary]
    segments: list[SegmentView]
    as_of_ms: int
    elsewhere: list[SourceView] = []
    next: str | None = None
