"""What is answered to who could serve what waits, typed."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

__all__ = (
    "DecisionRecord",
    "Demand",
    "Eligibility",
    "Eligible",
    "EligibleGroup",
    "InteractionEligibility",
    "Lack",
    "QueueEligibility",
)


class _Model(Struct, frozen=True, kw_only=True):
    pass


class DecisionRecord(_Model, frozen=True):
    """An offer as the journal has it, with the decision behind it."""

    offer_id: str
    interaction_id: str
    agent_id: str
    record_id: str
    now_ms: int
    decision: dict[str, Any]


class Eligible(_Model, frozen=True):
    """An agent; ``obstacle`` is what stops them: ``asked`` (they have an open offer of it),
    ``no_capacity``, ``not_available``, ``excluded``, ``lacking_skill``, or "" for nothing."""

    agent_id: str
    obstacle: str
    lacks: int
    state: str
    activity: str
    in_hand: int


class EligibleGroup(_Model, frozen=True):
    """How many agents, by obstacle; the first of them by name."""

    count: int
    by_obstacle: dict[str, int]
    agents: tuple[Eligible, ...]


class Lack(_Model, frozen=True):
    """A hard requirement, and how many who are logged in do not meet it."""

    requirement: dict[str, Any]
    agents: int


class Eligibility(_Model, frozen=True):
    """Everybody who is logged in: who is asked or free for it, who could serve it if they were
    free, and who cannot, those first who lack least."""

    logged_in: int
    now: EligibleGroup
    if_free: EligibleGroup
    cannot: EligibleGroup
    lacking: tuple[Lack, ...]


class InteractionEligibility(_Model, frozen=True):
    """Who could serve one interaction."""

    interaction_id: str
    eligibility: Eligibility


class Demand(_Model, frozen=True):
    """What asks for the same in a queue: how many wait, and the one that comes first."""

    channel: str
    requirements: tuple[dict[str, Any], ...]
    waiting: int
    first_id: str
    eligibility: Eligibility


class QueueEligibility(_Model, frozen=True):
    """Who could serve what waits in a queue, by demand; ``more`` are not told."""

    queue: str
    demands: tuple[Demand, ...]
    more: int
