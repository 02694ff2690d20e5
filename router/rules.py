"""Rules: a policy compiled to the integers that the engine computes with.

Seconds become milliseconds, weights thousandths, shares millionths (docs/matching.md, "From the
policy to integers"); rounding happens here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from queues.orders import OrderRule, coarse_ms, order_rule
from queues.shards import Shards
from router.buckets import buckets_of
from router.callbacks import callbacks_of
from router.classification import Classification
from router.commands import AskedRequirement, HistoryFact, Requirement
from router.groups import activations_of
from router.hours import OpeningHours
from router.measures import measures_of
from router.orderings import ordering_of, orderings_of
from router.overflow import overflows_of
from router.policy import Channel, Policy, Queue, Weights, WrapUpMode
from router.pools import stages_of
from router.precedence import Precedences
from router.profiles import profiles_of
from router.quotas import quotas_of
from router.scales import inside, scale_of
from router.steps import steps_of
from scoring.fit import Demand
from scoring.strategies import HALF_PAIR, PAIR_COUNTS, Strategy, named_strategy
from scoring.terms import PairWeights, history_term

__all__ = ("AtOnce", "ChannelRule", "LabelRule", "Rules")

PPM: Final = 1_000_000
PREDICTED: Final = "predicted_wait"
ASKED_MAX: Final = 64
"""Different requirements of commands in a shard that are kept with what they mean inside."""


class AtOnce(NamedTuple):
    """How many agents are asked at once: at most, and at least, or nobody is."""

    most: int
    least: int


ONE: Final = AtOnce(1, 1)


class LabelRule(NamedTuple):
    """A label of a channel; ``row`` is its own row in the roster's open channels."""

    row: int
    bit: int
    maximum: int


class ChannelRule(NamedTuple):
    """A channel in integers; ``row`` is its row in the roster's open channels."""

    row: int
    cost: int
    maximum: int
    exclusive: bool
    offer_ttl_ms: int
    wrap_up_ms: int
    wrap_up: WrapUpMode
    interrupts: frozenset[str]
    """Channels whose items make room for one of this."""

    target_ms: int
    light: bool
    """Whether an item of this channel stands beside anything."""

    bit: int
    """The row as a bit set of one."""

    release_idle: bool
    """Whether what is idle holds no capacity."""

    wake_ms: int
    """How long what wakes waits for room at its agent."""

    labels: Mapping[str, LabelRule]
    bits: int
    """The rows of the channel and of its labels."""

    def known(self, label: str) -> str:
        """A label that the channel has; "" in place of any other."""
        return label if label in self.labels else ""

    def row_for(self, label: str) -> int:
        """The row of those who could take one more with a label, if the channel has it."""
        found = self.labels.get(label)
        return self.row if found is None else found.row


class Rules:
    """What a policy says, ready to compute with."""

    def __init__(self, policy: Policy) -> None:
        self.channels: dict[str, ChannelRule] = {}
        self.rows = len(policy.channels)
        for row, (name, channel) in enumerate(policy.channels.items()):
            self.channels[name] = _channel_rule(row, channel, _label_rules(self.rows, channel))
            self.rows += len(channel.labels)
        self.scales = {
            name: scale_of(skill.levels, skill.lowest, skill.best)
            for name, skill in policy.skills.items()
        }
        self.skills = {name: scale.levels for name, scale in self.scales.items()}
        self._asked: Shards[tuple[AskedRequirement, ...], tuple[Requirement, ...]] = Shards()
        self.accepts = frozenset(n for n, one in policy.channels.items() if one.auto_accept)
        self.activities = {name: one.available for name, one in policy.activities.items()}
        self.default_queue = policy.default_queue
        self.capacity = policy.capacity
        self.offers_per_agent = policy.offers_per_agent
        self.urgency_weight = round(policy.urgency.weight * 1_000)
        self.priority_step = round(policy.urgency.priority_step * 1_000)
        self.idle_half_ms = _ms(policy.idle_half_s)
        self.decline_retry_ms = _ms(policy.decline_retry_s)
        after_s = policy.sign_off_after_s
        self.sign_off_ms = None if after_s is None else _ms(after_s)
        self.weights = {
            name: _pair_weights(queue.weights or policy.weights)
            for name, queue in policy.queues.items()
        }
        self.precedences = Precedences(policy)
        self._read_queues(policy)
        self.classification = Classification(policy.classification, self.inside)
        self.profiles = profiles_of(policy, self.scales)
        self.stages = stages_of(policy)
        self.steps = steps_of(policy, self.inside)
        self.activations = activations_of(policy)
        self.measures = measures_of(policy, self.inside)
        self.asks_when_free = any(
            step.only_preferred and step.free_in_time_ppm > 0
            for steps in self.steps.values()
            for step in steps
        )
        hours = {name: OpeningHours(each) for name, each in policy.hours.items()}
        self.overflows = overflows_of(policy, hours)
        self.quotas = quotas_of(policy)
        self.callbacks = callbacks_of(policy, hours)
        self.rescues = {
            name: queue.rescue for name, queue in policy.queues.items() if queue.rescue is not None
        }
        self._targets_ms = {
            (channel, name): _ms(target_s)
            for name, queue in policy.queues.items()
            for channel, target_s in queue.targets_s.items()
        }
        self._strength_ppm = {
            "last_agent": round(policy.history.last_agent * PPM),
            "owner": round(policy.history.owner * PPM),
            "outcome": round(policy.history.outcome * PPM),
        }
        self._half_life_ms = _ms(policy.history.half_life_s)
        self.short_abandon_ms = {
            name: _ms(channel.short_abandon_s) for name, channel in policy.channels.items()
        }

    def _read_queues(self, policy: Policy) -> None:
        """Strategies and orders, and what follows from them."""
        self.orderings = orderings_of(policy)
        self.strategies: dict[str, Strategy] = {
            name: self._strategy(name, queue) for name, queue in policy.queues.items()
        }
        self.fixed_pairs = {
            name: PAIR_COUNTS if self._is_weighed(name, queue) else HALF_PAIR
            for name, queue in policy.queues.items()
        }
        self.share_queues = frozenset(
            name for name, one in self.strategies.items() if one.turn == "target_share"
        )
        self.asks_for_scarcity = any(one.weights.scarcity for one in self.strategies.values())
        self.asks_for_turns = any(
            one.spare or one.turn in ("round_robin", "target_share")
            for one in self.strategies.values()
        )
        self.asks_for_draws = any(one.turn == "random" for one in self.strategies.values())
        self.several = {
            name: AtOnce(queue.offers_at_once, queue.offers_at_least)
            for name, queue in policy.queues.items()
            if queue.offers_at_once > 1
        }
        self.asks_for_least = any(one.least > 1 for one in self.several.values())
        # a sum of values would break every other rule, and pairs are of one agent each
        plain = all((q.order, q.strategy) == ("urgency", "score") for q in policy.queues.values())
        self.buckets = buckets_of(policy)
        one_by_one = self.several or self.buckets or self.precedences.puts_first
        self.joint_cells = policy.joint_cells if plain and not one_by_one else 0
        self._orders = {
            name: (queue.order, round(queue.ageing_points_per_minute * 1_000))
            for name, queue in policy.queues.items()
        }
        predicted = (name for name, queue in policy.queues.items() if queue.order == PREDICTED)
        self.predicted = {name: number for number, name in enumerate(predicted, 1)}
        """The queues that go by the wait to come, each with a number of its own."""

        self._order_rules: dict[tuple[str, str], OrderRule] = {}

    def _strategy(self, name: str, queue: Queue) -> Strategy:
        strategy = named_strategy(queue.strategy, self.weights[name])
        if not queue.order_by:
            return strategy
        return strategy._replace(ordering=self.orderings.index(ordering_of(queue)))

    def _is_weighed(self, name: str, queue: Queue) -> bool:
        strict = queue.order != "urgency" or bool(queue.buckets)
        return not strict and self.strategies[name].is_share

    def order_rule(self, channel: str, queue: str) -> OrderRule:
        """How the interactions of this channel stand in this queue, behind its buckets."""
        rule = self._order_rules.get((channel, queue))
        if rule is None:
            target_ms = self.target_ms(channel, queue)
            rule = self._behind_buckets(queue, target_ms, target_ms)
            self._order_rules[channel, queue] = rule
        return rule

    def order_for(self, queue: str, target_ms: int) -> OrderRule:
        """How those stand in this queue, behind its buckets, that have this target of their own."""
        return self._behind_buckets(queue, target_ms, coarse_ms(target_ms))

    def named_order(self, order: str, queue: str, target_ms: int, unit_ms: int = 0) -> OrderRule:
        """The rule of a named order in this queue, for this target."""
        return order_rule(order, target_ms, self.priority_step, self._orders[queue][1], unit_ms)

    def _behind_buckets(self, queue: str, target_ms: int, unit_ms: int) -> OrderRule:
        rule = self.named_order(self._orders[queue][0], queue, target_ms, unit_ms)
        return rule._replace(ahead=0) if queue in self.buckets else rule

    def at_once(self, channel: str, queue: str) -> AtOnce:
        """How many are asked at once; where a channel accepts by itself, nobody is asked."""
        return ONE if channel in self.accepts else self.several.get(queue, ONE)

    def target_ms(self, channel: str, queue: str) -> int:
        """The wait that this queue allows on this channel."""
        return self._targets_ms.get((channel, queue), self.channels[channel].target_ms)

    def inside(
        self, requirements: tuple[AskedRequirement, ...], path: str = ""
    ) -> tuple[Requirement, ...]:
        """Requirements on known skills, in levels that count inside.

        Raises :class:`router.errors.LevelError` that names the field.
        """
        return tuple(
            [inside(one, self.scales, f"{path}[{at}]") for at, one in enumerate(requirements)]
        )

    def remembered(
        self, requirements: tuple[AskedRequirement, ...]
    ) -> tuple[Requirement, ...] | None:
        """What is asked for, if it was lately."""
        return self._asked.of(requirements).get(requirements)

    def remember(
        self, requirements: tuple[AskedRequirement, ...], asked: tuple[Requirement, ...]
    ) -> None:
        """Keep what is asked for, as many ask for the same; past a limit it is begun anew."""
        others = self._asked.of(requirements)
        if len(others) >= ASKED_MAX:
            others.clear()
        others[requirements] = asked

    def demands(self, requirements: tuple[Requirement, ...]) -> list[Demand]:
        """Requirements with the scales of their skills."""
        return [
            Demand(r.skill, r.op, r.level, r.level_max, r.hard, r.weight, self.skills[r.skill])
            for r in requirements
        ]

    def preferred(
        self, facts: tuple[HistoryFact, ...], created_ms: int
    ) -> tuple[tuple[str, int], ...]:
        """The history term of each agent whom the facts name, zeros left out, ordered by id."""
        values: dict[str, list[tuple[int, int]]] = {}
        for fact in facts:
            strength = self._strength_ppm[fact.kind] * round(fact.score * PPM) // PPM
            age_ms = 0 if fact.at_ms is None else max(0, created_ms - fact.at_ms)
            values.setdefault(fact.agent_id, []).append((strength, age_ms))
        terms = (
            (agent, history_term(v, self._half_life_ms)) for agent, v in sorted(values.items())
        )
        return tuple((agent, term) for agent, term in terms if term)


def _ms(seconds: float) -> int:
    return round(seconds * 1_000)


def _pair_weights(weights: Weights) -> PairWeights:
    return PairWeights(
        skill=round(weights.skill * 1_000),
        history=round(weights.history * 1_000),
        load=round(weights.load * 1_000),
        idle=round(weights.idle * 1_000),
        scarcity=round(weights.scarcity * 1_000),
    )


def _label_rules(first_row: int, channel: Channel) -> dict[str, LabelRule]:
    return {
        name: LabelRule(row, 1 << row, label.maximum)
        for row, (name, label) in enumerate(channel.labels.items(), first_row)
    }


def _channel_rule(row: int, channel: Channel, labels: dict[str, LabelRule]) -> ChannelRule:
    return ChannelRule(
        row=row,
        cost=channel.cost,
        maximum=channel.maximum,
        exclusive=channel.exclusive,
        offer_ttl_ms=_ms(channel.offer_ttl_s),
        wrap_up_ms=_ms(channel.wrap_up_s),
        wrap_up=channel.wrap_up,
        interrupts=frozenset(channel.interrupts),
        target_ms=_ms(channel.target_s),
        light=channel.cost == 0 and not channel.exclusive,
        bit=1 << row,
        release_idle=channel.release_idle,
        wake_ms=_ms(channel.wake_within_s),
        labels=labels,
        bits=sum((label.bit for label in labels.values()), 1 << row),
    )
