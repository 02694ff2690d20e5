"""What commands are made of: the types of their fields, and what all of them have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from router import limits
from router.requirements import Identifier, ToldLevel

__all__ = (
    "AgentAttributeMap",
    "AskedLink",
    "AttributeValue",
    "Availability",
    "Change",
    "ClosedChannels",
    "CommandBase",
    "Direct",
    "HistoryFact",
    "InactiveSkills",
    "InboxName",
    "Link",
    "LinkKind",
    "Maximums",
    "Priority",
    "Scalar",
    "Share",
    "Skills",
    "Suspension",
    "TargetSeconds",
    "Text",
    "TimestampMs",
    "Version",
)

InboxName: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.:-]{1,64}\Z")]
Text: TypeAlias = Annotated[str, Meta(max_length=1_000)]
Priority: TypeAlias = Annotated[int, Meta(ge=0, le=limits.PRIORITY_MAX)]
TimestampMs: TypeAlias = Annotated[int, Meta(ge=0, le=2**53)]
TargetSeconds: TypeAlias = Annotated[float, Meta(ge=0.1, le=31_622_400)]
Skills: TypeAlias = Annotated[
    Mapping[Identifier, ToldLevel], Meta(max_length=limits.AGENT_SKILLS_MAX)
]
Maximums: TypeAlias = Annotated[
    dict[Identifier, Annotated[int, Meta(ge=0, le=limits.CHANNEL_MAXIMUM_MAX)]],
    Meta(max_length=limits.AGENT_SKILLS_MAX),
]
InactiveSkills: TypeAlias = Annotated[
    tuple[Identifier, ...], Meta(max_length=limits.AGENT_SKILLS_MAX)
]
ClosedChannels: TypeAlias = Annotated[tuple[Identifier, ...], Meta(max_length=64)]
Version: TypeAlias = Annotated[str, Meta(min_length=1, max_length=limits.VERSION_MAX)]
Availability: TypeAlias = Literal["available", "unavailable"]
Share: TypeAlias = Annotated[int, Meta(ge=1, le=limits.SHARE_MAX)]
Scalar: TypeAlias = bool | int | float | str | None
AttributeValue: TypeAlias = Scalar | Annotated[list[Scalar], Meta(max_length=limits.LIST_ITEMS_MAX)]
AgentAttributeMap: TypeAlias = Annotated[
    dict[Identifier, AttributeValue], Meta(max_length=limits.AGENT_ATTRIBUTES_MAX)
]


class CommandBase(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="type",
    kw_only=True,
):
    """A command, and who is to be told what becomes of it."""

    command_id: Annotated[str, Meta(max_length=limits.IDENTIFIER_MAX)] = ""
    reply_to: InboxName | None = None


class Change(CommandBase, frozen=True, kw_only=True):
    """A command that changes an interaction or an agent that there is; on condition, if wanted,
    that its version is still ``if_version`` (router/versions.py)."""

    if_version: Version | None = None


LinkKind: TypeAlias = Literal[
    "transfer",
    "consult",
    "conference",
    "moved",
    "reopened",
    "monitor",
    "whisper",
    "barge",
    "coach",
]
"""How one interaction goes on from another; the last four are a supervisor's."""


class Link(Struct, frozen=True, gc=False):
    """What an interaction goes on from: another one, of the same conversation."""

    interaction_id: Identifier
    kind: LinkKind


class AskedLink(Link, frozen=True, forbid_unknown_fields=True):
    """A link as a command tells it."""


class HistoryFact(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """One thing known of this customer and one agent, looked up before the command was sent.

    ``at_ms`` is when it happened (absent: it does not age); ``score`` in [0, 1] grades an outcome.
    """

    agent_id: Identifier
    kind: Literal["last_agent", "owner", "outcome"]
    at_ms: TimestampMs | None = None
    score: Annotated[float, Meta(ge=0.0, le=1.0)] = 1.0


class Suspension(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """A time in which nobody is offered an interaction: until ``until_ms``, or until ``resume``.

    With ``inbox`` it does not end by itself: that inbox is told at ``until_ms``, and ``resume``
    ends it. ``keep_place``: it ages meanwhile, as if it waited.
    """

    until_ms: TimestampMs | None = None
    inbox: InboxName | None = None
    keep_place: bool = False
    reason: Text = ""


class Direct(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Who is offered an interaction first, before anybody is compared."""

    agent_id: Identifier
    over_capacity: bool = False
