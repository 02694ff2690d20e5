"""Commands: what may be asked of the engine, as frozen values.

The wire form is a map whose ``type`` names the command (docs/protocol.md). Decoding validates
types, ranges and unknown fields; whether a command *can* be carried out is decided against the
state.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta, Raw, field

from router import limits
from router.command_terms import (
    AgentAttributeMap,
    AskedLink,
    AttributeValue,
    Availability,
    Change,
    ClosedChannels,
    CommandBase,
    Direct,
    HistoryFact,
    InactiveSkills,
    InboxName,
    Link,
    LinkKind,
    Maximums,
    Priority,
    Share,
    Skills,
    Suspension,
    TargetSeconds,
    Text,
    TimestampMs,
    Version,
)
from router.requirements import (
    AskedRequirement,
    AskedRequirements,
    Identifier,
    Requirement,
    ToldLevel,
)

__all__ = (
    "COMMAND_TYPES",
    "EMPTY_MAP",
    "OWN_COMMANDS",
    "Accept",
    "AgentAttributes",
    "AgentCapacity",
    "AgentChannels",
    "AgentLogin",
    "AgentLogout",
    "AgentSkills",
    "AgentState",
    "AskedLink",
    "AskedRequirement",
    "Assign",
    "AttributeValue",
    "Cancel",
    "Change",
    "Command",
    "Complete",
    "Create",
    "Decline",
    "Direct",
    "EndWrapUp",
    "ExtendWrapUp",
    "HistoryFact",
    "HoldOffer",
    "Idle",
    "Inquire",
    "InquireVersion",
    "Link",
    "LinkKind",
    "Move",
    "Note",
    "OfferTo",
    "ReplacePolicy",
    "Requeue",
    "Requirement",
    "Rescind",
    "Resume",
    "Retry",
    "SetIntake",
    "Suspend",
    "Suspension",
    "ToldLevel",
    "Transfer",
    "Update",
    "Wake",
    "Withdraw",
    "target_of",
)

EMPTY_MAP = Raw(b"\x80")
"""An empty msgpack map, the attributes of an interaction that came with none."""


class Create(CommandBase, frozen=True, tag="create"):
    """Bring one interaction into the queue, or suspended. Idempotent by ``interaction_id``."""

    interaction_id: Identifier
    channel: Identifier
    queue: Identifier | None = None
    customer_id: Annotated[str, Meta(max_length=limits.IDENTIFIER_MAX)] = ""
    conversation_id: Annotated[str, Meta(max_length=limits.IDENTIFIER_MAX)] = ""
    priority: Priority = 0
    requirements: AskedRequirements = ()
    attributes: Raw = EMPTY_MAP
    history: Annotated[tuple[HistoryFact, ...], Meta(max_length=limits.HISTORY_FACTS_MAX)] = ()
    excluded_agents: Annotated[
        tuple[Identifier, ...], Meta(max_length=limits.EXCLUDED_AGENTS_MAX)
    ] = ()
    origin_ms: TimestampMs | None = None
    target_s: TargetSeconds | None = None
    suspension: Suspension | None = None
    direct: Direct | None = None
    link: AskedLink | None = None
    label: Identifier | None = None
    producer: Annotated[str, Meta(max_length=limits.IDENTIFIER_MAX)] = ""


class Update(Change, frozen=True, tag="update"):
    """Change the priority or the requirements (or both) of an open interaction."""

    interaction_id: Identifier
    priority: Priority | None = None
    requirements: AskedRequirements | None = None
    reason: Text = ""


class Move(Change, frozen=True, tag="move"):
    """Let what waits, or is offered, wait in another queue from now on; its age is kept."""

    interaction_id: Identifier
    queue: Identifier
    reason: Text = ""


class Cancel(Change, frozen=True, tag="cancel"):
    """The customer gave up (hang-up, closed window) before an agent accepted."""

    interaction_id: Identifier
    reason: Text = ""


class Requeue(Change, frozen=True, tag="requeue"):
    """Take an interaction back from its agent; it waits again with its original age, or when its
    suspension is over."""

    interaction_id: Identifier
    reason: Text = ""
    suspension: Suspension | None = None


class Transfer(Change, frozen=True, tag="transfer"):
    """Hand an assigned interaction over, to a queue, to another agent, or both; its age is kept.

    ``at_once``: the other agent has it from now on (they have talked), else they are asked.
    """

    interaction_id: Identifier
    agent_id: Identifier
    queue: Identifier | None = None
    to_agent: Identifier | None = None
    at_once: bool = False
    over_capacity: bool = False
    priority: Priority | None = None
    requirements: AskedRequirements | None = None
    reason: Text = ""


class Suspend(Change, frozen=True, tag="suspend"):
    """Let an interaction that waits, or is suspended, be suspended from now on."""

    interaction_id: Identifier
    until_ms: TimestampMs | None = None
    inbox: InboxName | None = None
    keep_place: bool = False
    reason: Text = ""

    @property
    def suspension(self) -> Suspension:
        """What is asked for, as other commands carry it."""
        return Suspension(self.until_ms, self.inbox, self.keep_place, self.reason)


class Resume(Change, frozen=True, tag="resume"):
    """End the suspension of an interaction: it waits from now on."""

    interaction_id: Identifier


class Retry(Change, frozen=True, tag="retry"):
    """A customer who was called back was not reached: try again later, or give up by the policy.

    By the agent who has it (``agent_id``), or by whoever was told that it is due. ``inbox`` and
    ``keep_place`` hold for the time until then, as in a suspension; ``retry_s`` replaces the
    policy's.
    """

    interaction_id: Identifier
    agent_id: Identifier | None = None
    retry_s: Annotated[int, Meta(ge=0, le=31_622_400)] | None = None
    inbox: InboxName | None = None
    keep_place: bool = False
    reason: Text = ""


class Inquire(CommandBase, frozen=True, tag="inquire"):
    """Ask where an interaction stands in its queue, and how long it will wait."""

    interaction_id: Identifier


class InquireVersion(CommandBase, frozen=True, tag="inquire_version"):
    """Ask for the version of an open interaction or of an agent, one of the two."""

    interaction_id: Identifier | None = None
    agent_id: Identifier | None = None


class Idle(Change, frozen=True, tag="idle"):
    """The customer of an assigned interaction is silent: it holds no capacity until it wakes."""

    interaction_id: Identifier


class Wake(Change, frozen=True, tag="wake"):
    """The customer of an idle interaction is back: its agent has it as soon as there is room."""

    interaction_id: Identifier


class Note(CommandBase, frozen=True, tag="note"):
    """Write something down about an interaction, open or over; it is added, and never changed."""

    interaction_id: Identifier
    text: Annotated[str, Meta(min_length=1, max_length=limits.NOTE_CHARACTERS_MAX)]
    author: Annotated[str, Meta(max_length=limits.IDENTIFIER_MAX)] = ""


class AgentLogin(CommandBase, frozen=True, tag="agent_login"):
    """An agent signs in at a gateway; offers go to the work stream ``inbox``.

    A login of an agent who is logged in replaces skills, limits and inbox and keeps the work.
    What is left out is as the routing ``profile`` has it.
    """

    agent_id: Identifier
    inbox: InboxName
    encoding: Literal["msgpack", "json"] = "msgpack"
    skills: Skills = field(default_factory=dict)
    capacity: Annotated[int, Meta(ge=1, le=limits.CAPACITY_MAX)] | None = None
    maximums: Maximums = field(default_factory=dict)
    share: Share = 1
    attributes: AgentAttributeMap = field(default_factory=dict)
    inactive_skills: InactiveSkills = ()
    closed_channels: ClosedChannels = ()
    profile: Identifier | None = None
    state: Availability | None = None
    activity: Identifier | None = None
    reason: Text = ""


class AgentLogout(Change, frozen=True, tag="agent_logout"):
    """An agent signs out: open offers are rescinded, work in hand may still be completed."""

    agent_id: Identifier
    reason: Text = ""


class AgentState(Change, frozen=True, tag="agent_state"):
    """An agent becomes available or unavailable, by word or by what they say that they do.

    ``activity`` is one of the policy's, which says whether those who do it are available.
    """

    agent_id: Identifier
    state: Availability | None = None
    activity: Identifier | None = None
    reason: Text = ""


class AgentSkills(Change, frozen=True, tag="agent_skills"):
    """Replace the skills of a logged-in agent; ``inactive_skills`` of them do not count for now."""

    agent_id: Identifier
    skills: Skills
    inactive_skills: InactiveSkills = ()


class AgentChannels(Change, frozen=True, tag="agent_channels"):
    """Replace the channels on which a logged-in agent takes nothing for now."""

    agent_id: Identifier
    closed_channels: ClosedChannels


class AgentAttributes(Change, frozen=True, tag="agent_attributes"):
    """Replace the attributes of a logged-in agent: what expressions read of them."""

    agent_id: Identifier
    attributes: AgentAttributeMap


class AgentCapacity(Change, frozen=True, tag="agent_capacity"):
    """Replace the limits and the share of a logged-in agent; work in hand is never taken away."""

    agent_id: Identifier
    capacity: Annotated[int, Meta(ge=1, le=limits.CAPACITY_MAX)] | None = None
    maximums: Maximums = field(default_factory=dict)
    share: Share = 1


class Accept(CommandBase, frozen=True, tag="accept"):
    """The agent takes the offered interaction, and does ``activity`` from then on."""

    offer_id: Identifier
    agent_id: Identifier
    activity: Identifier | None = None


class Decline(CommandBase, frozen=True, tag="decline"):
    """The agent refuses the offer; it is not repeated to this agent for ``retry_s`` seconds."""

    offer_id: Identifier
    agent_id: Identifier
    retry_s: Annotated[int, Meta(ge=0, le=31_622_400)] | None = None
    reason: Text = ""
    activity: Identifier | None = None


class HoldOffer(CommandBase, frozen=True, tag="hold_offer"):
    """The agent's device connects the medium: the offer stands for ``hold_s`` seconds from now."""

    offer_id: Identifier
    agent_id: Identifier
    hold_s: Annotated[int, Meta(ge=1, le=limits.OFFER_HOLD_S_MAX)]


class Rescind(CommandBase, frozen=True, tag="rescind"):
    """Take an open offer back, unanswered; it is not repeated to this agent for ``retry_s``
    seconds."""

    offer_id: Identifier
    retry_s: Annotated[int, Meta(ge=0, le=31_622_400)] | None = None
    reason: Text = ""


class OfferTo(Change, frozen=True, tag="offer_to"):
    """Offer what waits to one agent, whatever it asks for; ``over_capacity``: room or not."""

    interaction_id: Identifier
    agent_id: Identifier
    over_capacity: bool = False
    reason: Text = ""


class Assign(Change, frozen=True, tag="assign"):
    """Give what waits to one agent at once: the agent picked it, or a supervisor decided so."""

    interaction_id: Identifier
    agent_id: Identifier
    over_capacity: bool = False
    reason: Text = ""


class Complete(Change, frozen=True, tag="complete"):
    """The conversation is over; wrap-up begins where the channel has one.

    ``wrap_up``: whether this one needs it, where the channel leaves that to the agent.
    """

    interaction_id: Identifier
    agent_id: Identifier
    outcome: Text = ""
    wrap_up: bool | None = None
    activity: Identifier | None = None


class EndWrapUp(Change, frozen=True, tag="end_wrap_up"):
    """The agent has finished wrap-up before its time was over."""

    interaction_id: Identifier
    agent_id: Identifier
    activity: Identifier | None = None


class ExtendWrapUp(Change, frozen=True, tag="extend_wrap_up"):
    """The agent needs ``extend_s`` seconds more for their wrap-up."""

    interaction_id: Identifier
    agent_id: Identifier
    extend_s: Annotated[int, Meta(ge=1, le=limits.WRAP_UP_EXTENSION_S_MAX)]


class ReplacePolicy(CommandBase, frozen=True, tag="replace_policy"):
    """Put a whole new policy in force; on condition, if wanted, that the one in force is still of
    the version ``if_version``, and none is on its way."""

    policy: dict[str, Any]
    changed_by: Annotated[str, Meta(max_length=limits.IDENTIFIER_MAX)] = ""
    comment: Text = ""
    reclassify: bool = False
    if_version: Version | None = None


class SetIntake(CommandBase, frozen=True, tag="set_intake"):
    """Open or close intake. The service's own: refused when it comes from the inbound stream.

    While it is closed creates are refused with ``code``, and told to come again after so long.
    """

    open: bool
    reason: Text = ""
    code: Text = "intake_closed"
    retry_after_ms: int = 0


class Withdraw(CommandBase, frozen=True, tag="withdraw"):
    """Rescind offers that were written too late to be answered in time. The service's own, too."""

    offer_ids: tuple[Identifier, ...]
    reason: Text


Command: TypeAlias = (
    Create
    | Update
    | Move
    | Cancel
    | Requeue
    | Transfer
    | Suspend
    | Resume
    | Retry
    | Inquire
    | InquireVersion
    | Idle
    | Wake
    | Note
    | AgentLogin
    | AgentLogout
    | AgentState
    | AgentSkills
    | AgentChannels
    | AgentAttributes
    | AgentCapacity
    | Accept
    | Decline
    | HoldOffer
    | Rescind
    | OfferTo
    | Assign
    | Complete
    | EndWrapUp
    | ExtendWrapUp
    | ReplacePolicy
    | SetIntake
    | Withdraw
)

OWN_COMMANDS = (SetIntake, Withdraw)
"""What only the service may ask; refused when it comes from the inbound stream."""

COMMAND_TYPES: tuple[str, ...] = tuple(
    str(kind.__struct_config__.tag) for kind in Command.__args__ if kind not in OWN_COMMANDS
)
"""The commands of the protocol."""


def target_of(command: CommandBase) -> str:
    """The id of the thing that a command is about ("" if it is about the tenant)."""
    for name in ("interaction_id", "offer_id", "agent_id"):
        target: str | None = getattr(command, name, None)
        if target is not None:
            return target
    return ""
