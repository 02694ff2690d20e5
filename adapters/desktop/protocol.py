"""The protocol of one desktop's connection, without I/O or clock.

Theory of operation
-------------------
Frames and moments come in, actions come out; whoever has the socket carries them out. A connection
is *greeting* until its hello has come, *entering* while that is looked at and the agent is logged
in, *open* from its welcome on, and *closed* for good after anything that ends it. A hello that is
refused may be said again. ``MOVES`` are all the moves there are.

A server that hears nothing for a heartbeat and the time for its answer closes: whatever a desktop
says is a sign of life, and it answers each heartbeat by one of its own.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from adapters.desktop.closing import CloseCode
from adapters.desktop.codec import Codec, Frame, MalformedError
from adapters.desktop.messages import (
    FIELDS,
    Answer,
    Card,
    Delivered,
    DialogueShown,
    Heartbeat,
    Hello,
    MessageSaid,
    Refusal,
    RequestId,
    Standing,
    Stands,
    Welcome,
    Work,
    hello_in,
)
from adapters.desktop.terms import DesktopTerms

__all__ = ("MOVES", "Action", "Carry", "Close", "Enter", "Move", "Phase", "Protocol", "Send")


class Phase(StrEnum):
    """How far a connection is."""

    GREETING = "greeting"
    ENTERING = "entering"
    OPEN = "open"
    CLOSED = "closed"


class Move(StrEnum):
    """What moves it on."""

    HELLO = "hello"
    WELCOMED = "welcomed"
    REFUSED = "refused"
    ENDED = "ended"


MOVES: Final = {
    (Phase.GREETING, Move.HELLO): Phase.ENTERING,
    (Phase.ENTERING, Move.WELCOMED): Phase.OPEN,
    (Phase.ENTERING, Move.REFUSED): Phase.GREETING,
    (Phase.GREETING, Move.ENDED): Phase.CLOSED,
    (Phase.ENTERING, Move.ENDED): Phase.CLOSED,
    (Phase.OPEN, Move.ENDED): Phase.CLOSED,
}


class Send(NamedTuple):
    """Send this frame."""

    frame: Frame


class Enter(NamedTuple):
    """Look at this hello, log the agent in, and tell :meth:`Protocol.welcomed` or ``refused``."""

    hello: Hello


class Carry(NamedTuple):
    """Carry this command out for the agent, and tell :meth:`Protocol.answered` or ``refused``."""

    request_id: RequestId
    name: str
    fields: dict[str, Any]


class Close(NamedTuple):
    """Close the connection. Nothing follows."""

    code: CloseCode
    reason: str


Action: TypeAlias = Send | Enter | Carry | Close


class Protocol:
    """One connection, of which ``now_s`` (seconds from any origin) never goes back."""

    def __init__(self, codec: Codec, terms: DesktopTerms, now_s: float) -> None:
        self.phase = Phase.GREETING
        self.codec = codec
        self._terms = terms
        self._heard_s = self._told_s = now_s
        self._room = float(terms.messages_burst)
        self._room_s = now_s

    def received(self, frame: Frame, now_s: float) -> list[Action]:
        """A frame has come."""
        if self.phase is Phase.CLOSED:
            return []
        self._heard_s = now_s
        if len(frame) > self._terms.message_bytes_max:
            return self.end(CloseCode.TOO_LARGE, f"at most {self._terms.message_bytes_max} bytes")
        if not self._has_room(now_s):
            return self.end(CloseCode.TOO_MANY, f"at most {self._terms.messages_per_s:g} a second")
        try:
            message = self.codec.message(frame)
        except MalformedError as error:
            return self.refused(None, "malformed", str(error))
        return self._said(message)

    def welcomed(self, welcome: Welcome, now_s: float) -> list[Action]:
        """The hello is answered: the desktop is open."""
        if self.phase is Phase.CLOSED:
            return []
        self._move(Move.WELCOMED)
        self._heard_s = self._told_s = now_s
        return [self._send(welcome)]

    def turned_away(self, request_id: RequestId, code: str, detail: str) -> list[Action]:
        """The hello is refused; it may be said again."""
        if self.phase is Phase.CLOSED:
            return []
        self._move(Move.REFUSED)
        return self.refused(request_id, code, detail)

    def pictured(self, welcome: Welcome) -> list[Action]:
        """Everything anew: what was said before counts no more."""
        return [self._send(welcome)] if self.phase is Phase.OPEN else []

    def told(self, position: str, payload: bytes, *, is_json: bool) -> list[Action]:
        """A message of the work stream."""
        if self.phase is not Phase.OPEN:
            return []
        return [self._send(Work(position, self.codec.raw(payload, is_json=is_json)))]

    def stands(self, position: str, standing: Standing) -> list[Action]:
        """The agent stands otherwise."""
        return [self._send(Stands(position, standing))] if self.phase is Phase.OPEN else []

    def shown(self, what: Card | DialogueShown | MessageSaid | Delivered) -> list[Action]:
        """A customer card has been read, or what was said in a conversation."""
        return [self._send(what)] if self.phase is Phase.OPEN else []

    def answered(
        self, request_id: RequestId, position: str, *, repeated: bool = False, message_id: str = ""
    ) -> list[Action]:
        """A command was carried out."""
        return self._unless_closed(Answer(request_id, position, repeated, message_id))

    def refused(
        self,
        request_id: RequestId | None,
        code: str,
        detail: str,
        *,
        field: str = "",
        version: str = "",
    ) -> list[Action]:
        """A message was refused; nothing follows from it."""
        return self._unless_closed(Refusal(request_id, code, detail, field, version))

    def ticked(self, now_s: float, position: str) -> list[Action]:
        """Time has passed. All messages up to this position have been handed to :meth:`told`."""
        terms = self._terms
        if self.phase is Phase.GREETING and now_s - self._heard_s > terms.hello_s:
            return self.end(CloseCode.NO_HELLO, f"no hello within {terms.hello_s:g} s")
        if self.phase is not Phase.OPEN:
            return []
        if now_s - self._heard_s > terms.heartbeat_s + terms.answer_s:
            return self.end(CloseCode.SILENT, "no answer to a heartbeat")
        if now_s - self._told_s < terms.heartbeat_s:
            return []
        self._told_s = now_s
        return [self._send(Heartbeat(position))]

    def end(self, code: CloseCode, reason: str) -> list[Action]:
        """The connection is over, by our side."""
        if self.phase is Phase.CLOSED:
            return []
        self._move(Move.ENDED)
        return [Close(code, reason)]

    def lost(self) -> None:
        """The connection is over, by the other side."""
        if self.phase is not Phase.CLOSED:
            self._move(Move.ENDED)

    def _said(self, message: dict[str, Any]) -> list[Action]:
        name, request_id = message.pop("type", None), _id_in(message)
        if name == "heartbeat":
            return []
        if name == "hello":
            return self._greeted({"type": name, **message})
        if not isinstance(name, str) or name not in FIELDS:
            detail = f"a message is hello, heartbeat, {', '.join(FIELDS)}"
            return self.refused(request_id, "unknown_type", detail, field="type")
        if self.phase is not Phase.OPEN:
            return self.refused(request_id, "wrong_state", "say hello first")
        if request_id is None:
            return self.refused(None, "invalid", "give the message an id", field="id")
        del message["id"]
        strange = sorted(message.keys() - FIELDS[name])
        if strange:
            detail = f"{name} has no field {strange[0]!r}"
            return self.refused(request_id, "invalid", detail, field=strange[0])
        return [Carry(request_id, name, message)]

    def _greeted(self, message: dict[str, Any]) -> list[Action]:
        request_id = _id_in(message)
        if self.phase is not Phase.GREETING:
            return self.refused(request_id, "wrong_state", "hello was said already")
        try:
            hello = hello_in(message)
        except msgspec.ValidationError as error:
            return self.refused(request_id, "invalid", str(error))
        self._move(Move.HELLO)
        return [Enter(hello)]

    def _has_room(self, now_s: float) -> bool:
        terms = self._terms
        gained = (now_s - self._room_s) * terms.messages_per_s
        self._room = min(float(terms.messages_burst), self._room + gained) - 1.0
        self._room_s = now_s
        return self._room >= 0.0

    def _unless_closed(self, message: object) -> list[Action]:
        return [] if self.phase is Phase.CLOSED else [self._send(message)]

    def _send(self, message: object) -> Send:
        return Send(self.codec.frame(message))

    def _move(self, move: Move) -> None:
        self.phase = MOVES[self.phase, move]


def _id_in(message: dict[str, Any]) -> RequestId | None:
    request_id = message.get("id")
    is_id = isinstance(request_id, int) and -(2**63) <= request_id < 2**63
    if is_id or (isinstance(request_id, str) and len(request_id) <= 128):
        return request_id
    return None
