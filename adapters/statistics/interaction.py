"""What is known of an open interaction."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto

from adapters.statistics.tally import Tally
from adapters.statistics.waiting import Group, Wait
from adapters.statistics.windows import Bounds
from router import events as ev
from router.commands import Requirement

__all__ = ("OpenInteraction", "Stage", "skills_of")


class Stage(Enum):
    """Where it stands."""

    WAITING = auto()
    SUSPENDED = auto()
    WITH_AGENT = auto()
    WRAP_UP = auto()


class OpenInteraction:
    """An open interaction, and the groups that it counts in."""

    __slots__ = (
        "accepted_ms", "answered", "channel", "completed_ms", "groups", "is_quiet", "origin_ms",
        "queue", "skills", "stage", "target_ms", "wait",
    )  # fmt: skip

    def __init__(self, event: ev.InteractionCreated) -> None:
        self.channel, self.queue = event.channel, event.queue
        self.skills = skills_of(event.requirements)
        self.origin_ms, self.target_ms = event.origin_ms, event.target_ms
        self.groups: tuple[Group, ...] = ()
        self.answered = False
        self.is_quiet = False
        self.stage = Stage.WAITING
        self.wait: Wait | None = None
        self.accepted_ms = self.completed_ms = 0

    def tallies(self, bounds: Bounds) -> Iterator[Tally]:
        """Those of its groups."""
        for group in self.groups:
            yield from group.tallies.at(bounds)

    def count(self, difference: int) -> None:
        """Count it in its groups where it stands, if that is not waiting."""
        for group in self.groups:
            match self.stage:
                case Stage.SUSPENDED:
                    group.suspended += difference
                case Stage.WITH_AGENT:
                    group.with_agents += difference
                case Stage.WRAP_UP:
                    group.in_wrap_up += difference


def skills_of(requirements: tuple[Requirement, ...]) -> frozenset[str]:
    """The skills that are asked for, in trees too; not those that must not be there."""
    found: set[str] = set()
    left = list(requirements)
    while left:
        asked = left.pop()
        if asked.skill:
            found.add(asked.skill)
        left += (*(asked.all_of or ()), *(asked.any_of or ()))
    return frozenset(found)
