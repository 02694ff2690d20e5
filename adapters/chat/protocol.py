"""The protocol of one visitor's connection, without I/O or clock.

Frames and moments come in, actions come out; whoever has the socket carries them out. A connection
is *greeting* until its hello has come, *entering* until that is answered, *open* from then on, and
*closed* for good after anything that ends it. Who says nothing for a heartbeat and the time for its
answer is dead.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

import msgspec

from adapters.chat.closing import CloseCode
from adapters.chat.frames import (
    Alive,
    Asked,
    Call,
    Had,
    Hello,
    Leave,
    MoveTo,
    Refused,
    Say,
    Told,
    Welcome,
    asked_in,
    frame_of,
    has_address,
)
from adapters.chat.settings import ChatLimits

__all__ = ("ANSWER_S", "HEARTBEAT_S", "Action", "Carry", "Close", "Enter", "Protocol", "Send")

HELLO_S: Final = 10.0
HEARTBEAT_S: Final = 20.0
ANSWER_S: Final = 20.0
"""Phones sleep, and proxies cut what is silent for half a minute or so."""

FRAME_OVERHEAD: Final = 1_024
"""Of a frame, beside the text that somebody has typed."""

BYTES_A_CHARACTER: Final = 12
"""At the most, as JSON escapes it."""


class Phase(StrEnum):
    """How far a connection is."""

    GREETING = "greeting"
    ENTERING = "entering"
    OPEN = "open"
    CLOSED = "closed"


class Send(NamedTuple):
    """Send this frame."""

    frame: str


class Enter(NamedTuple):
    """Look at this hello, and tell :meth:`Protocol.welcomed`."""

    hello: Hello


class Carry(NamedTuple):
    """Carry this out."""

    asked: Say | MoveTo | Call | Had | Leave


class Close(NamedTuple):
    """Close the connection. Nothing follows."""

    code: CloseCode
    reason: str


Action: TypeAlias = Send | Enter | Carry | Close


class Protocol:
    """One connection, of which ``now_s`` (seconds from any origin) never goes back."""

    def __init__(self, limits: ChatLimits, now_s: float) -> None:
        self.phase = Phase.GREETING
        self._limits = limits
        self._heard_s = self._told_s = now_s
        self._room = float(limits.messages_burst)
        self._room_s = now_s

    def received(self, frame: str | bytes, now_s: float) -> list[Action]:
        """A frame has come."""
        if self.phase is Phase.CLOSED:
            return []
        self._heard_s = now_s
        limits = self._limits
        if len(frame) > limits.text_characters_max * BYTES_A_CHARACTER + FRAME_OVERHEAD:
            return self.end(CloseCode.TOO_LARGE, "the frame is too large")
        if not self._has_room(now_s):
            return self.end(CloseCode.TOO_MANY, f"at most {limits.messages_per_s:g} a second")
        if isinstance(frame, bytes):
            return self.end(CloseCode.NOT_UNDERSTOOD, "frames are text")
        try:
            return self._asked(asked_in(frame))
        except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
            return self.end(CloseCode.NOT_UNDERSTOOD, str(error)[:100])

    def welcomed(self, welcome: Welcome) -> list[Action]:
        """The hello is answered."""
        if self.phase is not Phase.ENTERING:
            return []
        self.phase = Phase.OPEN
        return [Send(frame_of(welcome))]

    def told(self, told: Told) -> list[Action]:
        """Something is to be told, while it is open."""
        return [Send(frame_of(told))] if self.phase is Phase.OPEN else []

    def ticked(self, now_s: float) -> list[Action]:
        """Time has passed."""
        if self.phase is Phase.CLOSED:
            return []
        silent_s = now_s - self._heard_s
        if self.phase is Phase.GREETING:
            if silent_s < HELLO_S:
                return []
            return self.end(CloseCode.NO_HELLO, f"no hello within {HELLO_S:g} s")
        if silent_s >= HEARTBEAT_S + ANSWER_S:
            return self.end(CloseCode.SILENT, f"nothing was heard for {silent_s:.0f} s")
        if self.phase is Phase.OPEN and now_s - self._told_s >= HEARTBEAT_S:
            self._told_s = now_s
            return self.told(Alive())
        return []

    def end(self, code: CloseCode, reason: str) -> list[Action]:
        """It is to be closed."""
        if self.phase is Phase.CLOSED:
            return []
        self.phase = Phase.CLOSED
        return [Close(code, reason)]

    def lost(self) -> None:
        """The other side has gone."""
        self.phase = Phase.CLOSED

    def _asked(self, asked: Asked) -> list[Action]:
        if isinstance(asked, Hello):
            if self.phase is not Phase.GREETING:
                return self.end(CloseCode.NOT_UNDERSTOOD, "hello was said already")
            self.phase = Phase.ENTERING
            return [Enter(asked)]
        if isinstance(asked, Alive):
            return []
        if self.phase is not Phase.OPEN:
            return self.end(CloseCode.NO_HELLO, "say hello first, and wait for the answer")
        if isinstance(asked, Say | Call | MoveTo) and self._is_too_long(asked.text):
            return self.told(Refused(asked.id, "too_long"))
        if isinstance(asked, MoveTo | Call) and not has_address(asked):
            return self.told(Refused(asked.id, "bad_address"))
        return [Carry(asked)]

    def _is_too_long(self, text: str) -> bool:
        return len(text) > self._limits.text_characters_max

    def _has_room(self, now_s: float) -> bool:
        limits = self._limits
        gained = (now_s - self._room_s) * limits.messages_per_s
        self._room = min(float(limits.messages_burst), self._room + gained) - 1.0
        self._room_s = now_s
        return self._room >= 0.0
