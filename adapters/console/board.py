"""What the wallboard shows, figured from what the API tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from adapters.client.wallboard_models import (
    Wallboard,
    WallboardAgents,
    WallboardGroup,
    WallboardQueue,
    WallboardTrend,
)
from adapters.console.formats import clock, percent

__all__ = ("LABELS", "Board", "Row", "agent_parts", "level_tone", "padded", "urgency_parts")

LABELS: Final = {
    "under_half": "under half of its target",
    "under_target": "under its target",
    "over_target": "over its target",
    "over_twice": "over twice its target",
}
SURGES: Final = {
    "unknown": ("not known yet", ""),
    "usual": ("as usual", "good"),
    "rising": ("rising", "warn"),
    "surge": ("surge", "bad"),
}
ROLLED_MINUTES: Final = 10
"""A service level of a single minute would jump about."""

MISSED_BY: Final = 0.1
"""A service level that is so far below its goal is bad, and not only to be watched."""


def level_tone(level: float | None, goal: float | None) -> str:
    """How a service level looks beside its goal; like any figure, where there is none."""
    if level is None or goal is None:
        return ""
    return "good" if level >= goal else "warn" if level >= goal - MISSED_BY else "bad"


def urgency_parts(group: WallboardGroup) -> list[tuple[str, int]]:
    """Pieces of a bar."""
    return [(LABELS[name], group.waiting_by_urgency.get(name, 0)) for name in LABELS]


def over_target(group: WallboardGroup) -> int:
    """How many have waited for longer than they should."""
    counts = group.waiting_by_urgency
    return counts.get("over_target", 0) + counts.get("over_twice", 0)


def agent_parts(agents: WallboardAgents) -> list[tuple[str, int]]:
    """All who are signed in: pieces of a bar."""
    available = agents.by_status.get("available", 0)
    return [
        ("ready", agents.ready),
        ("busy", max(0, available - agents.ready)),
        ("away", agents.by_status.get("unavailable", 0)),
        ("not responding", agents.by_status.get("not_responding", 0)),
    ]


@dataclass(frozen=True, slots=True)
class Row:
    """A queue or a channel, or all of them, with what is figured for it."""

    name: str
    figures: WallboardGroup
    now_ms: int
    queue: WallboardQueue | None = None

    @property
    def goal(self) -> float | None:
        """The service level that the policy wants of it."""
        return self.figures.level_goal

    @property
    def goal_words(self) -> str:
        """The same in words."""
        return "no goal" if self.goal is None else f"goal {percent(self.goal)}"

    @property
    def waiting(self) -> int:
        """How many wait."""
        return self.figures.waiting

    @property
    def longest_ms(self) -> int | None:
        """The longest of the waits; None: nobody waits."""
        oldest_ms = self.figures.oldest_ms
        return max(0, self.now_ms - oldest_ms) if self.figures.waiting else None

    @property
    def over_target(self) -> int:
        """How many have waited for longer than they should."""
        return over_target(self.figures)

    @property
    def urgency_tone(self) -> str:
        """How the worst of the waits looks."""
        if self.figures.waiting_by_urgency.get("over_twice", 0):
            return "bad"
        return "warn" if self.over_target else ""

    @property
    def recent_tone(self) -> str:
        """How the service level of the last half hour looks."""
        return level_tone(self.figures.recent.service_level, self.goal)

    @property
    def day_tone(self) -> str:
        """How that of the day looks."""
        return level_tone(self.figures.day.service_level, self.goal)

    @property
    def estimate_ms(self) -> int | None:
        """How long who comes now will wait; 0 where nobody waits."""
        if self.queue is None:
            return None
        return self.queue.estimate.wait_ms if self.waiting else 0

    @property
    def surge(self) -> tuple[str, str]:
        """In words, and its tone."""
        return SURGES.get(self.queue.surge.level if self.queue else "unknown", SURGES["unknown"])


class Board:
    """The floor as it is shown at a moment."""

    def __init__(self, found: Wallboard, now_ms: int, zone: ZoneInfo) -> None:
        self.found = found
        self.now_ms = now_ms
        self._zone = zone
        self.total = Row("All", found.total, now_ms)

    @property
    def queues(self) -> list[Row]:
        """Each queue."""
        return [Row(each.queue, each.figures, self.now_ms, each) for each in self.found.queues]

    @property
    def channels(self) -> list[Row]:
        """Each channel, whatever the queue."""
        return [Row(each.channel, each.figures, self.now_ms) for each in self.found.channels]

    def row(self, queue: str) -> Row | None:
        """A queue by its name."""
        return next((row for row in self.queues if row.name == queue), None)

    @property
    def longest(self) -> Row | None:
        """The queue in which somebody has waited for longest."""
        waiting = [row for row in self.queues if row.waiting]
        return max(waiting, key=lambda row: row.longest_ms or 0, default=None)

    @property
    def surge(self) -> tuple[str, str]:
        """Of all that comes, in words, and its tone."""
        return SURGES.get(self.found.surge.level, SURGES["unknown"])

    def cells(self, row: Row) -> Iterator[Row | None]:
        """What waits in a queue on each channel of the board, in its order; None: nothing ever."""
        known = {each.channel: each for each in row.queue.channels} if row.queue else {}
        for channel in self.found.channels:
            found = known.get(channel.channel)
            yield Row(channel.channel, found.figures, self.now_ms) if found else None

    @property
    def agents(self) -> list[tuple[str, int]]:
        """All who are signed in."""
        return agent_parts(self.found.agents)

    @property
    def hour(self) -> tuple[str, str]:
        """When the trends begin and end."""
        return clock(self.now_ms - 59 * 60_000, self._zone)[:5], clock(self.now_ms, self._zone)[:5]

    @property
    def levels(self) -> list[float | None]:
        """The service level of ten minutes, at each minute of the hour, in percent."""
        return rolled_levels(self.found.trend)


def rolled_levels(trend: WallboardTrend) -> list[float | None]:
    """The service level of the last ten minutes at each minute, in percent; None: nobody was
    answered or lost."""
    found: list[float | None] = []
    for end in range(1, len(trend.answered) + 1):
        begin = max(0, end - ROLLED_MINUTES)
        in_target = sum(trend.answered_in_target[begin:end])
        counted = sum(trend.answered[begin:end]) + sum(trend.abandoned[begin:end])
        found.append(100 * in_target / counted if counted else None)
    return found


def padded(waiting: Sequence[int], minutes: int = 60) -> list[int | None]:
    """How many waited, minute by minute, from the same minute on as all else."""
    return [None] * (minutes - len(waiting)) + list(waiting)
