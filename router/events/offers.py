"""Events of offers, with the records of decisions."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from router.events.base import EventBase

__all__ = (
    "Candidate",
    "Chosen",
    "Decision",
    "Joint",
    "OfferAccepted",
    "OfferDeclined",
    "OfferExpired",
    "OfferHeld",
    "OfferIssued",
    "OfferRescinded",
    "Trigger",
)


Trigger: TypeAlias = Literal["agent", "interaction", "joint", "direct", "assigned"]
"""Who looked: a free agent for work, work for an agent, or several of both for one another; or
somebody told: to offer it to this agent, or to give it to them at once."""


class Candidate(Struct, frozen=True, array_like=True, gc=False):
    """One agent in a decision record: the score and its terms, all in millionths (ppm)."""

    agent_id: str
    score: int
    skill: int
    history: int
    load: int
    idle: int
    scarcity: int = 0


class Joint(Struct, frozen=True, array_like=True, gc=False):
    """How many agents and interactions were assigned to one another at once."""

    agents: int
    interactions: int


class Chosen(Struct, frozen=True, array_like=True, gc=False):
    """Who has chosen what comes first for them, under a policy by which anything does."""

    agent_id: str
    precedence: int
    """0: history ties it to them; else the priority that their profile gives its queue (1 where it
    does not tell queues apart, 100 where it does not list it)."""

    due_elsewhere: int = 0
    """Better agents who were passed over, as something else comes first for them."""


class Decision(Struct, frozen=True, omit_defaults=True, gc=False):
    """Why this agent: how many were considered, what removed the others, the best few."""

    trigger: Trigger
    policy_version: int
    urgency_ppm: int
    logged_in: int
    not_available: int
    no_capacity: int
    lacking_skill: int
    excluded: int
    candidates: int
    best: tuple[Candidate, ...]
    tie_break: Literal[
        "", "longest_idle", "round_robin", "target_share", "random", "by_attributes", "agent_id"
    ] = ""
    joint: Joint | None = None
    chosen: Chosen | None = None


class OfferIssued(EventBase, frozen=True, tag="offer_issued"):
    """An interaction was offered to an agent; capacity ``cost`` is reserved for it."""

    offer_id: str
    interaction_id: str
    agent_id: str
    cost: int
    expires_ms: int
    decision: Decision
    over_capacity: bool = False
    """Whether it was made without asking for room."""


class OfferHeld(EventBase, frozen=True, tag="offer_held"):
    """The agent's device connects the medium: the offer stands until ``expires_ms``."""

    offer_id: str
    interaction_id: str
    agent_id: str
    expires_ms: int


class OfferAccepted(EventBase, frozen=True, tag="offer_accepted"):
    """The agent took it: the assignment is active."""

    offer_id: str
    interaction_id: str
    agent_id: str
    waited_ms: int


class OfferDeclined(EventBase, frozen=True, tag="offer_declined"):
    """The agent refused; not offered to this agent again before ``excluded_until_ms``."""

    offer_id: str
    interaction_id: str
    agent_id: str
    excluded_until_ms: int
    reason: str = ""


class OfferExpired(EventBase, frozen=True, tag="offer_expired"):
    """Nobody answered in time; not offered to this agent again before ``excluded_until_ms``."""

    offer_id: str
    interaction_id: str
    agent_id: str
    excluded_until_ms: int


class OfferRescinded(EventBase, frozen=True, tag="offer_rescinded"):
    """The offer was withdrawn, through no fault of the agent; not offered to this agent again
    before ``excluded_until_ms`` (0: at once)."""

    offer_id: str
    interaction_id: str
    agent_id: str
    reason: str
    excluded_until_ms: int = 0
