"""Routing profiles and pools: who serves which queue, and who is meant by a name."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from router import limits
from router.policy.elements import DAY_S, NUMBER, Element, Name
from router.policy.levels import ToldLevel
from router.policy.requirements import Asked, StepRequirements

__all__ = ("POOLS_MAX", "PROFILES_MAX", "RESERVES_MAX", "Pool", "RoutingProfile", "Served")

PROFILES_MAX = 400
"""As many names of full length as one condition holds."""

POOLS_MAX = 1_000
RESERVES_MAX = 2

Maximum = Annotated[int, Field(ge=0, le=limits.CHANNEL_MAXIMUM_MAX), NUMBER]
Capacity = Annotated[int, Field(ge=1, le=limits.CAPACITY_MAX), NUMBER]
QueuePriority = Annotated[int, Field(ge=1, le=limits.QUEUE_PRIORITY_MAX), NUMBER]
Delay = Annotated[float, Field(ge=0, le=366 * DAY_S), NUMBER]


class Served(Element):
    """A queue that agents of a profile serve, once an interaction of it is ``delay_s`` old; as a
    ``reserve`` of this level, only while the queue is past the threshold of that level.

    They take what waits in queues of ``priority`` 1 first, then of 2, and so on.
    """

    priority: QueuePriority = 1
    delay_s: Delay = 0.0
    reserve: Annotated[int, Field(ge=0, le=RESERVES_MAX), NUMBER] = 0


class RoutingProfile(Element):
    """What many agents have in common: the queues that they serve, and what holds of an agent who
    says nothing else."""

    description: str = ""
    owner: str = ""
    queues: Annotated[dict[Name, Served], Field(max_length=10_000)] = Field(default_factory=dict)
    skills: Annotated[dict[Name, ToldLevel], Field(max_length=limits.AGENT_SKILLS_MAX)] = Field(
        default_factory=dict
    )
    capacity: Capacity | None = None
    maximums: dict[Name, Maximum] = Field(default_factory=dict)


def _filters(asked: list[Asked]) -> list[Asked]:
    if any(not each.hard or each.weight != 1 for each in asked):
        raise ValueError("whoever meets these is of the pool: hard and weight mean nothing here")
    return asked


class Pool(Element):
    """Agents by a name: those of these profiles who meet these requirements."""

    description: str = ""
    owner: str = ""
    profiles: Annotated[list[Name], Field(max_length=PROFILES_MAX)] = Field(default_factory=list)
    require: Annotated[StepRequirements, AfterValidator(_filters)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _names_somebody(self) -> Pool:
        if not (self.profiles or self.require):
            raise ValueError("give profiles, require, or both")
        return self
