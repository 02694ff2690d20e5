"""What the API answers, typed. Fields that a later API adds are passed over.

Times are milliseconds since 1970, lengths of time say their unit, levels of skills count from 1.
The names and fields are those of docs/api.md; a test compares them with the OpenAPI document.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from msgspec import Struct, field

__all__ = (
    "Agent",
    "Assignment",
    "Conversation",
    "Exclusion",
    "Fault",
    "Freshness",
    "Held",
    "Interaction",
    "Journey",
    "JourneyStep",
    "Leg",
    "Link",
    "Note",
    "Offer",
    "Page",
    "Policy",
    "PolicyChange",
    "PolicyCheck",
    "PolicyVersion",
    "Preferred",
    "ProblemBody",
    "Queue",
    "RescueItem",
    "RescueList",
    "Suspension",
    "Verdict",
    "Wait",
    "Workflow",
)

Item = TypeVar("Item")


class _Model(Struct, frozen=True, kw_only=True):
    pass


class Freshness(_Model, frozen=True):
    """How fresh an answer was: the record of the journal up to which it had been read, and how
    long ago the journal was read to its end (ms)."""

    position: str = ""
    age_ms: int = 0


class Page(_Model, Generic[Item], frozen=True):
    """Some items of a list; ``next`` is the link to those behind them."""

    items: tuple[Item, ...]
    next: str | None = None


class Fault(_Model, frozen=True):
    """One thing that is wrong: where in the body (``pointer``) or in which ``parameter``."""

    detail: str
    pointer: str = ""
    parameter: str = ""


class ProblemBody(_Model, frozen=True):
    """A problem (RFC 9457) as it was answered."""

    type: str = ""
    title: str = ""
    status: int = 0
    code: str = ""
    detail: str = ""
    request_id: str = ""
    errors: tuple[Fault, ...] = ()
    entry_id: str = ""
    version: str = ""
    retry_after_ms: int = 0


class Preferred(_Model, frozen=True):
    """An agent whom the history names."""

    agent_id: str
    history_ppm: int


class Exclusion(_Model, frozen=True):
    """An agent who is not offered it again before ``until_ms``."""

    agent_id: str
    until_ms: int


class Note(_Model, frozen=True):
    """What somebody has written down."""

    at_ms: int
    author: str
    text: str


class Suspension(_Model, frozen=True):
    """Since when it is suspended, and until when (0: until it is told)."""

    since_ms: int
    until_ms: int
    inbox: str
    keep_place: bool


class Workflow(_Model, frozen=True):
    """The step of the workflow in which it is."""

    step: int
    until_ms: int
    only_preferred: bool


class Link(_Model, frozen=True):
    """What an interaction goes on from."""

    interaction_id: str
    kind: str


class Assignment(_Model, frozen=True):
    """Work that an agent has: ``active``, ``idle``, ``waking`` or ``wrap_up``."""

    interaction_id: str
    agent_id: str
    offer_id: str
    state: str
    accepted_ms: int
    since_ms: int
    completed_ms: int
    wrap_up_until_ms: int
    version: str


class Interaction(_Model, frozen=True):
    """One piece of work on one channel, open or over; ``version`` is for ``if_version``."""

    interaction_id: str
    state: str
    version: str = ""
    channel: str = ""
    queue: str = ""
    customer_id: str = ""
    conversation_id: str = ""
    priority: int = 0
    requirements: tuple[dict[str, Any], ...] = ()
    attributes: dict[str, Any] = field(default_factory=dict)
    created_ms: int = 0
    origin_ms: int = 0
    sequence: int = 0
    target_ms: int = 0
    label: str = ""
    producer: str = ""
    link: Link | None = None
    preferred: tuple[Preferred, ...] = ()
    excluded_agents: tuple[str, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    workflow: Workflow | None = None
    suspension: Suspension | None = None
    attempts: int = 0
    offers: tuple[str, ...] = ()
    assignment: Assignment | None = None
    notes: tuple[Note, ...] = ()
    agent_id: str = ""
    ended_ms: int = 0
    accepted_ms: int = 0
    completed_ms: int = 0
    outcome: str = ""
    reason: str = ""
    target: str = ""
    is_partial: bool = False


class Wait(_Model, frozen=True):
    """Where an interaction stands in its queue, and how long it will wait (None: not known)."""

    interaction_id: str
    queue: str
    position: int
    waiting: int
    wait_ms: int | None
    wait_ms_low: int | None
    wait_ms_high: int | None
    version: str


class Conversation(_Model, frozen=True):
    """All interactions about the same matter, in the order in which they came."""

    conversation_id: str
    interactions: tuple[Interaction, ...]


class JourneyStep(_Model, frozen=True):
    """One thing that happened to an interaction; ``event`` is what, the rest as it applies."""

    record_id: str
    at_ms: int
    event: str
    interaction_id: str
    agent_id: str = ""
    offer_id: str = ""
    queue: str = ""
    trigger: str = ""
    until_ms: int = 0
    waited_ms: int = 0
    handled_ms: int = 0
    priority: int = 0
    step: int = 0
    name: str = ""
    target: str = ""
    reason: str = ""
    outcome: str = ""
    text: str = ""
    author: str = ""


class Leg(_Model, frozen=True):
    """One interaction of a journey, where it stands, and all who had it."""

    interaction_id: str
    record_id: str
    channel: str
    queue: str
    state: str = "queued"
    customer_id: str = ""
    conversation_id: str = ""
    priority: int = 0
    label: str = ""
    producer: str = ""
    link: Link | None = None
    preferred: tuple[tuple[str, int], ...] = ()
    created_ms: int = 0
    accepted_ms: int = 0
    ended_ms: int = 0
    agents: tuple[str, ...] = ()
    offers: int = 0
    failed_offers: int = 0
    outcome: str = ""


class Journey(_Model, frozen=True):
    """What happened to some interactions, in the order of time; ``is_whole``: to the last step."""

    legs: tuple[Leg, ...]
    steps: tuple[JourneyStep, ...]
    is_whole: bool


class RescueItem(_Model, frozen=True):
    """One interaction that somebody should look at, and why."""

    interaction: Interaction
    reasons: tuple[str, ...]
    failed_offers: int


class RescueList(_Model, frozen=True):
    """What nobody takes: how many there are for each reason, and the oldest of them."""

    total: int
    by_reason: dict[str, int]
    items: tuple[RescueItem, ...]


class Held(_Model, frozen=True):
    """What takes of an agent's capacity."""

    interaction_id: str
    channel: str
    cost: int
    exclusive: bool
    label: str


class Agent(_Model, frozen=True):
    """An agent who is logged in, or still holds work. ``reason``: why they are unavailable, where
    that is known."""

    agent_id: str
    state: str
    activity: str = ""
    reason: str | None = None
    version: str = ""
    inbox: str = ""
    encoding: str = ""
    skills: dict[str, int] = field(default_factory=dict)
    inactive_skills: dict[str, int] = field(default_factory=dict)
    closed_channels: tuple[str, ...] = ()
    capacity: int = 0
    free_capacity: int = 0
    maximums: dict[str, int] = field(default_factory=dict)
    share: int = 0
    attributes: dict[str, Any] = field(default_factory=dict)
    idle_since_ms: int = 0
    away_since_ms: int = 0
    held: tuple[Held, ...] = ()
    offers: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()
    waking: tuple[str, ...] = ()


class Offer(_Model, frozen=True):
    """An open offer (``issued``), or what became of it; what is not known is None."""

    offer_id: str
    interaction_id: str
    agent_id: str
    state: str
    issued_ms: int | None = None
    expires_ms: int | None = None
    ended_ms: int | None = None
    channel: str | None = None
    queue: str | None = None


class Queue(_Model, frozen=True):
    """A queue of the policy in force, and what is in it."""

    queue: str
    waiting: int
    waiting_by_channel: dict[str, int]
    longest_wait_ms: int
    suspended: int
    with_agents: int
    in_wrap_up: int
    open_groups: tuple[str, ...]
    policy: dict[str, Any]


class Policy(_Model, frozen=True):
    """A policy that is, or was, in force; its document is ``policy``."""

    version: int
    policy: dict[str, Any]
    record_id: str = ""
    now_ms: int = 0
    changed_by: str = ""
    comment: str = ""


class PolicyVersion(_Model, frozen=True):
    """Which record brought a version into force, when, by whom, and why."""

    version: int
    record_id: str
    now_ms: int
    changed_by: str
    comment: str


class PolicyChange(_Model, frozen=True):
    """One field that differs between two policies."""

    path: str
    before: Any = None
    after: Any = None
    is_new: bool = False
    is_gone: bool = False


class PolicyCheck(_Model, frozen=True):
    """Whether a document would be taken, and what it would change."""

    is_valid: bool
    errors: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()
    changes: tuple[PolicyChange, ...] = ()


class Verdict(_Model, frozen=True):
    """What became of a command: ``pending``, ``decided`` or ``rejected``."""

    entry_id: str
    state: str
    record_id: str = ""
    events: tuple[str, ...] = ()
    code: str = ""
    detail: str = ""
