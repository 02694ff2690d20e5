"""The policy and requirements as integers, and the formulas of docs/matching.md.

Written from that page alone: the checker shares no code with what it checks.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal, localcontext
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from adapters.verify.activation import ActivationTerms, levelled_queues, read_activations
from adapters.verify.conditions import (
    OPERATORS,
    Condition,
    Held,
    holds,
    level_holds,
    read_condition,
)
from adapters.verify.membership import Membership, read_membership
from adapters.verify.precedence import Precedences, read_precedences
from adapters.verify.queue_terms import (
    ONE_PPM,
    Place,
    QueueTerms,
    Standing,
    positive,
    read_queue,
    read_weights,
    thousandths,
)
from adapters.verify.quotas import IntakeTerms, read_intake
from adapters.verify.scales import Scale, read_scale, steps_inside
from adapters.verify.wire import Unreadable

__all__ = (
    "ONE_PPM",
    "ChannelTerms",
    "Held",
    "PolicyTerms",
    "Requirement",
    "meets",
    "read_policy",
    "read_requirements",
    "satisfies",
    "skill_term",
)

_HALF_PPM: Final = 500_000


class Requirement(NamedTuple):
    """One requirement; ``level_max`` counts only for ``between``.

    A tree or an expression has no skill, and its ``condition``.
    """

    skill: str
    op: str
    level: int
    level_max: int
    hard: bool
    weight: int
    condition: Condition | None = None


class ChannelTerms(NamedTuple):
    """What a channel takes of an agent, and its times in ms."""

    cost: int
    maximum: int
    exclusive: bool
    offer_ttl_ms: int
    target_ms: int
    auto_accept: bool = False
    interrupts: frozenset[str] = frozenset()
    """Channels whose items make room for one of this."""
    wrap_up: str = "timed"
    wrap_up_ms: int = 0
    release_idle: bool = False
    wake_ms: int = 0
    labels: Mapping[str, int] = MappingProxyType({})
    """How much of each label an agent may hold."""
    short_abandon_ms: int = 0

    @property
    def light(self) -> bool:
        """Whether it fits beside anything."""
        return self.cost == 0 and not self.exclusive


class PolicyTerms(NamedTuple):
    """A policy document in the units of docs/matching.md."""

    version: int
    channels: Mapping[str, ChannelTerms]
    queues: Mapping[str, QueueTerms]
    levels: Mapping[str, int]
    urgency_weight: int
    priority_step: int
    idle_half_ms: int
    workflows: Mapping[str, Sequence[Mapping[str, Any]]]
    """The steps of each, as they stand in the document but for levels, which count from 1."""
    overflow: Mapping[str, Sequence[Mapping[str, Any]]]
    """The overflow rules of each queue, as they stand in the document."""
    scales: Mapping[str, Scale]
    membership: Membership
    precedences: Precedences
    activations: Mapping[str, ActivationTerms]
    levelled: frozenset[str]
    """The queues of which a condition asks for the service level."""
    callbacks: Mapping[str, Mapping[str, Any]]
    """The callbacks of each channel that has them, as they stand in the document."""
    offers_per_agent: int | None = None
    """How many open offers an agent may have (None: as many as there is room for)."""
    sign_off_ms: int | None = None
    """After which time an agent of whom nothing is heard is logged out."""
    intake: IntakeTerms | None = None

    @property
    def asks_several(self) -> bool:
        """Whether any queue has several agents asked at once."""
        return any(queue.at_once > 1 for queue in self.queues.values())

    def at_once(self, channel: str, queue: str) -> tuple[int, int]:
        """How many agents are asked at once: at least, and at most."""
        if self.channels[channel].auto_accept:
            return 1, 1
        terms = self.queues[queue]
        return terms.at_least, terms.at_once

    @property
    def asks_for_scarcity(self) -> bool:
        """Whether any queue counts the price of agents' time."""
        return any(queue.weights.scarcity for queue in self.queues.values())

    def steps(self, queue: str) -> Sequence[Mapping[str, Any]]:
        """The steps that the interactions of a queue go through."""
        workflow = self.queues[queue].workflow
        if workflow:
            return self.workflows[workflow]
        return () if self.membership.is_open(queue) else ({},)

    @property
    def asks_when_free(self) -> bool:
        """Whether any step is passed over when nobody of its agents will be free in time."""
        steps = (step for queue in self.queues for step in self.steps(queue))
        return any(step.get("only") and step.get("free_in_time", 1) for step in steps)

    def target_ms(self, channel: str, queue: str) -> int:
        """The target of a channel in a queue."""
        return self.queues[queue].targets_ms.get(channel, self.channels[channel].target_ms)

    def allowed_ms(self, one: Standing) -> int:
        """The wait that an interaction is allowed: its own target, or that of its queue."""
        return one.target_ms or self.target_ms(one.channel, one.queue)

    def place(self, one: Standing) -> Place:
        """Where an interaction comes in its queue."""
        allowed_ms = self.target_ms(one.channel, one.queue)
        return self.queues[one.queue].place(one, allowed_ms, self.priority_step)

    @property
    def shares_work(self) -> bool:
        """Whether a queue is served by target shares."""
        return any(queue.strategy == "target_share" for queue in self.queues.values())

    def idle_ppm(self, idle_ms: int) -> int:
        """The idle term."""
        return (idle_ms * ONE_PPM) // (idle_ms + self.idle_half_ms)


def read_policy(version: int, document: Mapping[str, Any]) -> PolicyTerms:
    """The terms of a policy document; what it leaves out has the default of docs/policy.md.

    Raises :class:`Unreadable`.
    """
    try:
        return _policy_terms(version, document)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        message = f"the policy document cannot be read: {type(error).__name__}: {error}"
        raise Unreadable(message) from None


def _policy_terms(version: int, document: Mapping[str, Any]) -> PolicyTerms:
    queues: Mapping[str, Mapping[str, Any]] = document["queues"]
    urgency = document.get("urgency", {})
    weights = read_weights(document.get("weights") or {})
    workflows: Mapping[str, Any] = document.get("workflows") or {}
    scales = {name: read_scale(one) for name, one in (document.get("skills") or {}).items()}
    return PolicyTerms(
        version=version,
        channels={name: _channel_terms(c) for name, c in document["channels"].items()},
        queues={name: read_queue(queue, weights) for name, queue in queues.items()},
        levels={name: positive(len(scale)) for name, scale in scales.items()},
        urgency_weight=thousandths(urgency.get("weight", 1.0)),
        priority_step=thousandths(urgency.get("priority_step", 0.5)),
        idle_half_ms=positive(thousandths(document.get("idle_half_s", 60.0))),
        workflows={n: steps_inside(w["steps"], scales) for n, w in workflows.items()},
        overflow={name: queue.get("overflow") or () for name, queue in queues.items()},
        scales=scales,
        membership=read_membership(document, scales),
        precedences=read_precedences(document),
        activations=read_activations(document),
        levelled=levelled_queues(document),
        callbacks={
            name: channel["callback"]
            for name, channel in document["channels"].items()
            if channel.get("callback") is not None
        },
        offers_per_agent=document.get("offers_per_agent"),
        sign_off_ms=_sign_off_ms(document.get("sign_off_after_s")),
        intake=read_intake(document),
    )


def _sign_off_ms(after_s: float | None) -> int | None:
    return None if after_s is None else positive(thousandths(after_s))


def _channel_terms(channel: Mapping[str, Any]) -> ChannelTerms:
    return ChannelTerms(
        cost=int(channel.get("cost", 100)),
        maximum=int(channel.get("maximum", 1)),
        exclusive=bool(channel.get("exclusive", False)),
        offer_ttl_ms=thousandths(channel.get("offer_ttl_s", 20.0)),
        target_ms=positive(thousandths(channel.get("target_s", 60.0))),
        auto_accept=bool(channel.get("auto_accept", False)),
        interrupts=frozenset(map(str, channel.get("interrupts") or ())),
        wrap_up=str(channel.get("wrap_up") or "timed"),
        wrap_up_ms=thousandths(channel.get("wrap_up_s", 0.0)),
        release_idle=bool(channel.get("release_idle", False)),
        wake_ms=thousandths(channel.get("wake_within_s", 900.0)),
        labels={
            str(name): positive(int(label["maximum"]))
            for name, label in (channel.get("labels") or {}).items()
        },
        short_abandon_ms=thousandths(channel.get("short_abandon_s", 0.0)),
    )


def read_requirements(
    found: Sequence[Any], attributes: Mapping[str, Any] | None = None
) -> tuple[Requirement, ...]:
    """Requirements as they stand in an event of an interaction with these attributes.

    Raises :class:`Unreadable`.
    """
    return tuple(_requirement(fields, attributes or {}) for fields in found)


def _requirement(fields: Any, attributes: Mapping[str, Any]) -> Requirement:
    if not isinstance(fields, dict) or not isinstance(fields.get("skill", ""), str):
        raise Unreadable("a requirement is not a map, or its skill is no text")
    requirement = Requirement(
        skill=fields.get("skill", ""),
        op=fields.get("op", ">="),
        level=fields.get("level", 1),
        level_max=fields.get("level_max") or 0,
        hard=fields.get("hard", True),
        weight=fields.get("weight", 1),
        condition=None if "skill" in fields else read_condition(fields, attributes),
    )
    numbers = (requirement.level, requirement.level_max, requirement.weight)
    whole = all(type(n) is int for n in numbers) and requirement.weight > 0
    if requirement.op not in OPERATORS or not whole:
        message = f"a requirement cannot be read: {fields}"
        raise Unreadable(message)
    return requirement


def satisfies(held: int, requirement: Requirement) -> bool:
    """Whether a level held (0: the agent does not have the skill) meets a requirement."""
    return level_holds(held, requirement.op, requirement.level, requirement.level_max)


def meets(held: Held, requirement: Requirement) -> bool:
    """Whether an agent satisfies a requirement of whatever form."""
    if requirement.condition is not None:
        return holds(requirement.condition, held)
    return satisfies(held.skills.get(requirement.skill, 0), requirement)


def skill_term(
    skills: Mapping[str, int],
    requirements: Sequence[Requirement],
    levels: Mapping[str, int],
    strategy: str = "score",
    attributes: Mapping[str, Any] | None = None,
    open_groups: Collection[str] = frozenset(),
) -> int:
    """The skill term of what an agent has for an interaction's requirements, in ppm."""
    if not requirements:
        return ONE_PPM
    held = Held(skills, attributes or {}, levels, open_groups)
    total = sum(
        r.weight
        * (
            ONE_PPM * holds(r.condition, held)
            if r.condition is not None
            else _fit(skills.get(r.skill, 0), r, levels, strategy)
        )
        for r in requirements
    )
    return total // sum(r.weight for r in requirements)


def _fit(held: int, requirement: Requirement, levels: Mapping[str, int], strategy: str) -> int:
    if strategy == "match_score":
        return _match_score(held, requirement)
    if satisfies(held, requirement):
        top = levels[requirement.skill]
        if strategy == "least_adequate_skill":
            return _HALF_PPM + (_HALF_PPM * (top - min(held, top))) // top
        if strategy == "closest_match":
            return max(_HALF_PPM, ONE_PPM - (_HALF_PPM * _above(held, requirement)) // top)
        return _HALF_PPM + (_HALF_PPM * min(held, top)) // top
    if requirement.op in (">=", ">"):
        return (_HALF_PPM * held) // (requirement.level + (requirement.op == ">"))
    return 0


def _match_score(held: int, requirement: Requirement) -> int:
    """The logistic curve of how far a level lies beyond a bound; all or nothing without one."""
    holds = satisfies(held, requirement)
    if requirement.op[0] not in "<>":
        return ONE_PPM * holds
    sign = 1 if requirement.op[0] == ">" else -1
    ahead = sign * (held - requirement.level)
    if requirement.level:
        with localcontext(prec=40):
            share = Decimal(ONE_PPM) / (1 + (-Decimal(ahead) / requirement.level).exp())
        ppm = round(share)
    else:
        ppm = (ONE_PPM + ONE_PPM * (ahead > 0) - ONE_PPM * (ahead < 0)) // 2
    return ppm if holds else min(ppm, _HALF_PPM - 1)


def _above(held: int, requirement: Requirement) -> int:
    """Levels beyond the least that satisfies; 0 for operators that know no such thing."""
    if requirement.op not in (">=", ">"):
        return 0
    return held - requirement.level - (requirement.op == ">")
