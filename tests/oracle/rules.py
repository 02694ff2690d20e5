"""A policy document as the integers of docs/matching.md, "From the policy to integers"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from router.commands import HistoryFact
from router.policy import Channel, Policy, Weights, parse_policy

MILLION = 1_000_000


def thousandths(number: float) -> int:
    return round(number * 1000)


def ppm(share: float) -> int:
    return round(share * MILLION)


@dataclass(frozen=True)
class TermWeights:
    """Weights of the four terms of the pair score, in thousandths."""

    skill: int
    history: int
    load: int
    idle: int

    @property
    def total(self) -> int:
        return self.skill + self.history + self.load + self.idle


class Rules:
    """The policy in force and its version."""

    def __init__(self, document: dict[str, Any], version: int) -> None:
        self.policy: Policy = parse_policy(document)
        self.version = version
        self.idle_half_ms = thousandths(self.policy.idle_half_s)
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

    def is_light(self, name: str) -> bool:
        channel = self.channel(name)
        return channel.cost == 0 and not channel.exclusive

    def offer_ttl_ms(self, channel: str) -> int:
        return thousandths(self.channel(channel).offer_ttl_s)

    def wrap_up_ms(self, channel: str) -> int:
        return thousandths(self.channel(channel).wrap_up_s)

    def target_ms(self, channel: str, queue: str) -> int:
        return self._targets_ms[channel, queue]

    def weights(self, queue: str) -> TermWeights:
        return self._weights[queue]

    def _target_ms_of(self, channel: str, queue: str) -> int:
        own = self.policy.queues[queue].targets_s
        return thousandths(own.get(channel, self.channel(channel).target_s))

    def levels(self, skill: str) -> int:
        return self.policy.skills[skill].levels

    def _weights_of(self, queue: str) -> TermWeights:
        weights: Weights = self.policy.queues[queue].weights or self.policy.weights
        return TermWeights(
            skill=thousandths(weights.skill),
            history=thousandths(weights.history),
            load=thousandths(weights.load),
            idle=thousandths(weights.idle),
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
