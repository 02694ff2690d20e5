"""The policy and requirements as integers, and the formulas of docs/matching.md.

Written from that page alone: the checker shares no code with what it checks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from adapters.verify.wire import Unreadable

__all__ = (
    "ONE_PPM",
    "ChannelTerms",
    "PolicyTerms",
    "Requirement",
    "Weights",
    "read_policy",
    "read_requirements",
    "satisfies",
    "skill_term",
)

ONE_PPM: Final = 1_000_000
_HALF_PPM: Final = 500_000


class Requirement(NamedTuple):
    """One requirement; ``level_max`` counts only for ``between``."""

    skill: str
    op: str
    level: int
    level_max: int
    hard: bool
    weight: int


class ChannelTerms(NamedTuple):
    """What a channel takes of an agent, and its times in ms."""

    cost: int
    maximum: int
    exclusive: bool
    offer_ttl_ms: int
    target_ms: int

    @property
    def light(self) -> bool:
        """Whether it fits beside anything."""
        return self.cost == 0 and not self.exclusive


class Weights(NamedTuple):
    """Weights of the pair score, in thousandths."""

    skill: int
    history: int
    load: int
    idle: int


class PolicyTerms(NamedTuple):
    """A policy document in the units of docs/matching.md."""

    version: int
    channels: Mapping[str, ChannelTerms]
    targets_ms: Mapping[str, Mapping[str, int]]
    queue_weights: Mapping[str, Weights | None]
    weights: Weights
    levels: Mapping[str, int]
    urgency_weight: int
    priority_step: int
    idle_half_ms: int

    def target_ms(self, channel: str, queue: str) -> int:
        """The target of a channel in a queue."""
        return self.targets_ms[queue].get(channel, self.channels[channel].target_ms)

    def urgency_ppm(
        self, channel: str, queue: str, priority: int, origin_ms: int, now_ms: int
    ) -> int:
        """Share of the target that the wait has consumed, priority added."""
        target_ms = self.target_ms(channel, queue)
        order_key = origin_ms - (priority * self.priority_step * target_ms) // 1000
        return ((now_ms - order_key) * ONE_PPM) // target_ms

    def pair_ppm(self, queue: str, terms: tuple[int, int, int, int]) -> int:
        """The pair score of (skill, history, load, idle) for an interaction of a queue."""
        weights = self.queue_weights[queue] or self.weights
        total = sum(w * term for w, term in zip(weights, terms, strict=True))
        return total // sum(weights)

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
    return PolicyTerms(
        version=version,
        channels={name: _channel_terms(c) for name, c in document["channels"].items()},
        targets_ms={name: _targets(queue) for name, queue in queues.items()},
        queue_weights={
            name: _weights(queue["weights"]) if queue.get("weights") else None
            for name, queue in queues.items()
        },
        weights=_weights(document.get("weights") or {}),
        levels=_levels(document.get("skills") or {}),
        urgency_weight=_thousandths(urgency.get("weight", 1.0)),
        priority_step=_thousandths(urgency.get("priority_step", 0.5)),
        idle_half_ms=_positive(_thousandths(document.get("idle_half_s", 60.0))),
    )


def _levels(skills: Mapping[str, Any]) -> dict[str, int]:
    return {name: _positive(int(skill.get("levels", 5))) for name, skill in skills.items()}


def _channel_terms(channel: Mapping[str, Any]) -> ChannelTerms:
    return ChannelTerms(
        cost=int(channel.get("cost", 100)),
        maximum=int(channel.get("maximum", 1)),
        exclusive=bool(channel.get("exclusive", False)),
        offer_ttl_ms=_thousandths(channel.get("offer_ttl_s", 20.0)),
        target_ms=_positive(_thousandths(channel.get("target_s", 60.0))),
    )


def _targets(queue: Mapping[str, Any]) -> dict[str, int]:
    targets_s = queue.get("targets_s") or {}
    return {name: _positive(_thousandths(target_s)) for name, target_s in targets_s.items()}


def _weights(weights: Mapping[str, Any]) -> Weights:
    found = Weights(
        skill=_thousandths(weights.get("skill", 4.0)),
        history=_thousandths(weights.get("history", 3.0)),
        load=_thousandths(weights.get("load", 2.0)),
        idle=_thousandths(weights.get("idle", 1.0)),
    )
    _positive(sum(found))
    return found


def _thousandths(value: float) -> int:
    return round(value * 1000)


def _positive(value: int) -> int:
    if value <= 0:
        message = f"{value} where a number above 0 must be"
        raise ValueError(message)
    return value


def read_requirements(found: Sequence[Any]) -> tuple[Requirement, ...]:
    """Requirements as they stand in an event. Raises :class:`Unreadable`."""
    return tuple(_requirement(fields) for fields in found)


def _requirement(fields: Any) -> Requirement:
    if not isinstance(fields, dict) or not isinstance(fields.get("skill"), str):
        raise Unreadable("a requirement is not a map with a skill")
    requirement = Requirement(
        skill=fields["skill"],
        op=fields.get("op", ">="),
        level=fields.get("level", 1),
        level_max=fields.get("level_max") or 0,
        hard=fields.get("hard", True),
        weight=fields.get("weight", 1),
    )
    numbers = (requirement.level, requirement.level_max, requirement.weight)
    whole = all(type(n) is int for n in numbers) and requirement.weight > 0
    if requirement.op not in _OPERATORS or not whole:
        message = f"a requirement cannot be read: {fields}"
        raise Unreadable(message)
    return requirement


_OPERATORS: Final = frozenset(("=", "!=", "<", "<=", ">", ">=", "between"))


def satisfies(held: int, requirement: Requirement) -> bool:
    """Whether a level held (0: the agent does not have the skill) meets a requirement."""
    op, level = requirement.op, requirement.level
    if op == ">=":
        return held >= level
    if op == "between":
        return level <= held <= requirement.level_max
    if op in ("=", "!="):
        return (held == level) == (op == "=")
    if op == ">":
        return held > level
    return held < level if op == "<" else held <= level


def skill_term(
    skills: Mapping[str, int], requirements: Sequence[Requirement], levels: Mapping[str, int]
) -> int:
    """The skill term of an agent's skills for an interaction's requirements, in ppm."""
    if not requirements:
        return ONE_PPM
    total = sum(r.weight * _fit(skills.get(r.skill, 0), r, levels) for r in requirements)
    return total // sum(r.weight for r in requirements)


def _fit(held: int, requirement: Requirement, levels: Mapping[str, int]) -> int:
    if satisfies(held, requirement):
        top = levels[requirement.skill]
        return _HALF_PPM + (_HALF_PPM * min(held, top)) // top
    if requirement.op in (">=", ">"):
        return (_HALF_PPM * held) // (requirement.level + (requirement.op == ">"))
    return 0
