"""Events of a tenant: who leads, by which policy, and what became of commands."""

from __future__ import annotations

from typing import Any

from msgspec import field

from router.events.base import EventBase

__all__ = (
    "Confirmed",
    "GroupsReviewed",
    "IntakeChanged",
    "LeaderStarted",
    "PolicyAnnounced",
    "PolicyDropped",
    "PolicyReplaced",
    "ReclassificationEnded",
    "RecordsRestored",
    "Rejected",
    "Repeated",
    "ScarcityPriced",
    "VersionMatched",
    "VersionTold",
)


class LeaderStarted(EventBase, frozen=True, tag="leader_started"):
    """A router has taken the lead; written by the takeover itself, alone in its record."""

    epoch: int
    router_id: str
    release: str


class RecordsRestored(EventBase, frozen=True, tag="records_restored"):
    """The server had lost these records, and they were written again, as they were, with the
    ``entries`` in work streams that had been written with them."""

    first: str
    last: str
    count: int
    entries: int


class PolicyAnnounced(EventBase, frozen=True, tag="policy_announced", gc=True):
    """A policy will be in force as soon as everything that is open has been made ready for it.

    ``reply_to``, ``reply_json`` and ``command_id`` are the command's: it is answered then.
    """

    policy: dict[str, Any]
    changed_by: str = ""
    comment: str = ""
    reclassify: bool = False
    reply_to: str | None = None
    reply_json: bool = False
    command_id: str = ""


class PolicyDropped(EventBase, frozen=True, tag="policy_dropped"):
    """A policy that was announced will not be in force: for what is open it lacks something, or
    another came after it."""

    reason: str


class PolicyReplaced(EventBase, frozen=True, tag="policy_replaced", gc=True):
    """A policy is in force from here on; ``version`` counts from 1.

    ``reclassify``: what waits will be classified anew by it, a little with every batch.
    """

    version: int
    policy: dict[str, Any]
    changed_by: str = ""
    comment: str = ""
    reclassify: bool = False


class ReclassificationEnded(EventBase, frozen=True, tag="reclassification_ended"):
    """What waited when this version of the policy came into force has been classified by it."""

    version: int


class IntakeChanged(EventBase, frozen=True, tag="intake_changed"):
    """Intake of new interactions was opened, or closed (creates are refused with ``code``)."""

    open: bool
    reason: str = ""
    code: str = "intake_closed"
    retry_after_ms: int = 0


class GroupsReviewed(EventBase, frozen=True, tag="groups_reviewed"):
    """The groups of a queue were looked at: whoever is of one that has ``opened`` serves the queue
    from here on, until it has ``closed``."""

    queue: str
    opened: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()


class ScarcityPriced(EventBase, frozen=True, tag="scarcity_priced", gc=True):
    """The prices of agents' time that stand from here on, those that have changed.

    ``sequence`` is that of the last interaction that had arrived.
    """

    sequence: int
    prices_ppm: dict[str, int] = field(default_factory=dict)


class VersionMatched(EventBase, frozen=True, tag="version_matched"):
    """What a command is about has the version on whose condition the command is carried out;
    what it makes happen follows."""

    command: str
    target: str
    version: str


class VersionTold(EventBase, frozen=True, tag="version_told"):
    """The version that an interaction, or an agent, has at this moment, because somebody asked.

    ``state`` is where it stands, as the lifecycle has it.
    """

    version: str
    state: str
    interaction_id: str = ""
    agent_id: str = ""
    reply_to: str = ""
    reply_json: bool = False
    command_id: str = ""


class Rejected(EventBase, frozen=True, tag="rejected"):
    """A command was refused; nothing was changed. ``version``: that of what the command is about,
    which is not the ``if_version`` that it names. ``retry_after_ms``: when it may be taken (0:
    nobody knows, or never)."""

    command: str
    code: str
    detail: str
    field: str = ""
    target: str = ""
    command_id: str = ""
    reply_to: str = ""
    reply_json: bool = False
    agent_id: str = ""
    if_version: str = ""
    version: str = ""
    retry_after_ms: int = 0


class Repeated(EventBase, frozen=True, tag="repeated"):
    """A command said what was already so; nothing was changed."""

    command: str
    target: str


class Confirmed(EventBase, frozen=True, tag="confirmed"):
    """A command that asked for a reply (``reply_to``) was carried out."""

    command: str
    target: str
    reply_to: str
    reply_json: bool = False
    command_id: str = ""
