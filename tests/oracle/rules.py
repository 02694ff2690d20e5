"""A policy document as the integers of docs/matching.md, "From the policy to integers"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from router.commands import HistoryFact, Requirement
from router.policy import Bounds, Channel, Policy, RoutingProfile, Step, Weights, parse_policy
from tests.oracle.hours import opens_ms
from tests.oracle.scales import called, policy_inside
from tests.oracle.waits import Lines

MILLION = 1_000_000


def thousandths(number: float) -> int:
    return round(number * 1000)


def ppm(share: float) -> int:
    return round(share * MILLION)


@dataclass(frozen=True)
class TermWeights:
    """Weights of the terms of the pair score, in thousandths."""

    skill: int = 0
    history: int = 0
    load: int = 0
    idle: int = 0
    spare: int = 0
    scarcity: int = 0

    @property
    def total(self) -> int:
        return self.skill + self.history + self.load + self.idle + self.spare + self.scarcity


ONE_TERM = {
    "least_loaded": TermWeights(load=1000),
    "most_spare_capacity": TermWeights(spare=1000),
    "best_skill": TermWeights(skill=1000),
    "least_adequate_skill": TermWeights(skill=1000),
    "closest_match": TermWeights(skill=1000),
    "match_score": TermWeights(skill=1000),
}
WEIGHED = (
    "score",
    "least_loaded",
    "best_skill",
    "least_adequate_skill",
    "closest_match",
    "match_score",
)


class Rules:
    """The policy in force and its version."""

    def __init__(self, document: dict[str, Any], version: int, lines: Lines | None = None) -> None:
        self.lines = lines or Lines()
        self.policy: Policy = parse_policy(document)
        self.policy_inside = policy_inside(self.policy)
        self.version = version
        self.open_groups: set[str] = set()
        """Those that are open now, as queue/group."""

        self.levelled = {
            bounds.queue or queue
            for queue in self.policy.queues
            for bounds in self._bounds(queue)
            if bounds.service_level_below or bounds.service_level_at_least
        }
        self.idle_half_ms = thousandths(self.policy.idle_half_s)
        queues = self.policy.queues.values()
        plain = all(
            (q.order, q.strategy, q.offers_at_once, q.buckets) == ("urgency", "score", 1, [])
            for q in queues
        )
        self._priorities = {
            name: {queue: served.priority for queue, served in profile.queues.items()}
            for name, profile in self.policy.profiles.items()
        }
        ranked = [each for each in self._priorities.values() if len(set(each.values())) > 1]
        self.puts_first = bool(ranked) or any(q.preferred_first for q in queues)
        self.joint_cells = self.policy.joint_cells if plain and not self.puts_first else 0
        self.decline_retry_ms = thousandths(self.policy.decline_retry_s)
        self.urgency_weight = thousandths(self.policy.urgency.weight)
        self.priority_step = thousandths(self.policy.urgency.priority_step)
        self._weights = {queue: self._weights_of(queue) for queue in self.policy.queues}
        self._targets_ms = {
            (channel, queue): self._target_ms_of(channel, queue)
            for channel in self.policy.channels
            for queue in self.policy.queues
        }

    def channel(self, name: str) -> Channel:
        return self.policy.channels[name]

    def offers_at_once(self, channel: str, queue: str) -> int:
        return 1 if self.channel(channel).auto_accept else self.policy.queues[queue].offers_at_once

    def offers_at_least(self, channel: str, queue: str) -> int:
        return 1 if self.channel(channel).auto_accept else self.policy.queues[queue].offers_at_least

    def rescue_after(self, queue: str) -> int | None:
        rescue = self.policy.queues[queue].rescue
        return rescue.after_declines if rescue else None

    def is_light(self, name: str) -> bool:
        channel = self.channel(name)
        return channel.cost == 0 and not channel.exclusive

    def offer_ttl_ms(self, channel: str) -> int:
        return thousandths(self.channel(channel).offer_ttl_s)

    def wrap_up_ms(self, channel: str) -> int:
        return thousandths(self.channel(channel).wrap_up_s)

    def short_abandon_ms(self, channel: str) -> int:
        return thousandths(self.channel(channel).short_abandon_s)

    def wake_ms(self, channel: str) -> int:
        return thousandths(self.channel(channel).wake_within_s)

    def target_ms(self, channel: str, queue: str) -> int:
        return self._targets_ms[channel, queue]

    def weights(self, queue: str) -> TermWeights:
        return self._weights[queue]

    def steps(self, queue: str) -> list[Step]:
        workflow = self.policy.queues[queue].workflow
        if workflow:
            return self.policy_inside.workflows[workflow].steps
        is_for_some = self.policy.queues[queue].pool or self.policy.profiles
        return [Step()] if is_for_some else []

    def delays_ms(self, queue: str) -> dict[str, int]:
        """After which age the agents of a profile serve a queue, by the profile's name."""
        return {
            name: thousandths(profile.queues[queue].delay_s)
            for name, profile in self.policy.profiles.items()
            if queue in profile.queues
        }

    def queue_priority(self, profile: str | None, queue: str) -> int:
        """The place of a queue among those that agents of a profile serve; 100 if it has none."""
        listed = self._priorities.get(profile or "", {})
        return listed.get(queue, 100) if len(set(listed.values())) > 1 else 1

    def reserves(self, queue: str) -> dict[str, int]:
        """In which reserve of the queue a profile is (0: in none), by the profile's name."""
        return {
            name: profile.queues[queue].reserve
            for name, profile in self.policy.profiles.items()
            if queue in profile.queues
        }

    def groups(self, queue: str) -> list[str]:
        """The groups of a queue, in the order in which they are looked at."""
        activation = self.policy.queues[queue].activation
        if activation is None:
            return []
        overload = activation.overload
        thresholds = [overload.first, overload.second] if overload else []
        levels = [n for n, bounds in enumerate(thresholds, 1) if bounds is not None]
        return [*(each.pool for each in activation.groups), *(f"reserve {n}" for n in levels)]

    def review_ms(self, queue: str) -> int | None:
        """How often the groups of a queue are looked at; None: it has none."""
        activation = self.policy.queues[queue].activation
        return None if activation is None else thousandths(activation.every_s)

    def pool(self, name: str) -> tuple[Requirement, ...]:
        """What the members of a pool meet, all of it."""
        pool = self.policy_inside.pools[name]
        asked: list[Any] = [each.model_dump() for each in pool.require]
        if pool.profiles:
            names = ", ".join(f'"{name}"' for name in pool.profiles)
            either = f"has(agent.profile) && agent.profile in [{names}]"
            asked.append({"expression": either})
        return msgspec.convert(asked, tuple[Requirement, ...])

    def _bounds(self, queue: str) -> list[Bounds]:
        """All conditions about a queue."""
        one = self.policy.queues[queue]
        found: list[Bounds | None] = [rule.when for rule in one.overflow]
        for step in self.policy.workflows[one.workflow].steps if one.workflow else []:
            found += [step.skip_if, *(step.open_if or [])]
        if one.activation is not None:
            for group in one.activation.groups:
                found += [*group.open_if, *(group.close_if or [])]
            if one.activation.overload is not None:
                found += [one.activation.overload.first, one.activation.overload.second]
        return [bounds for bounds in found if bounds is not None]

    def defaults(self, profile: str | None) -> RoutingProfile:
        """What holds of agents of a profile (or of none) who say nothing else."""
        return self.policy.profiles.get(profile or "", RoutingProfile())

    def callable_ms(self, channel: str, at_ms: int) -> int:
        """The first moment from this one on at which customers of a channel may be called."""
        callback = self.channel(channel).callback
        far = at_ms >= 2**53
        if callback is None or callback.calling_hours is None or far:
            return at_ms
        return opens_ms(self.policy.hours[callback.calling_hours], at_ms)

    def strategy(self, queue: str) -> str:
        return self.policy.queues[queue].strategy

    def order(self, queue: str) -> str:
        return self.policy.queues[queue].order

    def ageing_points(self, queue: str) -> int:
        return thousandths(self.policy.queues[queue].ageing_points_per_minute)

    def is_weighed(self, queue: str) -> bool:
        plain = self.order(queue) == "urgency" and not self.policy.queues[queue].buckets
        return plain and self.strategy(queue) in WEIGHED

    def _target_ms_of(self, channel: str, queue: str) -> int:
        own = self.policy.queues[queue].targets_s
        return thousandths(own.get(channel, self.channel(channel).target_s))

    def levels(self, skill: str) -> int:
        return len(called(self.policy, skill))

    def _weights_of(self, queue: str) -> TermWeights:
        if self.strategy(queue) != "score":
            return ONE_TERM.get(self.strategy(queue), TermWeights())
        weights: Weights = self.policy.queues[queue].weights or self.policy.weights
        return TermWeights(
            skill=thousandths(weights.skill),
            history=thousandths(weights.history),
            load=thousandths(weights.load),
            idle=thousandths(weights.idle),
            scarcity=thousandths(weights.scarcity),
        )

    def preferred(self, facts: tuple[HistoryFact, ...], created_ms: int) -> dict[str, int]:
        """The history term (ppm) of each agent whom the facts name, those with 0 left out."""
        sums: dict[str, int] = {}
        for fact in facts:
            sums[fact.agent_id] = sums.get(fact.agent_id, 0) + self._worth(fact, created_ms)
        terms = {agent: min(total, MILLION) // 50_000 * 50_000 for agent, total in sums.items()}
        return {agent: term for agent, term in terms.items() if term}

    def _worth(self, fact: HistoryFact, created_ms: int) -> int:
        history = self.policy.history
        strength = ppm(getattr(history, fact.kind))
        half_life_ms = thousandths(history.half_life_s)
        age_ms = 0 if fact.at_ms is None else max(0, created_ms - fact.at_ms)
        return (strength * ppm(fact.score) // MILLION) * half_life_ms // (half_life_ms + age_ms)
