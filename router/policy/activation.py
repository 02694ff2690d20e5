"""Groups that serve a queue for a time, and the reserve of a queue that is past a threshold
(docs/groups.md)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from router.policy.bounds import Bounds, Conditions
from router.policy.elements import NUMBER, Element, Name

__all__ = ("GROUPS_MAX", "Activation", "Group", "Overload")

GROUPS_MAX = 20

Period = Annotated[float, Field(ge=1, le=3_600), NUMBER]


class Group(Element):
    """The agents of a pool, who serve the queue too while the group is open.

    It opens when all of ``open_if`` hold, and closes when all of ``close_if`` do; without these,
    when ``open_if`` holds no longer.
    """

    description: str = ""
    owner: str = ""
    pool: Name
    open_if: Conditions
    close_if: Conditions | None = None


class Overload(Element):
    """The thresholds of a queue: past the first its reserve of level 1 serves it, past the second
    that of level 2 as well."""

    description: str = ""
    owner: str = ""
    first: Bounds
    second: Bounds | None = None

    @model_validator(mode="after")
    def _counts_pools(self) -> Overload:
        for bounds in (self.first, self.second):
            if bounds is not None and bounds.counts_agents and bounds.pool is None:
                raise ValueError("name the pool whose agents are counted")
        return self


class Activation(Element):
    """What is looked at every ``every_s`` while somebody waits in the queue or a group is open."""

    description: str = ""
    owner: str = ""
    every_s: Period = 10.0
    groups: Annotated[list[Group], Field(max_length=GROUPS_MAX)] = Field(default_factory=list)
    overload: Overload | None = None

    @model_validator(mode="after")
    def _opens_something(self) -> Activation:
        if not (self.groups or self.overload):
            raise ValueError("give groups, overload, or both")
        pools = [group.pool for group in self.groups]
        twice = next((pool for pool in pools if pools.count(pool) > 1), None)
        if twice is not None:
            raise ValueError(f"two groups are of pool {twice!r}")
        return self
