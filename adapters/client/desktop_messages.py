"""What a desktop is told, typed: the messages of docs/protocol.md, "Work streams"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypedDict

import msgspec
from msgspec import Struct, field

from .message_models import Delivery, DialogueMessage

__all__ = (
    "Assigned",
    "CustomerKnown",
    "DialogueShown",
    "HelloTerms",
    "Idled",
    "Message",
    "MessageDelivered",
    "MessageSaid",
    "OfferOver",
    "Offered",
    "Picture",
    "PresenceChanged",
    "Released",
    "Said",
    "Standing",
    "StandingChanged",
    "Told",
    "Waking",
    "Welcome",
    "Woken",
    "message_of",
)


class HelloTerms(TypedDict, total=False):
    """What a desktop may say of its agent when it opens."""

    state: Literal["available", "unavailable"]
    activity: str
    reason: str
    skills: Mapping[str, int | str]
    inactive_skills: Sequence[str]
    capacity: int
    maximums: Mapping[str, int]
    share: int
    attributes: Mapping[str, Any]
    closed_channels: Sequence[str]
    profile: str


class Message(Struct, frozen=True, kw_only=True):
    """Something that a desktop is told."""

    agent_id: str = ""


class _Work(Message, frozen=True, kw_only=True):
    interaction_id: str
    offer_id: str = ""
    channel: str = ""
    queue: str = ""
    customer_id: str = ""
    conversation_id: str = ""
    priority: int = 0
    requirements: tuple[dict[str, Any], ...] = ()
    attributes: dict[str, Any] = field(default_factory=dict)
    waited_ms: int = 0
    history_ppm: int = 0
    link: dict[str, Any] | None = None
    label: str = ""
    notes: tuple[dict[str, Any], ...] = ()
    instructions: Any = None


class Offered(_Work, frozen=True, kw_only=True):
    """It rings: accept or decline before ``expires_ms``."""

    expires_ms: int = 0


class Assigned(_Work, frozen=True, kw_only=True):
    """It is the agent's, with all that its offer has told.

    ``state`` and ``wrap_up_until_ms`` in a :class:`Picture` alone.
    """

    holds: tuple[str, ...] = ()
    state: str = "active"
    wrap_up_until_ms: int = 0


class OfferOver(Message, frozen=True, kw_only=True):
    """Stop ringing: ``declined``, ``expired`` or ``rescinded``."""

    offer_id: str
    interaction_id: str
    outcome: str
    reason: str = ""


class Released(Message, frozen=True, kw_only=True):
    """The work has left the agent."""

    interaction_id: str
    reason: str = ""


class Idled(Message, frozen=True, kw_only=True):
    """Its customer is silent: it holds no capacity until it wakes."""

    interaction_id: str


class Waking(Message, frozen=True, kw_only=True):
    """It has woken: the next room is for it, until ``until_ms``."""

    interaction_id: str
    until_ms: int = 0


class Woken(Message, frozen=True, kw_only=True):
    """It is active again."""

    interaction_id: str
    holds: tuple[str, ...] = ()


class PresenceChanged(Message, frozen=True, kw_only=True):
    """What the agent does, or what routing makes of it, is another: one of the two is told."""

    state: str = ""
    activity: str | None = None
    reason: str = ""


class StandingChanged(Message, frozen=True, kw_only=True):
    """An offer was held, a conversation ended, or more time given for its wrap-up, maybe by
    somebody else: how all of it stands now, as in :class:`Standing`."""

    state: str
    activity: str = ""
    offers: tuple[dict[str, Any], ...] = ()
    assignments: tuple[dict[str, Any], ...] = ()


class CustomerKnown(Message, frozen=True, kw_only=True):
    """What the customer record has of whoever wants an interaction: right behind its offer, where
    there is a record. ``card`` is as docs/record.md has it."""

    interaction_id: str
    card: dict[str, Any]


class DialogueShown(Message, frozen=True, kw_only=True):
    """The newest of what was said in a conversation of which the agent has an interaction: in the
    place of all that was told of it before."""

    conversation_id: str
    messages: tuple[DialogueMessage, ...] = ()
    has_earlier: bool = False


class MessageSaid(Message, frozen=True, kw_only=True):
    """The next message of a conversation: its customer's, the agent's own, or anybody's."""

    conversation_id: str
    message: DialogueMessage


class MessageDelivered(Message, frozen=True, kw_only=True):
    """What became of a message that was told before; ``order`` is its place."""

    conversation_id: str
    order: str
    delivery: Delivery


class Told(Message, frozen=True, kw_only=True):
    """A message that this client does not know."""

    kind: str
    fields: dict[str, Any]


class Standing(Struct, frozen=True, kw_only=True):
    """How the agent stands, in short: work in hand is named by its interaction."""

    state: str
    activity: str = ""
    offers: tuple[dict[str, Any], ...] = ()
    assignments: tuple[dict[str, Any], ...] = ()


class Picture(Message, frozen=True, kw_only=True):
    """All that the agent has: forget what was told before, but for what was said: that goes on."""

    state: str
    activity: str
    offers: tuple[Offered, ...]
    assignments: tuple[Assigned, ...]


class Missed(Struct, frozen=True):
    """A message that was missed."""

    position: str
    message: dict[str, Any]


class Welcome(Struct, frozen=True, kw_only=True):
    """The answer to a hello."""

    agent_id: str
    position: str
    resumed: bool
    standing: Standing
    heartbeat_s: float
    answer_s: float = 5.0
    grace_s: float = 5.0
    missed: tuple[Missed, ...] = ()
    offers: tuple[dict[str, Any], ...] = ()
    assignments: tuple[dict[str, Any], ...] = ()


class Said(Struct, frozen=True, kw_only=True):
    """Anything else that the server says: ``work``, ``standing``, ``card``, ``dialogue``,
    ``message``, ``delivery``, ``heartbeat``, ``ok`` or ``error``."""

    type: str
    id: str | int | None = None
    position: str = ""
    message: dict[str, Any] = field(default_factory=dict)
    repeated: bool = False
    code: str = ""
    detail: str = ""
    field: str = ""
    version: str = ""
    standing: Standing | None = None
    interaction_id: str = ""
    card: dict[str, Any] | None = None
    conversation_id: str = ""
    messages: tuple[DialogueMessage, ...] = ()
    has_earlier: bool = False
    order: str = ""
    delivery: Delivery | None = None


_KINDS: Final[dict[str, type[Message]]] = {
    "offer": Offered,
    "assigned": Assigned,
    "offer_over": OfferOver,
    "released": Released,
    "idle": Idled,
    "waking": Waking,
    "woken": Woken,
    "agent_state": PresenceChanged,
    "agent_activity": PresenceChanged,
}


def message_of(fields: Mapping[str, Any]) -> Message:
    """A message of the work stream, typed. Raises ``msgspec.ValidationError``."""
    kind = str(fields.get("type", ""))
    found = _KINDS.get(kind)
    if found is None:
        return Told(agent_id=str(fields.get("agent_id", "")), kind=kind, fields=dict(fields))
    return msgspec.convert(fields, found)
