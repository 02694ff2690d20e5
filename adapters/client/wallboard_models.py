"""What the wallboard and the lines of queues answer, typed."""

from __future__ import annotations

from msgspec import Struct

__all__ = (
    "Line",
    "LinePlace",
    "Wallboard",
    "WallboardAgents",
    "WallboardChannel",
    "WallboardCounts",
    "WallboardGroup",
    "WallboardQueue",
    "WallboardSurge",
    "WallboardTrend",
    "WallboardWait",
)


class _Model(Struct, frozen=True, kw_only=True):
    pass


class LinePlace(_Model, frozen=True):
    """A place in the line of a queue: 1 is next. ``step`` of its workflow (0: none); waits are None
    where too little is known."""

    position: int
    interaction_id: str
    channel: str
    priority: int
    origin_ms: int
    step: int
    wait_ms: int | None
    wait_ms_low: int | None
    wait_ms_high: int | None


class Line(_Model, frozen=True):
    """The first of those who wait in a queue, in their order; ``waiting`` counts all of them."""

    queue: str
    waiting: int
    first: tuple[LinePlace, ...]


class WallboardCounts(_Model, frozen=True):
    """What came, and what became of who was answered or gave up; ``service_level`` is None where
    nobody was."""

    offered: int
    answered: int
    answered_in_target: int
    abandoned: int
    service_level: float | None


class WallboardGroup(_Model, frozen=True):
    """What is open, and what has happened. ``waiting_by_urgency``: by how much of its target each
    wait has used up, ``under_half``, ``under_target``, ``over_target``, ``over_twice``;
    ``oldest_ms``: the origin of the longest wait (0: nothing waits); ``level_goal``: what service
    level the policy wants (None: it does not say)."""

    waiting: int
    waiting_by_urgency: dict[str, int]
    oldest_ms: int
    suspended: int
    with_agents: int
    in_wrap_up: int
    recent: WallboardCounts
    day: WallboardCounts
    level_goal: float | None = None


class WallboardChannel(_Model, frozen=True):
    """A channel, of all queues or of one."""

    channel: str
    figures: WallboardGroup


class WallboardWait(_Model, frozen=True):
    """How long who comes now will wait (ms): four times out of five between low and high."""

    wait_ms: int | None = None
    wait_ms_low: int | None = None
    wait_ms_high: int | None = None


class WallboardSurge(_Model, frozen=True):
    """Arrivals of the last five minutes, what the 55 before let expect, and what that means:
    ``unknown``, ``usual``, ``rising`` or ``surge``."""

    level: str
    arrivals: int
    expected: float | None


class WallboardTrend(_Model, frozen=True):
    """The last 60 minutes, the running one last; fewer of ``waiting`` where less is known."""

    waiting: tuple[int, ...]
    offered: tuple[int, ...]
    answered: tuple[int, ...]
    answered_in_target: tuple[int, ...]
    abandoned: tuple[int, ...]


class WallboardQueue(_Model, frozen=True):
    """A queue, by the channels on which it has had something."""

    queue: str
    figures: WallboardGroup
    channels: tuple[WallboardChannel, ...]
    estimate: WallboardWait
    surge: WallboardSurge
    trend: WallboardTrend


class WallboardAgents(_Model, frozen=True):
    """All agents. ``ready`` are available with nothing in hand, ``working`` have something."""

    by_status: dict[str, int]
    by_activity: dict[str, int]
    ready: int
    working: int


class Wallboard(_Model, frozen=True):
    """The floor. What happened is counted since ``counted_from_ms``."""

    day_from_ms: int
    counted_from_ms: int
    policy_version: int
    total: WallboardGroup
    surge: WallboardSurge
    trend: WallboardTrend
    channels: tuple[WallboardChannel, ...]
    queues: tuple[WallboardQueue, ...]
    agents: WallboardAgents
