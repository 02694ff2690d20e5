"""What may be said with requests about customers' records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Required, TypedDict

from .terms import Asked, Keyed

__all__ = (
    "IdentityTerms",
    "IssueTerms",
    "MergeTerms",
    "OfferMadeTerms",
    "OutcomeTerms",
    "OwnerTerms",
    "PreferenceTerms",
    "SplitTerms",
)


class IdentityTerms(Keyed, total=False):
    """Where a customer is met."""

    medium: Required[str]
    address: Required[str]
    reason: str


class MergeTerms(Keyed, total=False):
    """The customer who turned out to be the same person."""

    into: Required[str]
    reason: str


class SplitTerms(Keyed, total=False):
    """What is another customer's (``to``); without it, a merge is undone."""

    to: str | None
    identities: Sequence[Asked]
    conversations: Sequence[str]
    reason: str


class OwnerTerms(TypedDict, total=False):
    """The agent whose customer it is; "": nobody's."""

    agent_id: Required[str]


class PreferenceTerms(TypedDict, total=False):
    """What is preferred; "" takes it away."""

    value: Required[str]


class IssueTerms(TypedDict, total=False):
    """An open matter, or (``is_resolved``) one that is open no more."""

    title: Required[str]
    queue: str
    conversation_id: str
    blocks_selling: bool
    is_resolved: bool


class OfferMadeTerms(TypedDict, total=False):
    """What was offered, and what the customer said to it."""

    name: Required[str]
    status: Literal["made", "accepted", "declined", "withdrawn"]
    until_ms: int
    agent_id: str
    conversation_id: str


class OutcomeTerms(Keyed, total=False):
    """How something was taken; ``score`` in [0, 1]."""

    kind: Required[Literal["survey", "sentiment", "outcome"]]
    outcome: str
    score: float | None
    at_ms: int
    agent_id: str
    queue: str
    interaction_id: str
    conversation_id: str
