"""Bounds on what waits and on who is there: conditions of a policy (docs/groups.md#conditions).

When a step is skipped or its pool opens, when a queue overflows, when a group serves a queue.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final

from pydantic import AfterValidator, Field, model_validator

from router.policy.elements import NUMBER, Element, Name

__all__ = ("AGENT_BOUNDS", "QUEUE_BOUNDS", "Bounds", "Conditions")

CONDITIONS_MAX = 8
"""More are hardly understood, and each is looked up whenever it is asked."""

Seconds = Annotated[float, Field(ge=0.001, le=31_622_400), NUMBER]
Count = Annotated[int, Field(ge=1, le=1_000_000_000), NUMBER]
LevelShare = Annotated[float, Field(ge=0.001, le=1), NUMBER]

QUEUE_BOUNDS: Final = (
    "waiting_at_least",
    "waiting_below",
    "longest_wait_above_s",
    "longest_wait_below_s",
    "estimated_wait_above_s",
    "estimated_wait_below_s",
    "service_level_below",
    "service_level_at_least",
)
"""Those that read a queue."""

AGENT_BOUNDS: Final = (
    "logged_in_below",
    "available_below",
    "available_at_least",
    "idle_below",
    "idle_at_least",
)
"""Those that count agents."""


class Bounds(Element):
    """Any of these is enough.

    Of the ``queue`` (its own, if none is named), and of the agents of the ``pool`` (of those who
    meet what is asked hard of them, if none is). What is not known holds in no way.
    """

    queue: Name | None = None
    waiting_at_least: Count | None = None
    waiting_below: Count | None = None
    longest_wait_above_s: Seconds | None = None
    longest_wait_below_s: Seconds | None = None
    estimated_wait_above_s: Seconds | None = None
    estimated_wait_below_s: Seconds | None = None
    service_level_below: LevelShare | None = None
    service_level_at_least: LevelShare | None = None
    pool: Name | None = None
    logged_in_below: Count | None = None
    available_below: Count | None = None
    available_at_least: Count | None = None
    idle_below: Count | None = None
    idle_at_least: Count | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Bounds:
        if not self.says_something:
            names = (name for name in type(self).model_fields if name not in ("queue", "pool"))
            raise ValueError(f"give at least one of {', '.join(names)}")
        return self

    @model_validator(mode="after")
    def _reads_what_it_names(self) -> Bounds:
        if self.queue is not None and not self.gives(QUEUE_BOUNDS):
            raise ValueError("a queue goes only with what is asked of one")
        if self.pool is not None and not self.counts_agents:
            raise ValueError("a pool goes only with numbers of agents")
        return self

    def gives(self, names: Iterable[str]) -> bool:
        """Whether any of these bounds is given."""
        return any(getattr(self, name) is not None for name in names)

    @property
    def says_something(self) -> bool:
        """Whether anything is given."""
        return self.gives(QUEUE_BOUNDS) or self.counts_agents

    @property
    def counts_agents(self) -> bool:
        """Whether agents are to be counted."""
        return self.gives(AGENT_BOUNDS)


def _counts_pools(conditions: list[Bounds]) -> list[Bounds]:
    if any(bounds.counts_agents and bounds.pool is None for bounds in conditions):
        raise ValueError("name the pool whose agents are counted")
    return conditions


Conditions = Annotated[
    list[Bounds], Field(min_length=1, max_length=CONDITIONS_MAX), AfterValidator(_counts_pools)
]
"""All of these must hold; of each, any bound is enough."""
