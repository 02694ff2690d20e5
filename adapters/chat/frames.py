"""What a widget and the server say to each other: JSON in text frames (docs/chat.md)."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from adapters.chat.tokens import TOKEN_CHARACTERS_MAX

__all__ = (
    "Alive",
    "Asked",
    "Call",
    "Had",
    "Hello",
    "Leave",
    "Message",
    "MoveTo",
    "Refused",
    "Say",
    "Standing",
    "Taken",
    "Told",
    "Welcome",
    "asked_in",
    "frame_of",
    "has_address",
)

Order = Annotated[str, Meta(pattern=r"^(\d{1,19}-\d{1,19})?\Z")]
OwnId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{8,64}\Z")]
"""Made by the widget, anew for each thing that is asked; the same when it is asked again."""

NUMBER: Final = r"^\+?[0-9][0-9 ()/.-]{3,30}$"
Address = Annotated[str, Meta(max_length=254)]
Number = Annotated[str, Meta(max_length=64)]
Words = Annotated[str, Meta(min_length=1, max_length=65_536)]


class Hello(Struct, frozen=True, forbid_unknown_fields=True, tag="hello"):
    """The first frame: which session it is ("": a new one), and what the widget has of it."""

    token: Annotated[str, Meta(max_length=TOKEN_CHARACTERS_MAX)] = ""
    after: Order = ""
    queue: Annotated[str, Meta(max_length=128)] = ""


class Say(Struct, frozen=True, forbid_unknown_fields=True, tag="say"):
    """The visitor says something."""

    id: OwnId
    text: Words


class MoveTo(Struct, frozen=True, forbid_unknown_fields=True, tag="move"):
    """The visitor does not want to wait any more: answer there instead."""

    id: OwnId
    to: Literal["email", "callback"]
    address: Address
    text: Words


class Call(Struct, frozen=True, forbid_unknown_fields=True, tag="call"):
    """The visitor wants to be called by the agent of the chat; ``text`` says so to the agent."""

    id: OwnId
    number: Number
    text: Words


class Had(Struct, frozen=True, forbid_unknown_fields=True, tag="had"):
    """The widget has shown everything up to here."""

    order: Order


class Leave(Struct, frozen=True, forbid_unknown_fields=True, tag="leave"):
    """The visitor has ended the chat."""


class Alive(Struct, frozen=True, tag="alive"):
    """A sign of life, of either side."""


class Welcome(Struct, frozen=True, tag="welcome"):
    """The session is open. Keep ``token``: it is the session. ``is_new``: it was not there before;
    what the widget has of another one is of no use here."""

    token: str
    is_new: bool
    can_call: bool
    text_characters_max: int


class Message(Struct, frozen=True, tag="message"):
    """One thing said, in its place; ``id`` is the widget's own for what it has said."""

    order: str
    id: str
    by: Literal["visitor", "agent"]
    text: str
    at_ms: int
    name: str = ""
    links: tuple[tuple[str, str], ...] = ()
    """Attachments: where each is, and its name."""


class Taken(Struct, frozen=True, tag="taken"):
    """What was asked is decided: it need not be asked again."""

    id: str


class Refused(Struct, frozen=True, tag="refused"):
    """What was asked cannot be done; ``code`` as of a problem (docs/api.md#problems)."""

    id: str
    code: str


class Standing(Struct, frozen=True, tag="standing", omit_defaults=True):
    """How the chat stands. Of who waits: the place in the line (0: an agent is being asked; None:
    not known) and how long it will take, as far as that is known."""

    state: Literal["new", "waiting", "with_agent", "over"]
    position: int | None = None
    wait_s: int | None = None
    wait_s_high: int | None = None
    agent: str = ""
    moves: tuple[str, ...] = ()
    """Where the visitor may go instead: ``email``, ``callback``."""

    moved_to: str = ""
    """Of what is over: where the visitor has gone."""


Asked: TypeAlias = Hello | Say | MoveTo | Call | Had | Leave | Alive
Told: TypeAlias = Welcome | Message | Taken | Refused | Standing | Alive

_ADDRESSES: Final = {
    "email": re.compile(r"[^\s@<>,;:\"()]{1,64}@[^\s@<>,;:\"()]{1,189}"),
    "callback": re.compile(NUMBER),
}
_decoder: Final[msgspec.json.Decoder[Asked]] = msgspec.json.Decoder(Asked)
_encode: Final = msgspec.json.Encoder().encode


def asked_in(frame: str) -> Asked:
    """What a frame says. Raises :class:`msgspec.MsgspecError`."""
    return _decoder.decode(frame)


def has_address(asked: MoveTo | Call) -> bool:
    """Whether somebody can be reached there, by the look of it."""
    if isinstance(asked, Call):
        return _ADDRESSES["callback"].fullmatch(asked.number) is not None
    return _ADDRESSES[asked.to].fullmatch(asked.address) is not None


def frame_of(told: Told) -> str:
    """The frame that says it."""
    return _encode(told).decode()
