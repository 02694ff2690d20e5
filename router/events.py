"""Events: the facts that make up the journal, as frozen values.

State is the fold of events and nothing else. Every field that routing or an explanation needs is in
the event, so that a later release never has to decide anything again to read an old journal.
Fields may be added with a default; none is renamed, removed or given another meaning.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from msgspec import Raw, Struct, field

from router.commands import EMPTY_MAP, AttributeValue, Requirement

__all__ = (
    "AgentActivityChanged",
    "AgentAttributesChanged",
    "AgentAvailable",
    "AgentCapacityChanged",
    "AgentChannelsChanged",
    "AgentLoggedIn",
    "AgentLoggedOut",
    "AgentNotResponding",
    "AgentSkillsChanged",
    "AgentUnavailable",
    "Candidate",
    "Confirmed",
    "Decision",
    "Event",
    "ExclusionEnded",
    "IntakeChanged",
    "InteractionCancelled",
    "InteractionCompleted",
    "InteractionCreated",
    "InteractionDiverted",
    "InteractionDue",
    "InteractionMoved",
    "InteractionRequeued",
    "InteractionResumed",
    "InteractionStepped",
    "InteractionSuspended",
    "InteractionUpdated",
    "InteractionWrappedUp",
    "Joint",
    "LeaderStarted",
    "OfferAccepted",
    "OfferDeclined",
    "OfferExpired",
    "OfferIssued",
    "OfferRescinded",
    "PolicyReplaced",
    "Rejected",
    "Repeated",
    "ScarcityPriced",
    "SuspensionEnd",
    "Trigger",
    "WrapUpEnd",
)


Trigger: TypeAlias = Literal["agent", "interaction", "joint"]
"""Who looked: a free agent for work, work for an agent, or several of both for one another."""

WrapUpEnd: TypeAlias = Literal["agent", "timer", "none"]
"""Who ended a wrap-up; "none": the channel has none."""

SuspensionEnd: TypeAlias = Literal["command", "timer"]
"""What ended a suspension."""


class _Event(Struct, frozen=True, omit_defaults=True, tag_field="type", kw_only=True, gc=False):
    cause: str = ""
    """Inbound entry id of the command that caused the event; empty: time, matching or the
    service."""


class LeaderStarted(_Event, frozen=True, tag="leader_started"):
    """A router has taken the lead; written by the takeover itself, alone in its record."""

    epoch: int
    router_id: str
    release: str


class PolicyReplaced(_Event, frozen=True, tag="policy_replaced", gc=True):
    """A policy is in force from here on; ``version`` counts from 1."""

    version: int
    policy: dict[str, Any]
    changed_by: str = ""
    comment: str = ""


class IntakeChanged(_Event, frozen=True, tag="intake_changed"):
    """Intake of new interactions was opened or closed."""

    open: bool
    reason: str = ""


class InteractionCreated(_Event, frozen=True, tag="interaction_created"):
    """An interaction entered the queue. ``preferred`` lists (agent_id, history term in ppm)."""

    interaction_id: str
    channel: str
    queue: str
    created_ms: int
    origin_ms: int
    sequence: int
    customer_id: str = ""
    conversation_id: str = ""
    priority: int = 0
    requirements: tuple[Requirement, ...] = ()
    attributes: Raw = EMPTY_MAP
    preferred: tuple[tuple[str, int], ...] = ()
    excluded_agents: tuple[str, ...] = ()
    classified_by: tuple[str, ...] = ()
    overflowed: tuple[str, ...] = ()
    """Queues that passed it on, in their order."""


class InteractionUpdated(_Event, frozen=True, tag="interaction_updated"):
    """Priority and requirements as they are from here on (both are always given)."""

    interaction_id: str
    priority: int
    requirements: tuple[Requirement, ...]


class InteractionCancelled(_Event, frozen=True, tag="interaction_cancelled"):
    """The customer gave up before an agent accepted; final."""

    interaction_id: str
    waited_ms: int
    reason: str = ""


class InteractionDiverted(_Event, frozen=True, tag="interaction_diverted"):
    """It is for something outside, whose gateway is told at ``inbox``; final.

    By the queue's overflow rule of that name on arrival, or (``step`` above 0) by the last step of
    its workflow.
    """

    interaction_id: str
    target: str
    inbox: str
    rule: str
    waited_ms: int
    step: int = 0


class InteractionMoved(_Event, frozen=True, tag="interaction_moved"):
    """It waits in another queue from here on, by the last step of its workflow; what was asked at
    first holds again."""

    interaction_id: str
    queue: str
    step: int
    name: str = ""


class InteractionRequeued(_Event, frozen=True, tag="interaction_requeued"):
    """An assignment was ended without completion; the interaction waits again, its age kept."""

    interaction_id: str
    agent_id: str
    reason: str = ""


class InteractionSuspended(_Event, frozen=True, tag="interaction_suspended"):
    """Nobody is offered it from here on: until ``until_ms`` (0: until told).

    ``inbox`` (if any) is told then, and it stays suspended. ``keeps_place``: it ages meanwhile.
    """

    interaction_id: str
    until_ms: int = 0
    inbox: str = ""
    keeps_place: bool = False
    reason: str = ""


class InteractionDue(_Event, frozen=True, tag="interaction_due"):
    """The time of a suspended interaction has come; whoever reads ``inbox`` is to resume it."""

    interaction_id: str
    inbox: str


class InteractionResumed(_Event, frozen=True, tag="interaction_resumed"):
    """Its suspension is over and it waits; its age runs from ``origin_ms`` from here on."""

    interaction_id: str
    origin_ms: int
    ended_by: SuspensionEnd


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
    tie_break: Literal["", "longest_idle", "round_robin", "target_share", "agent_id"] = ""
    joint: Joint | None = None


class OfferIssued(_Event, frozen=True, tag="offer_issued"):
    """An interaction was offered to an agent; capacity ``cost`` is reserved for it."""

    offer_id: str
    interaction_id: str
    agent_id: str
    cost: int
    expires_ms: int
    decision: Decision


class OfferAccepted(_Event, frozen=True, tag="offer_accepted"):
    """The agent took it: the assignment is active."""

    offer_id: str
    interaction_id: str
    agent_id: str
    waited_ms: int


class InteractionStepped(_Event, frozen=True, tag="interaction_stepped"):
    """What is asked of agents from here on, by the workflow of the queue.

    ``step`` counts from 1; 0: no workflow applies any more. ``until_ms`` is when the step ends (0:
    it does not). ``only_preferred``: it is kept for the agents whom its history names.
    ``delayed``: the next step could not begin for want of room, and is tried again at that time.
    """

    interaction_id: str
    step: int
    requirements: tuple[Requirement, ...]
    priority: int
    until_ms: int = 0
    only_preferred: bool = False
    name: str = ""
    delayed: bool = False


class OfferDeclined(_Event, frozen=True, tag="offer_declined"):
    """The agent refused; not offered to this agent again before ``excluded_until_ms``."""

    offer_id: str
    interaction_id: str
    agent_id: str
    excluded_until_ms: int
    reason: str = ""


class OfferExpired(_Event, frozen=True, tag="offer_expired"):
    """Nobody answered in time; not offered to this agent again before ``excluded_until_ms``."""

    offer_id: str
    interaction_id: str
    agent_id: str
    excluded_until_ms: int


class OfferRescinded(_Event, frozen=True, tag="offer_rescinded"):
    """The offer was withdrawn, through no fault of the agent."""

    offer_id: str
    interaction_id: str
    agent_id: str
    reason: str


class ExclusionEnded(_Event, frozen=True, tag="exclusion_ended"):
    """An agent who declined or did not answer may be offered the interaction again."""

    interaction_id: str
    agent_id: str


class InteractionCompleted(_Event, frozen=True, tag="interaction_completed"):
    """The conversation is over; capacity stays taken until wrap-up ends."""

    interaction_id: str
    agent_id: str
    handled_ms: int
    wrap_up_until_ms: int
    outcome: str = ""


class InteractionWrappedUp(_Event, frozen=True, tag="interaction_wrapped_up"):
    """Wrap-up is over and capacity is free again; final."""

    interaction_id: str
    agent_id: str
    ended_by: WrapUpEnd


class AgentLoggedIn(_Event, frozen=True, tag="agent_logged_in", gc=True):
    """An agent signed in. Who was away is unavailable until an ``agent_available`` event.

    ``skills`` are those that count, ``inactive_skills`` those that do not for now.
    """

    agent_id: str
    inbox: str
    capacity: int
    encoding: Literal["msgpack", "json"] = "msgpack"
    skills: dict[str, int] = field(default_factory=dict)
    maximums: dict[str, int] = field(default_factory=dict)
    share: int = 1
    attributes: dict[str, AttributeValue] = field(default_factory=dict)
    inactive_skills: dict[str, int] = field(default_factory=dict)
    closed_channels: tuple[str, ...] = ()


class AgentLoggedOut(_Event, frozen=True, tag="agent_logged_out"):
    """An agent signed out."""

    agent_id: str
    reason: str = ""


class AgentAvailable(_Event, frozen=True, tag="agent_available"):
    """The agent may be offered work from now on; idle time begins."""

    agent_id: str
    reason: str = ""


class AgentUnavailable(_Event, frozen=True, tag="agent_unavailable"):
    """The agent is logged in and takes no work."""

    agent_id: str
    reason: str = ""


class AgentNotResponding(_Event, frozen=True, tag="agent_not_responding"):
    """The agent let an offer expire; gets none until ``agent_state`` says available."""

    agent_id: str
    offer_id: str


class AgentActivityChanged(_Event, frozen=True, tag="agent_activity_changed"):
    """What the agent says that they do, one of the policy's activities; "": nothing was said.

    Whether they are available stands in events of its own.
    """

    agent_id: str
    activity: str


class AgentSkillsChanged(_Event, frozen=True, tag="agent_skills_changed", gc=True):
    """The agent's skills, whole: those that count, and those that do not for now."""

    agent_id: str
    skills: dict[str, int]
    inactive_skills: dict[str, int] = field(default_factory=dict)


class AgentChannelsChanged(_Event, frozen=True, tag="agent_channels_changed"):
    """The channels on which the agent takes nothing for now, whole."""

    agent_id: str
    closed_channels: tuple[str, ...]


class AgentAttributesChanged(_Event, frozen=True, tag="agent_attributes_changed", gc=True):
    """The agent's attributes, whole."""

    agent_id: str
    attributes: dict[str, AttributeValue]


class AgentCapacityChanged(_Event, frozen=True, tag="agent_capacity_changed", gc=True):
    """The agent's capacity limits and share, whole."""

    agent_id: str
    capacity: int
    maximums: dict[str, int]
    share: int = 1


class ScarcityPriced(_Event, frozen=True, tag="scarcity_priced", gc=True):
    """The prices of agents' time that stand from here on, those that have changed.

    ``sequence`` is that of the last interaction that had arrived.
    """

    sequence: int
    prices_ppm: dict[str, int] = field(default_factory=dict)


class Rejected(_Event, frozen=True, tag="rejected"):
    """A command was refused; nothing was changed."""

    command: str
    code: str
    detail: str
    field: str = ""
    target: str = ""
    command_id: str = ""
    reply_to: str = ""
    reply_json: bool = False
    agent_id: str = ""


class Repeated(_Event, frozen=True, tag="repeated"):
    """A command said what was already so; nothing was changed."""

    command: str
    target: str


class Confirmed(_Event, frozen=True, tag="confirmed"):
    """A command that asked for a reply (``reply_to``) was carried out."""

    command: str
    target: str
    reply_to: str
    reply_json: bool = False
    command_id: str = ""


Event: TypeAlias = (
    LeaderStarted
    | PolicyReplaced
    | IntakeChanged
    | InteractionCreated
    | InteractionUpdated
    | InteractionStepped
    | InteractionCancelled
    | InteractionDiverted
    | InteractionMoved
    | InteractionRequeued
    | InteractionSuspended
    | InteractionDue
    | InteractionResumed
    | OfferIssued
    | OfferAccepted
    | OfferDeclined
    | OfferExpired
    | OfferRescinded
    | ExclusionEnded
    | InteractionCompleted
    | InteractionWrappedUp
    | AgentLoggedIn
    | AgentLoggedOut
    | AgentAvailable
    | AgentUnavailable
    | AgentNotResponding
    | AgentActivityChanged
    | AgentSkillsChanged
    | AgentChannelsChanged
    | AgentAttributesChanged
    | AgentCapacityChanged
    | ScarcityPriced
    | Rejected
    | Repeated
    | Confirmed
)
