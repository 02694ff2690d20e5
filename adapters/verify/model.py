"""What the checker remembers of each interaction, offer and agent that is still of interest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeAlias

import msgpack

from adapters.verify.queue_terms import Standing
from adapters.verify.terms import Requirement

__all__ = (
    "ASSIGNED",
    "CANCELLED",
    "COMPLETED",
    "DIVERTED",
    "ENDED",
    "IDLE",
    "IN_HAND",
    "OFFERED",
    "OFFLINE",
    "QUEUED",
    "STATES",
    "SUSPENDED",
    "UNAVAILABLE",
    "WAKING",
    "WRAP_UP",
    "Agent",
    "HardRequirements",
    "Interaction",
    "Item",
    "Need",
    "Offer",
    "OrderClass",
    "Suspended",
    "Work",
)

QUEUED: Final = "queued"
SUSPENDED: Final = "suspended"
OFFERED: Final = "offered"
ASSIGNED: Final = "assigned"
IDLE: Final = "idle"
WAKING: Final = "waking"
WRAP_UP: Final = "wrap_up"
COMPLETED: Final = "completed"
CANCELLED: Final = "cancelled"
DIVERTED: Final = "diverted"
OFFLINE: Final = "offline"
UNAVAILABLE: Final = "unavailable"
ENDED: Final = (COMPLETED, CANCELLED, DIVERTED)
IN_HAND: Final = (ASSIGNED, IDLE, WAKING)
STATES: Final = (QUEUED, SUSPENDED, OFFERED, *IN_HAND, WRAP_UP, *ENDED)

HardRequirements: TypeAlias = frozenset[Requirement]
Need: TypeAlias = tuple[HardRequirements, str]
"""Hard requirements and queue."""

OrderClass: TypeAlias = tuple[str, str, str, int, tuple[Requirement, ...], int]
"""Channel, label, queue, priority, requirements, own target: what differs in age and history
only."""

Work: TypeAlias = tuple[str, str]
"""Channel and label ("": none): what an agent has room for, or has not."""


class Item(NamedTuple):
    """Work that takes room in an agent's ledger, judged by the policy at the time of its offer."""

    channel: str
    cost: int
    exclusive: bool
    light: bool
    label: str = ""
    """As far as the channel had it then."""


class Suspended(NamedTuple):
    """Since when an interaction is suspended, and what its time brings (0: no time does)."""

    since_ms: int
    until_ms: int
    inbox: str
    keeps_place: bool


@dataclass(slots=True, eq=False)
class Offer:
    """An open offer."""

    offer_id: str
    interaction: Interaction
    agent_id: str
    expires_ms: int
    direct: bool = False
    """Whether it was made on somebody's word, whatever the agent can."""


@dataclass(slots=True, eq=False)
class Interaction:
    """An interaction that has not ended."""

    interaction_id: str
    channel: str
    queue: str
    origin_ms: int
    sequence: int
    priority: int
    requirements: tuple[Requirement, ...]
    hard: HardRequirements
    excluded: frozenset[str]
    preferred: dict[str, int]
    asked: list[Any] = field(default_factory=list)
    """The requirements as they stood in the last event that was not of a workflow."""
    asked_priority: int = 0
    expired_ms: int = -1
    """When some of what it asked for last had had its time."""
    step: int = 0
    step_until_ms: int = 0
    """When the step of the workflow must end (0: it does not)."""
    step_continues: bool = False
    """Whether it goes on then, and further agents may serve."""
    kept: bool = False
    """Whether it is for the agents whom its history names alone."""
    label: str = ""
    history_at_least_ppm: int = 0
    """And of them for those with such a term or a higher one."""
    attributes: bytes = b"\x80"
    """The map, packed: what expressions may read."""
    customer_id: str = ""
    conversation_id: str = ""
    target_ms: int = 0
    producer: str = ""
    """Its own target; 0: it has none."""
    state: str = QUEUED
    offers: tuple[Offer, ...] = ()
    """Those that are open."""
    declines: int = 0
    """Offers that have failed in its queue, where that has a rescue."""
    stands: str = ""
    """Where it stands among those that look for an agent (see waiting.py)."""
    owner: str = ""
    wrap_up_until_ms: int = 0
    waking_until_ms: int = 0
    """When it waits no longer for room at its agent, while it is waking."""
    suspended: Suspended | None = None
    attempts: int = 0
    """Attempts to call the customer back that have failed."""
    notes: int = 0
    """How much has been written down about it."""
    shut: tuple[int, ...] = ()
    """Steps whose pools have not opened to it."""
    answered: bool = False
    """Whether it is back from an agent, while service levels were counted."""
    exclusions: dict[str, int] = field(default_factory=dict)
    """Agents who declined or did not answer, and until when; they run until ``exclusion_ended``."""
    left_waiting_for: str = ""
    """The free agent with whom it was last reported to break work conservation."""
    ranked_in: OrderClass | None = None
    """The order class in whose heap it has an entry (see waiting.py)."""

    def attribute_map(self) -> dict[str, Any]:
        """The attributes, unpacked."""
        unpacked: dict[str, Any] = msgpack.unpackb(
            self.attributes, strict_map_key=False, unicode_errors="surrogateescape"
        )
        return unpacked

    def facts(self) -> dict[str, Any]:
        """What expressions over the interaction alone read."""
        return self.attribute_map() | {
            "channel": self.channel,
            "queue": self.queue,
            "priority": self.priority,
            "customer_id": self.customer_id,
            "conversation_id": self.conversation_id,
        }

    @property
    def standing(self) -> Standing:
        """What decides where it comes in its queue."""
        place = (self.channel, self.queue, self.priority, self.origin_ms)
        return Standing(*place, self.facts, self.target_ms)

    @property
    def asked_until_ms(self) -> int:
        """When the first of its requirements has had its time; 0: none ever has."""
        lives = [one["ttl_s"] for one in self.asked if one.get("ttl_s")]
        return self.origin_ms + min(lives) * 1_000 if lives else 0

    @property
    def order_class(self) -> OrderClass:
        """What must be equal for age alone to decide."""
        kind = self.channel, self.label, self.queue
        return *kind, self.priority, self.requirements, self.target_ms

    @property
    def work(self) -> Work:
        """What an agent must have room for."""
        return self.channel, self.label

    @property
    def plain(self) -> bool:
        """Whether anyone with the skills and the room may serve it: nobody is excluded or asked."""
        return not (self.exclusions or self.excluded or self.kept or self.offers)

    def is_offered_to(self, agent_id: str) -> bool:
        """Whether the agent has an open offer of it."""
        return any(offer.agent_id == agent_id for offer in self.offers)

    def excludes(self, agent_id: str) -> bool:
        """Whether it may not be offered to this agent, as far as the journal has said."""
        least_ppm = max(1, self.history_at_least_ppm)
        kept_from = self.kept and self.preferred.get(agent_id, 0) < least_ppm
        if kept_from or agent_id in self.exclusions or agent_id in self.excluded:
            return True
        return self.is_offered_to(agent_id)


@dataclass(slots=True, eq=False)
class Agent:
    """An agent who is logged in or holds work."""

    agent_id: str
    inbox: str = ""
    capacity: int = 0
    skills: dict[str, int] = field(default_factory=dict)
    maximums: dict[str, int] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()
    """Channels on which the agent takes nothing for now."""
    attributes: dict[str, Any] = field(default_factory=dict)
    inactive: dict[str, int] = field(default_factory=dict)
    """Skills that do not count for now."""
    activity: str = ""
    state: str = OFFLINE
    logged_in: bool = False
    available: bool = False
    share: int = 1
    idle_since_ms: int = 0
    last_offer: int = 0
    """The number of the last offer to the agent, among all of the journal; 0: none."""
    share_pass: int = 0
    price_ppm: int = 0
    """How far the agent's offers have brought them, in strides of their share."""
    used: int = 0
    items: dict[str, Item] = field(default_factory=dict)
    """The ledger: item by interaction id."""
    held: dict[str, int] = field(default_factory=dict)
    """Items by channel."""
    offers: dict[str, Offer] = field(default_factory=dict)
    idle: set[str] = field(default_factory=set)
    """Conversations that hold no capacity for now."""
    waking: list[str] = field(default_factory=list)
    """Those of them that want it back, in the order in which they get it."""

    @property
    def is_quiet(self) -> bool:
        """Whether the agent is logged in and has nothing in hand."""
        return self.logged_in and not (self.items or self.idle or self.waking)

    def hold(self, interaction_id: str, item: Item) -> None:
        """Enter an item in the ledger."""
        self.items[interaction_id] = item
        self.used += item.cost
        self.held[item.channel] = self.held.get(item.channel, 0) + 1

    def release(self, interaction_id: str) -> None:
        """Strike an item from the ledger, or from what is idle, if it is there."""
        self.idle.discard(interaction_id)
        if interaction_id in self.waking:
            self.waking.remove(interaction_id)
        item = self.items.pop(interaction_id, None)
        if item is not None:
            self.used -= item.cost
            self.held[item.channel] -= 1
