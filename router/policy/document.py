"""The policy document: everything that an admin may change, as one validated, versioned value.

Durations are seconds with fractions, weights are plain numbers; both become integers before they
reach the engine (router/rules.py), so that every host computes the same scores.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from router import limits
from router.policy.activation import Activation
from router.policy.approvals import Approvals
from router.policy.buckets import Buckets
from router.policy.callbacks import Callback
from router.policy.classification import RULES_MAX, Rule
from router.policy.elements import (
    DAY_S,
    NUMBER,
    Element,
    Instructions,
    Name,
    Share,
    Target,
    Weight,
)
from router.policy.intake import IntakeQuotas
from router.policy.labels import LABELS_MAX, WorkLabel
from router.policy.levels import Levels
from router.policy.objectives import OBJECTIVES_MAX, Objective
from router.policy.ordering import OrderBy
from router.policy.overflow import OVERFLOWS_MAX, Hours, Overflow, Rescue
from router.policy.personal import PersonalData
from router.policy.profiles import POOLS_MAX, PROFILES_MAX, Pool, RoutingProfile
from router.policy.workflows import Workflow
from scoring.standings import KEYS

__all__ = (
    "Activity",
    "Channel",
    "History",
    "Order",
    "Policy",
    "Queue",
    "Skill",
    "StrategyName",
    "Urgency",
    "Weights",
    "WrapUpMode",
)

WEIGHT_MIN = 0.001
"""Weights count in thousandths; what is smaller counts as 0."""


Order = Literal[
    "urgency",
    "priority",
    "ageing",
    "deadline",
    "oldest_first",
    "newest_first",
    "predicted_wait",
]
"""Which interaction of a queue comes first."""

StrategyName = Literal[
    "score",
    "longest_idle",
    "least_loaded",
    "most_spare_capacity",
    "round_robin",
    "best_skill",
    "least_adequate_skill",
    "closest_match",
    "match_score",
    "target_share",
    "random",
    "by_attributes",
]
"""How the agent for an interaction of a queue is chosen."""


WrapUpMode: TypeAlias = Literal["timed", "forced", "open", "on_request"]
"""What ends a wrap-up: time or the agent, time alone, the agent alone; or only if asked for."""


class Weights(Element):
    """What makes an agent the better one: relative weights of the terms of the pair score."""

    skill: Weight = 4.0
    history: Weight = 3.0
    load: Weight = 2.0
    idle: Weight = 1.0
    scarcity: Weight = 0.0

    @model_validator(mode="after")
    def _not_all_zero(self) -> Weights:
        if max(self.skill, self.history, self.load, self.idle, self.scarcity) < WEIGHT_MIN:
            raise ValueError(f"at least one weight must be {WEIGHT_MIN} or more")
        return self


class Channel(Element):
    """One medium: what it costs an agent, how long an offer stands, what wait it allows."""

    description: str = ""
    owner: str = ""
    cost: Annotated[int, Field(ge=0, le=limits.CAPACITY_MAX), NUMBER] = 100
    maximum: Annotated[int, Field(ge=1, le=limits.CHANNEL_MAXIMUM_MAX), NUMBER] = 1
    exclusive: bool = False
    offer_ttl_s: Annotated[float, Field(ge=0.05, le=30 * DAY_S), NUMBER] = 20.0
    wrap_up_s: Annotated[float, Field(ge=0, le=DAY_S), NUMBER] = 0.0
    wrap_up: WrapUpMode = "timed"
    target_s: Target = 60.0
    short_abandon_s: Annotated[float, Field(ge=0, le=DAY_S), NUMBER] = 0.0
    auto_accept: bool = False
    resume_on_message: bool = True
    release_idle: bool = False
    wake_within_s: Annotated[float, Field(ge=0, le=30 * DAY_S), NUMBER] = 900.0
    interrupts: Annotated[list[Name], Field(max_length=64)] = Field(default_factory=list)
    labels: Annotated[dict[Name, WorkLabel], Field(max_length=LABELS_MAX)] = Field(
        default_factory=dict
    )
    callback: Callback | None = None
    instructions: Instructions = Field(default_factory=dict)

    @model_validator(mode="after")
    def _wrap_up_has_its_time(self) -> Channel:
        if self.wrap_up == "open" and self.wrap_up_s:
            raise ValueError("wrap_up is open, and so has no wrap_up_s")
        if self.wrap_up == "forced" and not self.wrap_up_s:
            raise ValueError("wrap_up is forced, and needs a wrap_up_s")
        return self


class Queue(Element):
    """A line of business: a label on entries of the one queue, with targets, weights, order and
    strategy of its own."""

    description: str = ""
    owner: str = ""
    targets_s: dict[Name, Target] = Field(default_factory=dict)
    order: Order = "urgency"
    ageing_points_per_minute: Annotated[float, Field(ge=0.001, le=1_000), NUMBER] = 1.0
    preferred_first: bool = False
    buckets: Buckets = Field(default_factory=list)
    strategy: StrategyName = "score"
    weights: Weights | None = None
    order_by: Annotated[list[OrderBy], Field(max_length=KEYS)] = Field(default_factory=list)
    pool: Name | None = None
    activation: Activation | None = None
    offers_at_once: Annotated[int, Field(ge=1, le=limits.OFFERS_AT_ONCE_MAX), NUMBER] = 1
    offers_at_least: Annotated[int, Field(ge=1, le=limits.OFFERS_AT_ONCE_MAX), NUMBER] = 1
    workflow: Name | None = None
    hours: Name | None = None
    overflow: Annotated[list[Overflow], Field(max_length=OVERFLOWS_MAX)] = Field(
        default_factory=list
    )
    rescue: Rescue | None = None
    instructions: Instructions = Field(default_factory=dict)

    @model_validator(mode="after")
    def _asks_as_many_as_it_must(self) -> Queue:
        if self.offers_at_least > self.offers_at_once:
            raise ValueError(
                f"offers_at_least is {self.offers_at_least}, and offers_at_once only "
                f"{self.offers_at_once}"
            )
        return self

    @model_validator(mode="after")
    def _has_its_ordering(self) -> Queue:
        if (self.strategy == "by_attributes") != bool(self.order_by):
            raise ValueError("the strategy by_attributes and order_by need each other")
        names = [each.attribute for each in self.order_by]
        if len(set(names)) < len(names):
            raise ValueError("order_by names an attribute twice")
        return self


class Skill(Element):
    """A skill that agents hold at a level on its scale.

    ``levels`` says how many there are, as numbers from ``lowest`` up, of which the highest is the
    ``best`` or the lowest; or it names them, from the worst to the best.
    """

    description: str = ""
    owner: str = ""
    levels: Levels = 5
    lowest: Annotated[int, Field(ge=0, le=limits.LEVEL_MAX), NUMBER] = 1
    best: Literal["highest", "lowest"] = "highest"

    @model_validator(mode="after")
    def _is_one_scale(self) -> Skill:
        if isinstance(self.levels, int):
            if self.lowest + self.levels - 1 > limits.LEVEL_MAX:
                raise ValueError(f"levels are numbers up to {limits.LEVEL_MAX}")
        elif (self.lowest, self.best) != (1, "highest"):
            raise ValueError("names go from the worst to the best: leave out lowest and best")
        return self


class Activity(Element):
    """What agents say that they do (presence, reason code): lunch, training, at work."""

    description: str = ""
    owner: str = ""
    available: bool = False


class Urgency(Element):
    """One comparable urgency over all media: the share of the target that the wait has consumed.

    ``weight`` sets it against the pair score; one point of priority is worth ``priority_step``
    targets of waiting.
    """

    weight: Annotated[float, Field(ge=0, le=10), NUMBER] = 1.0
    priority_step: Annotated[float, Field(ge=0, le=10), NUMBER] = 0.5


class History(Element):
    """What each kind of history fact is worth, and how fast it ages."""

    last_agent: Share = 0.6
    owner: Share = 1.0
    outcome: Share = 0.5
    half_life_s: Annotated[float, Field(ge=1, le=3_660 * DAY_S), NUMBER] = 30 * DAY_S


class Policy(Element):
    """The whole document."""

    name: Annotated[str, Field(min_length=1, max_length=limits.IDENTIFIER_MAX)] = "policy"
    description: str = ""
    owner: str = ""
    channels: Annotated[dict[Name, Channel], Field(min_length=1, max_length=64)]
    queues: Annotated[dict[Name, Queue], Field(min_length=1, max_length=10_000)]
    skills: Annotated[dict[Name, Skill], Field(max_length=10_000)] = Field(default_factory=dict)
    activities: Annotated[dict[Name, Activity], Field(max_length=1_000)] = Field(
        default_factory=dict
    )
    profiles: Annotated[dict[Name, RoutingProfile], Field(max_length=PROFILES_MAX)] = Field(
        default_factory=dict
    )
    pools: Annotated[dict[Name, Pool], Field(max_length=POOLS_MAX)] = Field(default_factory=dict)
    classification: Annotated[list[Rule], Field(max_length=RULES_MAX)] = Field(default_factory=list)
    workflows: Annotated[dict[Name, Workflow], Field(max_length=1_000)] = Field(
        default_factory=dict
    )
    hours: Annotated[dict[Name, Hours], Field(max_length=1_000)] = Field(default_factory=dict)
    default_queue: Name | None = None
    intake: IntakeQuotas | None = None
    personal: PersonalData | None = None
    approvals: Approvals | None = None
    objectives: Annotated[dict[Name, Objective], Field(max_length=OBJECTIVES_MAX)] = Field(
        default_factory=dict
    )
    weights: Weights = Weights()
    urgency: Urgency = Urgency()
    history: History = History()
    capacity: Annotated[int, Field(ge=1, le=limits.CAPACITY_MAX), NUMBER] = 100
    offers_per_agent: Annotated[int, Field(ge=1, le=limits.OFFERS_PER_AGENT_MAX), NUMBER] | None = (
        None
    )
    idle_half_s: Annotated[float, Field(ge=0.1, le=DAY_S), NUMBER] = 60.0
    decline_retry_s: Annotated[float, Field(ge=0, le=366 * DAY_S), NUMBER] = 60.0
    sign_off_after_s: Annotated[float, Field(ge=60, le=366 * DAY_S), NUMBER] | None = None
    joint_cells: Annotated[int, Field(ge=0, le=limits.JOINT_CELLS_MAX), NUMBER] = (
        limits.JOINT_CELLS_MAX
    )
