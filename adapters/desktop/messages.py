"""What a desktop and the server say to each other (docs/desktops.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import Meta, Raw, Struct, field

from adapters.media.saying import SayBody
from adapters.media.showing import DeliveryView, DialogueMessageView
from adapters.projection.descriptions import DESCRIBING
from router import commands as cmd
from router.command_terms import (
    AgentAttributeMap,
    Availability,
    ClosedChannels,
    CommandBase,
    InactiveSkills,
    Maximums,
    Share,
    Skills,
    Text,
)
from router.limits import CAPACITY_MAX
from router.requirements import Identifier

__all__ = (
    "COMMANDS",
    "FIELDS",
    "SAY",
    "Answer",
    "Assigned",
    "Card",
    "Delivered",
    "DialogueShown",
    "Heartbeat",
    "Hello",
    "MessageSaid",
    "Missed",
    "Offered",
    "Refusal",
    "RequestId",
    "Standing",
    "Stands",
    "Welcome",
    "Work",
    "hello_in",
)

DIALOGUES_MAX: Final = 200
"""Conversations that a hello names; an agent never has nearly as many in hand."""

Order: TypeAlias = Annotated[str, Meta(pattern=r"^\d{1,19}-\d{1,19}\Z")]
RequestId: TypeAlias = Annotated[str, Meta(max_length=128)] | int


class Hello(Struct, frozen=True, forbid_unknown_fields=True, tag="hello"):
    """The first message: whose desktop it is, and where it left off.

    What is left out stays as it is for an agent who is logged in, and is as in ``agent_login`` for
    one who is not.
    """

    id: RequestId = ""
    credential: Annotated[str, Meta(max_length=16_384)] = ""
    """For clients that cannot send header fields, as browsers."""

    agent_id: Identifier | None = None
    resume: Annotated[str, Meta(max_length=64)] | None = None
    dialogues: Annotated[dict[str, Order], Meta(max_length=DIALOGUES_MAX)] = field(
        default_factory=dict
    )
    """The last ``order`` that the desktop has of each conversation."""

    state: Availability | None = None
    activity: Identifier | None = None
    reason: Text | None = None
    skills: Skills | None = None
    inactive_skills: InactiveSkills | None = None
    capacity: Annotated[int, Meta(ge=1, le=CAPACITY_MAX)] | None = None
    maximums: Maximums | None = None
    share: Share | None = None
    attributes: AgentAttributeMap | None = None
    closed_channels: ClosedChannels | None = None
    profile: Identifier | None = None

    @property
    def describing(self) -> list[str]:
        """The fields given that say what the agent can and may take."""
        return [name for name in DESCRIBING if getattr(self, name) is not None]

    @property
    def login(self) -> dict[str, Any]:
        """The fields of ``agent_login`` that it gives."""
        given = ((name, getattr(self, name)) for name in _OF_LOGIN)
        return {name: value for name, value in given if value is not None}


_OF_LOGIN: Final = tuple(
    name
    for name in Hello.__struct_fields__
    if name not in {"id", "credential", "agent_id", "resume", "dialogues"}
)


class Offered(Struct, frozen=True, gc=False):
    """An open offer, and until when it stands."""

    offer_id: str
    expires_ms: int


class Assigned(Struct, frozen=True, gc=False):
    """What is in hand, and how far it is: ``active``, ``idle``, ``waking`` or ``wrap_up``."""

    interaction_id: str
    state: str
    wrap_up_until_ms: int


class Standing(Struct, frozen=True):
    """How the agent stands at a position, in short."""

    state: str
    activity: str
    offers: tuple[Offered, ...]
    assignments: tuple[Assigned, ...]


class Missed(Struct, frozen=True, gc=False):
    """A message of the work stream that the desktop has not had."""

    position: str
    message: Raw


class Welcome(Struct, frozen=True, tag="welcome", omit_defaults=True):
    """The answer to a hello: what was missed, or (not ``resumed``) all that is in hand.

    Sent again, without an ``id`` and not ``resumed``, when the server itself had to begin anew.
    """

    agent_id: str
    position: str
    resumed: bool
    standing: Standing
    heartbeat_s: float
    answer_s: float
    grace_s: float
    id: RequestId = ""
    missed: tuple[Missed, ...] = ()
    offers: tuple[Raw, ...] = ()
    assignments: tuple[Raw, ...] = ()


class Work(Struct, frozen=True, tag="work", gc=False):
    """A message of docs/protocol.md, "Work streams", and its position."""

    position: str
    message: Raw


class Heartbeat(Struct, frozen=True, tag="heartbeat", gc=False):
    """We are here; all up to this position has been sent."""

    position: str


class Stands(Struct, frozen=True, tag="standing", gc=False):
    """How the agent stands at a position, where no message of the work stream says it."""

    position: str
    standing: Standing


class Card(Struct, frozen=True, tag="card", gc=False):
    """What the customer record has of whoever wants an interaction that rings, or is in hand."""

    interaction_id: str
    card: Any


class DialogueShown(Struct, frozen=True, tag="dialogue", omit_defaults=True, gc=False):
    """The newest of what was said in a conversation of which the agent has an interaction: in the
    place of all that was told of it before. ``has_earlier``: there is more before it."""

    conversation_id: str
    messages: tuple[DialogueMessageView, ...] = ()
    has_earlier: bool = False


class MessageSaid(Struct, frozen=True, tag="message", gc=False):
    """The next message of a conversation, by whomever."""

    conversation_id: str
    message: DialogueMessageView


class Delivered(Struct, frozen=True, tag="delivery", gc=False):
    """What became of a message that was told before; ``order`` is its place."""

    conversation_id: str
    order: str
    delivery: DeliveryView


class Answer(Struct, frozen=True, tag="ok", omit_defaults=True, gc=False):
    """A command was carried out; ``repeated``: what it says was so already. ``message_id``: of what
    was said to a customer."""

    id: RequestId
    position: str
    repeated: bool = False
    message_id: str = ""


class Refusal(Struct, frozen=True, tag="error", omit_defaults=True, gc=False):
    """A command was refused, or nobody knows (``undecided``)."""

    id: RequestId | None
    code: str
    detail: str
    field: str = ""
    version: str = ""


class Said(Struct, frozen=True):
    """What a message of a desktop becomes: a command, with the fields that it may have."""

    kind: type[CommandBase]
    is_about_own_work: bool = False
    """The command names no agent, so it is checked here whose work it is about."""

    @property
    def fields(self) -> frozenset[str]:
        """What the desktop may say; the rest is not its to say."""
        return frozenset(self.kind.__struct_fields__) - _NOT_SAID

    @property
    def names_agent(self) -> bool:
        """Whether the command has an ``agent_id``."""
        return "agent_id" in self.kind.__struct_fields__


_NOT_SAID: Final = frozenset({"agent_id", "command_id", "reply_to", "author"})

COMMANDS: Final[Mapping[str, Said]] = {
    "presence": Said(cmd.AgentState),
    "channels": Said(cmd.AgentChannels),
    "logout": Said(cmd.AgentLogout),
    "accept": Said(cmd.Accept),
    "decline": Said(cmd.Decline),
    "hold_offer": Said(cmd.HoldOffer),
    "complete": Said(cmd.Complete),
    "end_wrap_up": Said(cmd.EndWrapUp),
    "extend_wrap_up": Said(cmd.ExtendWrapUp),
    "transfer": Said(cmd.Transfer),
    "retry": Said(cmd.Retry),
    "idle": Said(cmd.Idle, is_about_own_work=True),
    "wake": Said(cmd.Wake, is_about_own_work=True),
    "note": Said(cmd.Note, is_about_own_work=True),
}
"""What a desktop may say, once it is open; each is a command of docs/protocol.md."""


SAY: Final = "say"
"""What goes to a customer, and to no router."""

FIELDS: Final[Mapping[str, frozenset[str]]] = {
    **{name: said.fields for name, said in COMMANDS.items()},
    SAY: frozenset({"conversation_id", *SayBody.__struct_fields__}) - _NOT_SAID,
}
"""All that a desktop may say, and the fields that it may have."""


def hello_in(message: Mapping[str, Any]) -> Hello:
    """The hello that a message is. Raises ``msgspec.ValidationError``."""
    return msgspec.convert(message, Hello)
