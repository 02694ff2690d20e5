"""Who works: groups of agents who are alike, and single ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, model_validator

from benchmarks.scenario.distributions import (
    Constant,
    Distribution,
    Empirical,
    Exponential,
    Gamma,
    Lognormal,
    Uniform,
    Weibull,
)
from benchmarks.scenario.elements import Duration, Element, Factor, Moment, Share
from router import limits
from router.command_terms import Scalar
from router.policy.elements import NUMBER, Name
from router.policy.levels import ToldLevel

__all__ = (
    "Agent",
    "Breaks",
    "Group",
    "OwnTime",
    "Person",
    "Scaled",
    "Shift",
    "Worker",
    "people",
)

AGENTS_MAX: Final = 100_000
SHIFTS_MAX: Final = 100


class Scaled(Element):
    """The type's own duration, times a factor. A plain number says it too."""

    kind: Literal["factor"]
    factor: Factor


def _number_short(value: Any) -> Any:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return {"kind": "factor", "factor": value}
    return value


OwnTime = Annotated[
    Annotated[
        Scaled | Exponential | Lognormal | Gamma | Uniform | Constant | Weibull | Empirical,
        Field(discriminator="kind"),
    ],
    BeforeValidator(_number_short),
]
"""How long it takes an agent: a factor on the type's time, or a distribution of their own."""


class Shift(Element):
    """An agent is logged in between two moments."""

    from_s: Moment = 0.0
    until_s: Duration

    @model_validator(mode="after")
    def _in_order(self) -> Shift:
        if self.until_s <= self.from_s:
            raise ValueError(f"until_s is {self.until_s:g}, not after from_s ({self.from_s:g})")
        return self


class Breaks(Element):
    """Breaks of so long, so long after the last (or the login): unavailable meanwhile."""

    every: Distribution
    length: Distribution


class Worker(Element):
    """What is said of agents, one or many.

    ``handle`` and ``wrap_up``: by type, or for all types. An agent without ``shifts`` is there all
    the time; without ``answer`` offers are accepted at once. ``decline_share`` of the offers are
    declined, ``no_answer_share`` are left to run out; who did not answer is available again
    ``back_after`` a while (ten seconds).
    """

    skills: Annotated[dict[Name, ToldLevel], Field(max_length=limits.AGENT_SKILLS_MAX)] = Field(
        default_factory=dict
    )
    profile: Name | None = None
    capacity: Annotated[int, Field(ge=1, le=limits.CAPACITY_MAX), NUMBER] | None = None
    maximums: dict[Name, Annotated[int, Field(ge=0, le=limits.CHANNEL_MAXIMUM_MAX), NUMBER]] = (
        Field(default_factory=dict)
    )
    share: Annotated[int, Field(ge=1, le=limits.SHARE_MAX), NUMBER] = 1
    attributes: dict[Name, Scalar] = Field(default_factory=dict)
    handle: dict[Name, OwnTime] = Field(default_factory=dict)
    handle_factor: Factor = 1.0
    wrap_up: dict[Name, OwnTime] = Field(default_factory=dict)
    wrap_up_factor: Factor = 1.0
    shifts: Annotated[list[Shift], Field(max_length=SHIFTS_MAX)] = Field(default_factory=list)
    breaks: Breaks | None = None
    answer: Distribution | None = None
    decline_share: Share = 0.0
    no_answer_share: Share = 0.0
    back_after: Distribution | None = None

    @model_validator(mode="after")
    def _answers_sometimes(self) -> Worker:
        if self.decline_share + self.no_answer_share > 1:
            raise ValueError("decline_share and no_answer_share are more than 1 together")
        return self

    @model_validator(mode="after")
    def _one_shift_at_a_time(self) -> Worker:
        ordered = sorted(self.shifts, key=lambda shift: shift.from_s)
        if any(b.from_s < a.until_s for a, b in pairwise(ordered)):
            raise ValueError("shifts overlap")
        return self


class Group(Worker):
    """``count`` agents who are alike: ``support-1``, ``support-2`` and so on."""

    count: Annotated[int, Field(ge=1, le=AGENTS_MAX), NUMBER]


class Agent(Worker):
    """One agent, counted with a group or alone."""

    id: Annotated[str, Field(min_length=1, max_length=limits.IDENTIFIER_MAX)]
    group: Name = "agents"


@dataclass(frozen=True, slots=True)
class Person:
    """An agent as simulated: who, of which group, and what is said of them."""

    agent_id: str
    group: str
    worker: Worker


def people(groups: Mapping[str, Group], agents: list[Agent]) -> Iterator[Person]:
    """Everybody, groups first, in the order of the document."""
    for name, group in groups.items():
        width = len(str(group.count))
        for number in range(1, group.count + 1):
            yield Person(f"{name}-{number:0{width}}", name, group)
    for agent in agents:
        yield Person(agent.id, agent.group, agent)
