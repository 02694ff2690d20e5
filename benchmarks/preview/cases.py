"""What is taken down of a period: its interactions, the agents' timetable, the policies that ran.

Everything is plain data that is written to one file, which the processes of a preview share.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, TypeAlias
from zlib import crc32

import msgspec
from msgspec import Struct, field

from benchmarks.preview.errors import PreviewError
from benchmarks.preview.outcome import Outcome
from router.commands import Command, Create

__all__ = (
    "Answer",
    "Asked",
    "Case",
    "Leg",
    "PolicyFrom",
    "Recording",
    "Timed",
    "read_recording",
    "write_recording",
)

Answer: TypeAlias = Literal["accepted", "declined", "expired", "taken_back"]
"""What became of an offer; taken back: by a supervisor, before its agent had answered."""


class Asked(Struct, array_like=True, gc=False):
    """An offer that was answered, left to run out, or taken back: by whom, how, after which time,
    and for how long it was not to be repeated then."""

    agent_id: str
    answer: Answer
    after_ms: int
    retry_s: int = 0


class Leg(Struct, array_like=True):
    """One time in which an agent had an interaction.

    ``handle_ms`` runs from accepting to the end of the conversation, what was idle included; -1:
    the end was not seen, only ``seen_ms`` of it. ``command`` is what ended it, if that was no
    completion. ``idles`` are the times (ms after accepting) between silence and waking.
    """

    agent_id: str
    begun_ms: int
    handle_ms: int = -1
    seen_ms: int = 0
    wrap_up_ms: int = 0
    wrapped_by: Literal["", "agent", "timer", "none"] = ""
    command: Command | None = None
    idles: list[tuple[int, int]] = field(default_factory=list)


class Case(Struct):
    """One interaction: how it came (``create`` None: before the period) and what became of it.

    ``gave_up_ms`` is when its customer left, after ``gave_up_leg`` agents had had it (-1: did not).
    ``waited_ms`` is how long the first wait was seen to last: until an agent took it, the customer
    left, or nothing more was seen. ``matter`` is the first skill that it asks for.
    """

    interaction_id: str
    at_ms: int
    channel: str
    queue: str
    matter: str
    create: Create | None = None
    preferred: tuple[tuple[str, int], ...] = ()
    legs: list[Leg] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    gave_up_ms: int = -1
    gave_up_leg: int = 0
    waited_ms: int = 0
    answered_before: bool = False
    in_hand: bool = False
    put_aside: bool = False

    @property
    def key(self) -> int:
        """The number by which its random numbers are drawn."""
        return crc32(self.interaction_id.encode())

    @property
    def kind(self) -> tuple[str, str, str]:
        """What work it is: channel, queue and matter."""
        return self.channel, self.queue, self.matter


class Timed(Struct, array_like=True):
    """A command that somebody outside gave, and when."""

    at_ms: int
    command: Command


class PolicyFrom(Struct):
    """A policy that ran, from a moment on (the first: from before the period on)."""

    at_ms: int
    version: int
    document: dict[str, Any]
    reclassify: bool = False


class Recording(Struct, kw_only=True):
    """A period as it was: what a replay needs, and nothing of what the policy made of it.

    ``state`` are the pages of the engine's state at its begin (``router/snapshot``); ``cases`` are
    those that were open then, and those that came. ``timetable`` holds what agents and others did
    at times of their own. ``back_after_ms``: how long agents who had not answered stayed away.
    ``happened`` is what really was; ``noted`` counts what is left out. ``may_serve`` are the agents
    of each queue and channel, ``alike`` numbers those of equal skills equally (``serving.py``).
    """

    tenant: str
    from_ms: int
    to_ms: int
    state: list[bytes]
    policies: list[PolicyFrom]
    cases: list[Case]
    timetable: list[Timed]
    back_after_ms: list[int]
    noted: dict[str, int]
    happened: Outcome
    may_serve: list[tuple[str, str, list[str]]] = field(default_factory=list)
    alike: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


_decoder = msgspec.msgpack.Decoder(Recording)


def write_recording(recording: Recording, path: Path) -> None:
    """Write it to a file, for other processes to read."""
    path.write_bytes(msgspec.msgpack.encode(recording))


def read_recording(path: Path) -> Recording:
    """The recording in a file. Raises :class:`PreviewError` for what is none, and ``OSError``."""
    try:
        return _decoder.decode(path.read_bytes())
    except msgspec.MsgspecError as error:
        raise PreviewError(f"{path} is no recording: {error}") from error
