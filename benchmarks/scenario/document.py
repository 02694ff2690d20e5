"""The scenario document: one center with its traffic, to be simulated or played live.

Durations are seconds; moments are seconds after the beginning. docs/simulate.md has every field.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, model_validator

from benchmarks.scenario.arrivals import Arrivals
from benchmarks.scenario.curves import Window
from benchmarks.scenario.distributions import Distribution
from benchmarks.scenario.elements import LONGEST_S, Duration, Element, Moment, Share
from benchmarks.scenario.people import Agent, Group, Person, people
from benchmarks.scenario.replay import Replay
from router.command_terms import Scalar
from router.policy import Order, StrategyName, Urgency, Weights
from router.policy.elements import NUMBER, Label, Name, Points
from router.policy.requirements import Requirements

__all__ = ("ContactType", "Preferred", "Retrials", "Scenario", "Spike", "Values")

TYPES_MAX: Final = 1_000
PROCESSES_MAX: Final = 100

Threshold = Annotated[float, Field(ge=0, le=31_622_400), NUMBER]
Thresholds = Annotated[list[Threshold], Field(min_length=1, max_length=20)]
Value = Annotated[float, Field(ge=-1e9, le=1e9), NUMBER]
Values = dict[Name, dict[str, Value] | list[Value]]
"""By type: what a match is worth by agent or group, or by agent in the order of the document."""


def _one_short(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


class Retrials(Element):
    """``share`` of those who gave up, or found no place, come again ``after`` a while, so often."""

    share: Share
    after: Distribution
    at_most: Annotated[int, Field(ge=1, le=100), NUMBER] = 1


class Preferred(Element):
    """``share`` of the customers know one agent, uniform ``among`` agents or groups (all, if it
    is left out): a fact of this kind stands in their history. How long that agent is waited for is
    the policy's to say."""

    share: Share = 1.0
    kind: Literal["last_agent", "owner", "outcome"] = "last_agent"
    among: list[str] | None = None


class ContactType(Element):
    """Contacts that are alike: the same medium, the same matter, the same process of arrivals.

    Without ``patience`` nobody gives up. ``places``: how many of the type may wait.
    """

    channel: Name = "voice"
    queue: Name | None = None
    requirements: Requirements = Field(default_factory=list)
    priority: Points = 0
    attributes: dict[Name, Scalar] = Field(default_factory=dict)
    arrivals: Annotated[
        list[Arrivals], Field(min_length=1, max_length=PROCESSES_MAX), BeforeValidator(_one_short)
    ]
    handle: Distribution
    wrap_up: Distribution | None = None
    patience: Distribution | None = None
    places: Annotated[int, Field(ge=0, le=1_000_000), NUMBER] | None = None
    retrials: Retrials | None = None
    preferred: Preferred | None = None
    thresholds_s: Thresholds | None = None


class Spike(Element):
    """Rates are ``factor`` times as high for a while: those of the ``types`` named, or all."""

    factor: Annotated[float, Field(ge=0, le=10_000), NUMBER]
    from_s: Moment
    for_s: Duration
    types: list[Name] | None = None

    @property
    def window(self) -> Window:
        """When, and by how much."""
        return Window(self.factor, self.from_s, self.from_s + self.for_s)


class Scenario(Element):
    """The whole document.

    What arrives after ``warm_up_s`` and before ``horizon_s`` counts, and is followed to its end.
    With a ``replay`` alone ``horizon_s`` is the time of its last row.
    ``policy`` is a file or a document; what it lacks of channels, queues and skills is made from
    the types and agents. ``strategy``, ``order``, ``weights`` and ``urgency`` are those of the
    policy, for all queues that say nothing themselves. ``live`` is for playing it live.
    """

    name: Label = "scenario"
    description: str = ""
    horizon_s: Duration = LONGEST_S
    warm_up_s: Moment = 0.0
    places: Annotated[int, Field(ge=0, le=1_000_000), NUMBER] | None = None
    thresholds_s: Thresholds = Field(default_factory=lambda: [20.0])
    policy: str | dict[str, Any] | None = None
    strategy: StrategyName | None = None
    order: Order | None = None
    weights: Weights | None = None
    urgency: Urgency | None = None
    types: Annotated[dict[Name, ContactType], Field(max_length=TYPES_MAX)] = Field(
        default_factory=dict
    )
    replay: Replay | None = None
    spikes: Annotated[list[Spike], Field(max_length=1_000)] = Field(default_factory=list)
    groups: Annotated[dict[Name, Group], Field(max_length=10_000)] = Field(default_factory=dict)
    agents: Annotated[list[Agent], Field(max_length=100_000)] = Field(default_factory=list)
    values: Values = Field(default_factory=dict)
    live: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_traffic_and_people(self) -> Scenario:
        if not (self.types or self.replay):
            raise ValueError("nobody gets in touch: give types, or a replay")
        if not (self.groups or self.agents):
            raise ValueError("nobody works here: give groups, agents, or both")
        if "horizon_s" not in self.model_fields_set and self.replay is None:
            raise ValueError("give horizon_s: how long it lasts, in seconds")
        if self.warm_up_s >= self.horizon_s:
            raise ValueError(
                f"warm_up_s is {self.warm_up_s:g}, and horizon_s only {self.horizon_s:g}"
            )
        return self

    @cached_property
    def people(self) -> tuple[Person, ...]:
        """Every agent, in the order of the document."""
        return tuple(people(self.groups, self.agents))

    def windows(self, type_name: str) -> list[Window]:
        """When the rates of a type are higher, and by how much."""
        return [
            spike.window for spike in self.spikes if spike.types is None or type_name in spike.types
        ]

    def thresholds_of(self, type_name: str) -> list[float]:
        """The waits, in s, by which service levels of a type are counted."""
        return self.types[type_name].thresholds_s or self.thresholds_s
