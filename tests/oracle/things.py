"""What stands on the floor: agents with their ledgers, interactions, offers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from router import events as ev
from router.commands import Requirement


@dataclass
class Item:
    """What one offer, assignment or wrap-up takes of an agent; kind as of the time of its offer."""

    channel: str
    cost: int
    exclusive: bool
    light: bool
    forced: bool = False
    interrupts: frozenset[str] = frozenset()
    label: str = ""
    label_maximum: int = 0


@dataclass
class Agent:
    agent_id: str
    state: str = "logged_out"
    inbox: str = ""
    skills: dict[str, int] = field(default_factory=dict)
    capacity: int = 1
    maximums: dict[str, int] = field(default_factory=dict)
    share: int = 1
    attributes: dict[str, Any] = field(default_factory=dict)
    inactive: dict[str, int] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()
    activity: str = ""
    idle_since_ms: int = 0
    last_offer: int = 0
    share_pass: int = 0
    price_ppm: int = 0
    ledger: dict[str, Item] = field(default_factory=dict)
    idle: set[str] = field(default_factory=set)
    waking: list[str] = field(default_factory=list)
    offers: set[str] = field(default_factory=set)

    @property
    def logged_in(self) -> bool:
        return self.state != "logged_out"

    @property
    def known(self) -> bool:
        return self.logged_in or bool(self.ledger or self.idle or self.waking)

    @property
    def used(self) -> int:
        return sum(item.cost for item in self.ledger.values())


@dataclass
class Interaction:
    interaction_id: str
    channel: str
    queue: str
    origin_ms: int
    sequence: int
    priority: int
    requirements: tuple[Requirement, ...]
    preferred: dict[str, int]
    excluded_agents: frozenset[str]
    attributes: dict[str, Any]
    target_ms: int = 0
    """Its own; 0: none."""

    producer: str = ""
    arrival: ev.InteractionCreated | None = None
    given: ev.Given | None = None
    label: str = ""
    decided_since: bool = False
    """Whether somebody has said, since it came, what it asks for or where it waits."""

    asked: tuple[Requirement, ...] = ()
    asked_priority: int = 0
    asked_anew: bool = False
    expired_ms: int = -1
    step: int = 0
    step_until_ms: int = 0
    continues: bool = False
    aged_ms: int = 0
    kept: bool = False
    history_at_least_ppm: int = 0
    state: str = "queued"
    agent_id: str = ""
    offers: dict[str, str] = field(default_factory=dict)
    declines: int = 0
    exclusions: dict[str, int] = field(default_factory=dict)
    completed_by: str = ""
    wrap_up_until_ms: int = 0
    suspended_ms: int = 0
    due_ms: int = 0
    due_inbox: str = ""
    keeps_place: bool = False
    attempts: int = 0
    notes: list[tuple[str, str]] = field(default_factory=list)
    shut: tuple[int, ...] = ()
    answered: bool = False
    waking_until_ms: int = 0
    was_quiet: bool = False
    ended_ms: int = 0

    @property
    def asked_agents(self) -> list[str]:
        return list(self.offers.values())

    @property
    def ended(self) -> bool:
        return self.state in ("completed", "cancelled", "diverted")


@dataclass
class Offer:
    offer_id: str
    interaction_id: str
    agent_id: str
    expires_ms: int
    direct: bool = False
    outcome: str = "open"
    ended_ms: int = 0
