"""State: what is so, and nothing that could be computed from it. The fold of events, and only that.

Everything derived (indexes, timers, arrays) lives elsewhere and is rebuilt from here.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from queues.departures import Departures
from queues.handled import Handled
from queues.outcomes import Outcomes
from queues.sharded import ShardedDict
from router.commands import AttributeValue, Link, Requirement
from router.events.interactions import Given
from router.lifecycle import (
    AgentStatus,
    AssignmentState,
    InteractionState,
    OfferState,
)
from router.remembered import Remembered

__all__ = (
    "Agent",
    "Announced",
    "Assignment",
    "Ended",
    "Exclusion",
    "Held",
    "Interaction",
    "Note",
    "Offer",
    "Progress",
    "State",
    "Suspended",
)


class Exclusion(Struct, frozen=True, gc=False):
    """An agent who is not offered the interaction again before ``until_ms``."""

    agent_id: str
    until_ms: int


class Progress(Struct, gc=False):
    """Where an interaction stands in its workflow, and what it asked for before the first step."""

    requirements: tuple[Requirement, ...]
    priority: int
    step: int
    until_ms: int
    only_preferred: bool
    delayed: bool = False
    """Whether the next look is at a step for which there was no room, and not its end."""

    continues: bool = False
    """Whether the next look lets in agents of further profiles, and is not the step's end."""

    history_at_least_ppm: int = 0
    """The least history term of those for whom it is kept, if it is."""


class Interaction(Struct, gc=False):
    """One open piece of work. ``attributes`` is a packed map that routing does not look into."""

    interaction_id: str
    channel: str
    queue: str
    created_ms: int
    origin_ms: int
    sequence: int
    customer_id: str
    conversation_id: str
    priority: int
    requirements: tuple[Requirement, ...]
    attributes: bytes
    preferred: tuple[tuple[str, int], ...]
    excluded_agents: tuple[str, ...]
    state: InteractionState
    exclusions: tuple[Exclusion, ...] = ()
    offers: tuple[str, ...] = ()
    progress: Progress | None = None

    @property
    def kind(self) -> str:
        """The kind of work that it is: names have no spaces."""
        return f"{self.queue} {self.channel}"

    @property
    def asked(self) -> tuple[Requirement, ...]:
        """The requirements before any step of a workflow has changed them."""
        return self.requirements if self.progress is None else self.progress.requirements

    @property
    def asked_priority(self) -> int:
        """The priority before any step of a workflow has raised it."""
        return self.priority if self.progress is None else self.progress.priority

    @property
    def only_preferred(self) -> bool:
        """Whether it is kept for the agents whom its history names."""
        return self.progress is not None and self.progress.only_preferred

    @property
    def kept_from_ppm(self) -> int:
        """The least history term of those for whom it is kept; 0: it is for everybody."""
        progress = self.progress
        if progress is None or not progress.only_preferred:
            return 0
        return max(1, progress.history_at_least_ppm)

    def excludes(self, agent_id: str) -> bool:
        """Whether the agent may not be offered this, for good or for now."""
        return (
            agent_id in self.excluded_agents
            or any(e.agent_id == agent_id for e in self.exclusions)
            or (self.only_preferred and self.history_ppm(agent_id) < self.kept_from_ppm)
        )

    def history_ppm(self, agent_id: str) -> int:
        """The history term of this interaction with the agent."""
        return next((ppm for preferred, ppm in self.preferred if preferred == agent_id), 0)


class Offer(Struct, gc=False):
    """An open offer."""

    offer_id: str
    interaction_id: str
    agent_id: str
    issued_ms: int
    expires_ms: int
    state: OfferState
    direct: bool = False
    """Whether it was made on somebody's word, whatever the agent can."""

    departed_from: str = ""
    """The queue whose last departures it is one of; "": of none, as nobody had waited."""


class Assignment(Struct, gc=False):
    """Work that an agent has accepted; ``wrap_up_until_ms`` is 0 while the conversation lasts.

    It has been active from ``since_ms`` (when it was accepted, or last woken) on, until
    ``completed_ms`` (0: it still lasts).
    """

    interaction_id: str
    agent_id: str
    offer_id: str
    accepted_ms: int
    state: AssignmentState
    wrap_up_until_ms: int = 0
    since_ms: int = 0
    completed_ms: int = 0


class Suspended(Struct, frozen=True, gc=False):
    """Since when an interaction is suspended, and until when (0: until it is told)."""

    since_ms: int
    until_ms: int
    inbox: str
    keeps_place: bool


class Note(Struct, frozen=True, gc=False):
    """What somebody has written down about an interaction, and when."""

    at_ms: int
    author: str
    text: str


class Held(Struct, frozen=True, gc=False):
    """One item in an agent's capacity ledger, as the policy had it when it was offered."""

    channel: str
    cost: int
    exclusive: bool
    label: str = ""

    @property
    def light(self) -> bool:
        """Whether it stands beside anything."""
        return self.cost == 0 and not self.exclusive


class Agent(Struct):
    """One agent who is logged in or still holds work. ``held`` is the ledger, by interaction id.

    ``skills`` are those that count; ``status`` is for routing, ``activity`` what the person says.
    ``idle`` are conversations that hold no capacity for now, ``waking`` those of them that want it
    back, in the order in which they get it.

    Who is logged in and not available has been away from ``away_since_ms`` on.

    ``last_offer`` is the number of the last offer to them (0: none yet); ``share_pass`` is how far
    their offers have brought them, in strides of their share.
    """

    agent_id: str
    status: AgentStatus = AgentStatus.OFFLINE
    inbox: str = ""
    encoding: Literal["msgpack", "json"] = "msgpack"
    skills: dict[str, int] = field(default_factory=dict)
    capacity: int = 1
    maximums: dict[str, int] = field(default_factory=dict)
    share: int = 1
    attributes: dict[str, AttributeValue] = field(default_factory=dict)
    inactive_skills: dict[str, int] = field(default_factory=dict)
    closed_channels: tuple[str, ...] = ()
    activity: str = ""
    idle_since_ms: int = 0
    away_since_ms: int = 0
    last_offer: int = 0
    share_pass: int = 0
    price_ppm: int = 0
    held: dict[str, Held] = field(default_factory=dict)
    offers: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()
    waking: tuple[str, ...] = ()

    @property
    def has_work(self) -> bool:
        """Whether anything is in hand: offered, assigned, or a conversation that is idle."""
        return bool(self.held or self.idle or self.waking)


class Ended(Struct, frozen=True, gc=False):
    """What became of an interaction or an offer that is over (router/remembered.py)."""

    outcome: str
    interaction_id: str
    agent_id: str
    ended_ms: int


class Announced(Struct, frozen=True):
    """A policy that is to be in force, and who is to be told when it is."""

    policy: dict[str, Any]
    changed_by: str
    comment: str
    reclassify: bool
    cause: str
    reply_to: str | None
    reply_json: bool
    command_id: str


class State(Struct):
    """The whole state of one tenant. ``offers_made`` counts over all epochs.

    ``attempts`` are those to call back that have failed, by interaction, and ``labels`` what some
    carry. ``waking`` says until when an interaction waits for room at its agent. ``departures``
    are by queue, ``handled`` by kind of work; ``away`` are absences. At ``entered_ms``, the time of
    the last who has, those have come to wait whose sequence is ``entered_from`` or more, and those
    in ``entered``.
    """

    epoch: int = 0
    policy_version: int = 0
    policy: dict[str, Any] = field(default_factory=dict)
    announced: Announced | None = None
    intake_open: bool = True
    intake_reason: str = ""
    intake_code: str = "intake_closed"
    intake_retry_ms: int = 0
    sequence: int = 0
    offer_sequence: int = 0
    priced_sequence: int = 0
    offers_made: int = 0
    interactions: ShardedDict[Interaction] = field(default_factory=ShardedDict)
    offers: dict[str, Offer] = field(default_factory=dict)
    assignments: ShardedDict[Assignment] = field(default_factory=ShardedDict)
    suspended: ShardedDict[Suspended] = field(default_factory=ShardedDict)
    attempts: ShardedDict[int] = field(default_factory=ShardedDict)
    links: ShardedDict[Link] = field(default_factory=ShardedDict)
    notes: ShardedDict[tuple[Note, ...]] = field(default_factory=ShardedDict)
    labels: ShardedDict[str] = field(default_factory=ShardedDict)
    targets: ShardedDict[int] = field(default_factory=ShardedDict)
    """The waits, in ms, that interactions with a target of their own are allowed."""

    producers: ShardedDict[str] = field(default_factory=ShardedDict)
    open_by_producer: dict[str, int] = field(default_factory=dict)
    """Who has sent an open interaction, and how many of each are open, where it was said."""

    buckets: dict[str, int] = field(default_factory=dict)
    """When the bucket of a quota is full again, in µs (router/quotas.py)."""

    waking: dict[str, int] = field(default_factory=dict)
    declines: dict[str, int] = field(default_factory=dict)
    """How many offers of an interaction have failed, where its queue has a rescue."""

    given: ShardedDict[Given | None] = field(default_factory=ShardedDict)
    """What interactions came with, of those to which rules have added something; None for those
    about which somebody has decided since, which no rule changes any more."""

    shut: ShardedDict[tuple[int, ...]] = field(default_factory=ShardedDict)
    """The steps whose pools have not opened to an interaction, of those of which there are any."""

    answered: ShardedDict[bool] = field(default_factory=ShardedDict)
    """Open interactions that are back from an agent, while service levels are counted."""

    outcomes: dict[str, Outcomes] = field(default_factory=dict)
    """What became of those who waited, by queue, where a condition asks for the service level."""

    open_groups: dict[str, int] = field(default_factory=dict)
    """The groups that are open (router/groups.py), and since when."""

    reviews: dict[str, int] = field(default_factory=dict)
    """When the groups of a queue are looked at next."""

    reclassifying: bool = False
    agents: dict[str, Agent] = field(default_factory=dict)
    quiet: dict[str, int] = field(default_factory=OrderedDict)
    """Who is logged in with nothing in hand, since the last event that named them; whoever has been
    so for longest comes first (which a plain dict finds slowly, once others were before). Kept
    where the policy signs agents off."""

    departures: dict[str, Departures] = field(default_factory=dict)
    handled: dict[str, Handled] = field(default_factory=dict)
    away: Handled = field(default_factory=Handled)
    entered: set[int] = field(default_factory=set)
    entered_from: int = 0
    entered_ms: int = 0
    ended_interactions: Remembered[Ended] = field(default_factory=Remembered)
    ended_offers: Remembered[Ended] = field(default_factory=Remembered)

    def to_bytes(self) -> bytes:
        """Canonical bytes: equal exactly when the states are equal.

        Maps are sorted by key; what has ended stands in its order, which decides who is forgotten.
        """
        return _canonical.encode(self)


def _plain(value: object) -> object:
    if isinstance(value, ShardedDict):
        return dict(value.pairs()) if value else {}
    if isinstance(value, Remembered):
        return value.in_order()
    raise NotImplementedError(f"{type(value).__name__} has no canonical form")


_canonical = msgspec.msgpack.Encoder(order="sorted", enc_hook=_plain)
