"""The policy document: everything that an admin may change, as one validated, versioned value.

Durations are seconds with fractions, weights are plain numbers; both become integers before they
reach the engine (router/rules.py), so that every host computes the same scores.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from router import limits
from router.errors import PolicyError, PolicyProblem

__all__ = (
    "Channel",
    "History",
    "Order",
    "Policy",
    "Queue",
    "Skill",
    "StrategyName",
    "Urgency",
    "Weights",
    "default_policy",
    "parse_policy",
)

Name = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$", max_length=limits.IDENTIFIER_MAX),
]


def _not_a_truth_value(value: Any) -> Any:
    if isinstance(value, bool):
        # Python would count true as 1
        raise ValueError("a number is wanted, not true or false")  # noqa: TRY004  # pydantic's way
    return value


NUMBER = BeforeValidator(_not_a_truth_value)
DAY_S = 86_400.0
WEIGHT_MIN = 0.001
"""Weights count in thousandths; what is smaller counts as 0."""

Target = Annotated[float, Field(ge=0.1, le=366 * DAY_S), NUMBER]
Weight = Annotated[float, Field(ge=0, le=1_000), NUMBER]
Share = Annotated[float, Field(ge=0, le=1), NUMBER]


Order = Literal["urgency", "priority", "ageing", "deadline", "oldest_first", "newest_first"]
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
    "target_share",
]
"""How the agent for an interaction of a queue is chosen."""


class _Element(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Weights(_Element):
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


class Channel(_Element):
    """One medium: what it costs an agent, how long an offer stands, what wait it allows."""

    description: str = ""
    cost: Annotated[int, Field(ge=0, le=limits.CAPACITY_MAX), NUMBER] = 100
    maximum: Annotated[int, Field(ge=1, le=limits.CHANNEL_MAXIMUM_MAX), NUMBER] = 1
    exclusive: bool = False
    offer_ttl_s: Annotated[float, Field(ge=0.05, le=30 * DAY_S), NUMBER] = 20.0
    wrap_up_s: Annotated[float, Field(ge=0, le=DAY_S), NUMBER] = 0.0
    target_s: Target = 60.0


class Queue(_Element):
    """A line of business: a label on entries of the one queue, with targets, weights, order and
    strategy of its own."""

    description: str = ""
    targets_s: dict[Name, Target] = Field(default_factory=dict)
    order: Order = "urgency"
    ageing_points_per_minute: Annotated[float, Field(ge=0.001, le=1_000), NUMBER] = 1.0
    strategy: StrategyName = "score"
    weights: Weights | None = None


class Skill(_Element):
    """A skill that agents hold at a level from 1 to ``levels``."""

    description: str = ""
    levels: Annotated[int, Field(ge=1, le=limits.LEVEL_MAX), NUMBER] = 5


class Urgency(_Element):
    """One comparable urgency over all media: the share of the target that the wait has consumed.

    ``weight`` sets it against the pair score; one point of priority is worth ``priority_step``
    targets of waiting.
    """

    weight: Annotated[float, Field(ge=0, le=10), NUMBER] = 1.0
    priority_step: Annotated[float, Field(ge=0, le=10), NUMBER] = 0.5


class History(_Element):
    """What each kind of history fact is worth, and how fast it ages."""

    last_agent: Share = 0.6
    owner: Share = 1.0
    outcome: Share = 0.5
    half_life_s: Annotated[float, Field(ge=1, le=3_660 * DAY_S), NUMBER] = 30 * DAY_S


class Policy(_Element):
    """The whole document."""

    name: Annotated[str, Field(min_length=1, max_length=limits.IDENTIFIER_MAX)] = "policy"
    description: str = ""
    channels: Annotated[dict[Name, Channel], Field(min_length=1, max_length=64)]
    queues: Annotated[dict[Name, Queue], Field(min_length=1, max_length=10_000)]
    skills: Annotated[dict[Name, Skill], Field(max_length=10_000)] = Field(default_factory=dict)
    default_queue: Name | None = None
    weights: Weights = Weights()
    urgency: Urgency = Urgency()
    history: History = History()
    capacity: Annotated[int, Field(ge=1, le=limits.CAPACITY_MAX), NUMBER] = 100
    idle_half_s: Annotated[float, Field(ge=0.1, le=DAY_S), NUMBER] = 60.0
    decline_retry_s: Annotated[float, Field(ge=0, le=366 * DAY_S), NUMBER] = 60.0
    joint_cells: Annotated[int, Field(ge=0, le=limits.JOINT_CELLS_MAX), NUMBER] = (
        limits.JOINT_CELLS_MAX
    )


def parse_policy(document: Any) -> Policy:
    """Validate a policy document (plain maps, lists and scalars, as from YAML or msgpack).

    Raises :class:`PolicyError` that lists every fault with its path.
    """
    try:
        policy = Policy.model_validate(document)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise PolicyError(tuple(_problem(f["loc"], f["msg"]) for f in faults)) from None
    problems = tuple(_dangling_references(policy))
    if problems:
        raise PolicyError(problems)
    return policy


def _problem(path: tuple[str | int, ...], message: str) -> PolicyProblem:
    # pydantic marks a fault in a map's key with a last "[key]", which is no place in the document
    return PolicyProblem(path[:-1] if path and path[-1] == "[key]" else path, message)


def _dangling_references(policy: Policy) -> list[PolicyProblem]:
    known = ", ".join(sorted(policy.channels)[:20])
    problems = [
        PolicyProblem(
            ("queues", name, "targets_s", channel),
            f"there is no channel {channel!r}; the channels are: {known}",
        )
        for name, queue in policy.queues.items()
        for channel in queue.targets_s
        if channel not in policy.channels
    ]
    problems += [
        PolicyProblem(
            ("channels", name, "cost"),
            f"cost {channel.cost} is more than the capacity of an agent ({policy.capacity}); "
            "no agent could ever take one",
        )
        for name, channel in policy.channels.items()
        if channel.cost > policy.capacity
    ]
    if policy.default_queue is not None and policy.default_queue not in policy.queues:
        queues = ", ".join(sorted(policy.queues)[:20])
        problems.append(
            PolicyProblem(
                ("default_queue",),
                f"there is no queue {policy.default_queue!r}; the queues are: {queues}",
            )
        )
    return problems


def default_policy() -> Policy:
    """The policy of a router that was given none: nine media, one queue, no skills asked."""
    day = DAY_S
    return Policy(
        name="default",
        description="Nine media in one queue with usual targets; replace it with your own.",
        channels={
            "voice": Channel(exclusive=True, offer_ttl_s=20, wrap_up_s=30, target_s=20),
            "callback": Channel(exclusive=True, offer_ttl_s=30, wrap_up_s=30, target_s=900),
            "chat": Channel(cost=30, maximum=3, offer_ttl_s=20, target_s=60),
            "sms": Channel(cost=20, maximum=4, offer_ttl_s=60, target_s=300),
            "social": Channel(cost=20, maximum=4, offer_ttl_s=60, target_s=600),
            "web": Channel(cost=20, maximum=3, offer_ttl_s=120, target_s=4 * 3_600),
            "email": Channel(cost=20, maximum=3, offer_ttl_s=120, target_s=8 * 3_600),
            "fax": Channel(cost=10, maximum=3, offer_ttl_s=300, target_s=day),
            "letter": Channel(cost=0, maximum=5, offer_ttl_s=3_600, target_s=3 * day),
        },
        queues={"general": Queue(description="Everything")},
        default_queue="general",
    )
