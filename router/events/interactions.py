"""Events of interactions, from creation to their end."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Raw, Struct

from router.commands import EMPTY_MAP, HistoryFact, Link, Requirement
from router.events.base import EventBase

__all__ = (
    "AttemptFailed",
    "ExclusionEnded",
    "Given",
    "InteractionCancelled",
    "InteractionCompleted",
    "InteractionCreated",
    "InteractionDiverted",
    "InteractionDue",
    "InteractionIdled",
    "InteractionMoved",
    "InteractionNoted",
    "InteractionReclassified",
    "InteractionRequeued",
    "InteractionResumed",
    "InteractionStepped",
    "InteractionSuspended",
    "InteractionUpdated",
    "InteractionWaking",
    "InteractionWoken",
    "InteractionWrapUpExtended",
    "InteractionWrappedUp",
    "RequirementsExpired",
    "SuspensionEnd",
    "WaitEstimated",
    "WrapUpEnd",
)


WrapUpEnd: TypeAlias = Literal["agent", "timer", "none"]
"""Who ended a wrap-up; "none": the channel has none."""

SuspensionEnd: TypeAlias = Literal["command", "timer"]
"""What ended a suspension."""


class Given(Struct, frozen=True, omit_defaults=True, gc=False):
    """What an interaction came with, before any rule; no queue: the rules were to find one."""

    queue: str = ""
    priority: int = 0
    requirements: tuple[Requirement, ...] = ()
    label: str = ""
    target_ms: int = 0


class InteractionCreated(EventBase, frozen=True, tag="interaction_created"):
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

    link: Link | None = None
    given: Given | None = None
    """What the command gave, where rules have added to it."""

    label: str = ""

    target_ms: int = 0
    """Its own target; 0: that of its channel and queue."""

    producer: str = ""
    """Who has sent it."""

    history: tuple[HistoryFact, ...] = ()
    """The facts from which ``preferred`` was made: a draft of a policy may weigh them otherwise."""


class InteractionReclassified(EventBase, frozen=True, tag="interaction_reclassified"):
    """What waits, or is suspended, was classified anew: where it waits from now on, and what it
    asks for; its workflow begins again."""

    interaction_id: str
    queue: str
    priority: int
    requirements: tuple[Requirement, ...]
    classified_by: tuple[str, ...] = ()
    label: str = ""
    target_ms: int = 0
    """Its own target from here on; 0: that of its channel and queue."""


class InteractionUpdated(EventBase, frozen=True, tag="interaction_updated"):
    """Priority and requirements as they are from here on (both are always given)."""

    interaction_id: str
    priority: int
    requirements: tuple[Requirement, ...]


class RequirementsExpired(EventBase, frozen=True, tag="requirements_expired"):
    """Some of what was asked for has had its time; ``requirements`` are those that are left."""

    interaction_id: str
    requirements: tuple[Requirement, ...]


class InteractionCancelled(EventBase, frozen=True, tag="interaction_cancelled"):
    """The customer gave up before an agent accepted; final."""

    interaction_id: str
    waited_ms: int
    reason: str = ""


class InteractionDiverted(EventBase, frozen=True, tag="interaction_diverted"):
    """It is for something outside, whose gateway is told at ``inbox``; final.

    By the queue's overflow rule of that name on arrival, (``step`` above 0) by the last step of its
    workflow, or (``attempts`` above 0) after so many failed attempts to call the customer.
    """

    interaction_id: str
    target: str
    inbox: str
    rule: str
    waited_ms: int
    step: int = 0
    attempts: int = 0


class InteractionMoved(EventBase, frozen=True, tag="interaction_moved"):
    """It waits in another queue from here on, by the last step of its workflow, as its rescue queue
    takes what ``declines`` agents have declined or not answered, or (both 0) as somebody says; what
    was asked at first holds again."""

    interaction_id: str
    queue: str
    step: int
    name: str = ""
    declines: int = 0


class InteractionRequeued(EventBase, frozen=True, tag="interaction_requeued"):
    """An assignment was ended without completion; the interaction waits again, its age kept.

    Not offered to this agent again before ``excluded_until_ms`` (0: at once). ``history_ppm``: the
    history term of this agent from here on (0: as it was).
    """

    interaction_id: str
    agent_id: str
    reason: str = ""
    excluded_until_ms: int = 0
    history_ppm: int = 0


class InteractionSuspended(EventBase, frozen=True, tag="interaction_suspended"):
    """Nobody is offered it from here on: until ``until_ms`` (0: until told).

    ``inbox`` (if any) is told then, and it stays suspended. ``keeps_place``: it ages meanwhile. Of
    what is suspended: it is so for longer, as there was no room for what it asks, or as the
    customer may not be called. ``asked_ms``: the time that was asked for, where calling hours have
    moved it.
    """

    interaction_id: str
    until_ms: int = 0
    inbox: str = ""
    keeps_place: bool = False
    reason: str = ""
    asked_ms: int = 0


class InteractionDue(EventBase, frozen=True, tag="interaction_due"):
    """The time of a suspended interaction has come; whoever reads ``inbox`` is to resume it."""

    interaction_id: str
    inbox: str


class InteractionResumed(EventBase, frozen=True, tag="interaction_resumed"):
    """Its suspension is over and it waits; its age runs from ``origin_ms`` from here on."""

    interaction_id: str
    origin_ms: int
    ended_by: SuspensionEnd


class AttemptFailed(EventBase, frozen=True, tag="attempt_failed"):
    """A customer was called back and not reached, for the ``attempt``-th time: by the agent who has
    it, or (``agent_id`` "") by whoever was told that it is due."""

    interaction_id: str
    attempt: int
    agent_id: str = ""
    reason: str = ""


class WaitEstimated(EventBase, frozen=True, tag="wait_estimated"):
    """What was told of an interaction that waits, because somebody asked.

    ``position`` is its place in the queue (1: next; 0: an agent is being asked), ``waiting`` how
    many wait there. ``wait_ms`` is how long it will wait from now on, four times out of five
    between ``wait_ms_low`` and ``wait_ms_high``; None where too little is known.
    """

    interaction_id: str
    queue: str
    position: int
    waiting: int
    wait_ms: int | None = None
    wait_ms_low: int | None = None
    wait_ms_high: int | None = None
    version: str = ""
    reply_to: str = ""
    reply_json: bool = False
    command_id: str = ""


class InteractionIdled(EventBase, frozen=True, tag="interaction_idled"):
    """Its customer is silent: it stays its agent's, and holds no capacity from here on."""

    interaction_id: str
    agent_id: str


class InteractionWaking(EventBase, frozen=True, tag="interaction_waking"):
    """Its customer is back, and its agent has no room: the first room that they get is for it.

    At ``until_ms`` it waits for anybody.
    """

    interaction_id: str
    agent_id: str
    until_ms: int


class InteractionWoken(EventBase, frozen=True, tag="interaction_woken"):
    """What was idle or waking holds ``cost`` units of its agent's capacity again."""

    interaction_id: str
    agent_id: str
    cost: int


class InteractionNoted(EventBase, frozen=True, tag="interaction_noted"):
    """Somebody has written something down about it, open or over; ``author`` may be empty."""

    interaction_id: str
    text: str
    author: str = ""


class InteractionStepped(EventBase, frozen=True, tag="interaction_stepped"):
    """What is asked of agents from here on, by the workflow of the queue.

    ``step`` counts from 1; 0: no workflow applies any more. ``until_ms`` is when the step ends (0:
    it does not). ``only_preferred``: it is kept for the agents whom its history names, with a term
    of ``history_at_least_ppm`` or more.
    ``delayed``: the next step could not begin for want of room, and is tried again at that time.
    ``continues``: the step goes on then, and agents of further profiles may serve. ``inbox`` (if
    any) is told that the step has begun. ``shut``: the steps so far whose pools have not opened to
    it.
    """

    interaction_id: str
    step: int
    requirements: tuple[Requirement, ...]
    priority: int
    until_ms: int = 0
    only_preferred: bool = False
    name: str = ""
    delayed: bool = False
    continues: bool = False
    inbox: str = ""
    shut: tuple[int, ...] = ()
    history_at_least_ppm: int = 0


class ExclusionEnded(EventBase, frozen=True, tag="exclusion_ended"):
    """An agent who declined or did not answer may be offered the interaction again."""

    interaction_id: str
    agent_id: str


class InteractionCompleted(EventBase, frozen=True, tag="interaction_completed"):
    """The conversation is over; capacity stays taken until wrap-up ends.

    At ``wrap_up_until_ms`` time ends it (0: the agent does).
    """

    interaction_id: str
    agent_id: str
    handled_ms: int
    wrap_up_until_ms: int
    outcome: str = ""


class InteractionWrapUpExtended(EventBase, frozen=True, tag="interaction_wrap_up_extended"):
    """The agent has more time: wrap-up ends at ``wrap_up_until_ms``."""

    interaction_id: str
    agent_id: str
    wrap_up_until_ms: int


class InteractionWrappedUp(EventBase, frozen=True, tag="interaction_wrapped_up"):
    """Wrap-up is over and capacity is free again; final."""

    interaction_id: str
    agent_id: str
    ended_by: WrapUpEnd
