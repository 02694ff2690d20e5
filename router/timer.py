"""One timer: what is due, and when."""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct

__all__ = ("Timer", "TimerKind")


class TimerKind(IntEnum):
    """What a timer is for; its number orders timers that are due at the same moment."""

    OFFER = 0
    WRAP_UP = 1
    EXCLUSION = 2
    STEP = 3
    SUSPENSION = 4
    REQUIREMENT = 5
    WAKING = 6
    REVIEW = 7


class Timer(Struct, frozen=True, order=True, gc=False):
    """Something that happens at ``due_ms``; the key names the thing that it happens to."""

    due_ms: int
    kind: TimerKind
    key: tuple[str, ...]
