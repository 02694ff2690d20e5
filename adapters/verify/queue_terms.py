"""A queue's order and strategy, and their formulas in docs/matching.md.

Written from that page alone, like terms.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, Protocol

from adapters.verify.buckets import (
    BUCKET_STEP_MS,
    WITHIN_BUCKET_MAX,
    Bucket,
    bucket_of,
    read_buckets,
)

__all__ = (
    "ONE_PPM",
    "PREDICTED",
    "SHARE_STRIDE",
    "Place",
    "QueueTerms",
    "Standing",
    "Terms",
    "Weights",
    "drawn",
    "positive",
    "read_queue",
    "read_weights",
    "thousandths",
)

ONE_PPM: Final = 1_000_000
SHARE_STRIDE: Final = 1_000_000_000

_MINUTE_MS: Final = 60_000
_PRIORITY_MS: Final = 86_400_000_000
_OTHER_PAIR_PPM: Final = 500_000
_2_64: Final = 1 << 64
_TURNS: Final = ("round_robin", "target_share", "random", "by_attributes")

PREDICTED: Final = "predicted_wait"
_FADING: Final = "newest_first"
_ORDERS: Final = frozenset(
    ("urgency", "priority", "ageing", "deadline", "oldest_first", "newest_first", PREDICTED)
)


class Weights(NamedTuple):
    """Weights of the pair score, in thousandths."""

    skill: int = 0
    history: int = 0
    load: int = 0
    idle: int = 0
    scarcity: int = 0
    spare: int = 0


class Terms(NamedTuple):
    """The terms of one pair, in ppm; spare counts units as ppm."""

    skill: int
    history: int
    load: int
    idle: int
    scarcity: int
    spare: int = 0


_STRATEGIES: Final[Mapping[str, Weights]] = {
    "longest_idle": Weights(),
    "least_loaded": Weights(load=1_000),
    "most_spare_capacity": Weights(spare=1_000),
    "round_robin": Weights(),
    "best_skill": Weights(skill=1_000),
    "least_adequate_skill": Weights(skill=1_000),
    "closest_match": Weights(skill=1_000),
    "match_score": Weights(skill=1_000),
    "target_share": Weights(),
    "random": Weights(),
    "by_attributes": Weights(),
}
"""Every strategy but ``score``, whose weights the policy gives."""


class _InTurn(Protocol):
    @property
    def agent_id(self) -> str: ...
    @property
    def attributes(self) -> Mapping[str, Any]: ...
    @property
    def idle_since_ms(self) -> int: ...
    @property
    def last_offer(self) -> int: ...
    @property
    def share_pass(self) -> int: ...


class Standing(NamedTuple):
    """What decides where an interaction comes in its queue."""

    channel: str
    queue: str
    priority: int
    origin_ms: int
    facts: Callable[[], Mapping[str, Any]] = dict
    """What expressions read of it."""
    target_ms: int = 0
    """Its own target; 0: it has none."""


class Place(NamedTuple):
    """Where an interaction comes: the lowest key first, and its urgency by the unit."""

    order_key: int
    unit_ms: int
    fades: bool = False

    def urgency_ppm(self, now_ms: int) -> int:
        """How urgent it is."""
        if self.fades:
            return (ONE_PPM * self.unit_ms) // (self.unit_ms + max(0, now_ms + self.order_key))
        return ((now_ms - self.order_key) * ONE_PPM) // self.unit_ms


class QueueTerms(NamedTuple):
    """One queue of a policy; ``ageing_points`` in thousandths of a point a minute."""

    targets_ms: Mapping[str, int]
    order: str
    ageing_points: int
    strategy: str
    weights: Weights
    workflow: str = ""
    at_once: int = 1
    """How many agents are asked at once, at most, and at least."""
    at_least: int = 1
    rescue: tuple[str, int] | None = None
    """Where an interaction goes, and after how many offers that have failed."""
    order_by: tuple[tuple[str, bool], ...] = ()
    """Attributes of agents, and whether the highest comes first."""
    buckets: tuple[Bucket, ...] = ()

    @property
    def is_weighed(self) -> bool:
        """Whether the pair score counts when interactions are compared."""
        return self.order == "urgency" and not self.buckets and any(self.weights[:5])

    @property
    def turn_rule(self) -> str:
        """What decides between equal scores, as long as it differs."""
        return self.strategy if self.strategy in _TURNS else "longest_idle"

    def turn(self, agent: _InTurn, offer: int) -> tuple[int, ...]:
        """The agent with the lowest comes first among equals, at the offer of this number."""
        match self.turn_rule:
            case "round_robin":
                return (agent.last_offer,)
            case "target_share":
                return (agent.share_pass,)
            case "random":
                return (drawn(agent.agent_id, offer),)
            case _:
                return (*self.standing(agent), agent.idle_since_ms)

    def standing(self, agent: _InTurn) -> tuple[int, ...]:
        """The agent's place by each attribute that comes before idle time."""
        return tuple(
            _place(agent.attributes.get(name), descending=down) for name, down in self.order_by
        )

    def tie_break(self, better: tuple[int, ...], other: tuple[int, ...]) -> str:
        """What decides between two turns of agents who score the same."""
        if better == other:
            return "agent_id"
        before = len(self.order_by)
        return "longest_idle" if before and better[:before] == other[:before] else self.turn_rule

    def place(self, one: Standing, allowed_ms: int, step: int) -> Place:
        """Where an interaction comes, where its queue allows so much and ``step`` is the policy's
        priority_step."""
        target_ms, unit_ms = one.target_ms or allowed_ms, _MINUTE_MS
        key = self._key(self.order, one, target_ms, step)
        if self.order == "urgency":
            unit_ms = target_ms if target_ms == allowed_ms else _two_digits(target_ms)
            key += target_ms - unit_ms
        own = Place(key, unit_ms, self.order == _FADING)
        if not self.buckets:
            return own
        facts = one.facts()
        bucket, ahead = bucket_of(self.buckets, facts)
        if bucket is None:
            return own._replace(order_key=_within(own.order_key))
        if bucket.attribute:
            key = bucket.value(facts)
        else:
            key = self._key(bucket.order, one, target_ms, step)
        return Place(_within(key) - ahead * BUCKET_STEP_MS, _MINUTE_MS)

    def _key(self, order: str, one: Standing, target_ms: int, step: int) -> int:
        if order == _FADING:
            return -one.origin_ms
        if order in {"oldest_first", PREDICTED}:
            return one.origin_ms
        if order == "priority":
            return one.origin_ms - one.priority * _PRIORITY_MS
        if order == "ageing":
            return one.origin_ms - (one.priority * _MINUTE_MS * 1_000) // self.ageing_points
        credited_ms = one.origin_ms - (one.priority * step * target_ms) // 1_000
        return credited_ms + (target_ms - _MINUTE_MS if order == "deadline" else 0)

    def pair_ppm(self, terms: Terms) -> int:
        """The pair score."""
        total = sum(w * term for w, term in zip(self.weights, terms, strict=True))
        return total // (sum(self.weights) or 1)

    def match_ppm(self, pair_ppm: int) -> int:
        """What a pair score adds to a value."""
        return pair_ppm if self.is_weighed else _OTHER_PAIR_PPM


def read_queue(queue: Mapping[str, Any], weights: Weights) -> QueueTerms:
    """A queue of a policy document; ``weights`` are those of the policy.

    Raises ValueError, TypeError or KeyError for what cannot be one.
    """
    targets_s = queue.get("targets_s") or {}
    strategy, order = queue.get("strategy", "score"), queue.get("order", "urgency")
    if order not in _ORDERS:
        raise ValueError(f"there is no order {order!r}")
    if strategy != "score":
        weights = _STRATEGIES[strategy]
    elif queue.get("weights"):
        weights = read_weights(queue["weights"])
    return QueueTerms(
        targets_ms={name: positive(thousandths(target)) for name, target in targets_s.items()},
        order=order,
        ageing_points=positive(thousandths(queue.get("ageing_points_per_minute", 1.0))),
        strategy=strategy,
        weights=weights,
        workflow=queue.get("workflow") or "",
        at_once=positive(int(queue.get("offers_at_once", 1))),
        at_least=positive(int(queue.get("offers_at_least", 1))),
        rescue=_read_rescue(queue.get("rescue")),
        order_by=_read_order_by(queue),
        buckets=read_buckets(queue.get("buckets") or ()),
    )


def _read_order_by(queue: Mapping[str, Any]) -> tuple[tuple[str, bool], ...]:
    if queue.get("strategy") != "by_attributes":
        return ()
    return tuple((str(one["attribute"]), bool(one.get("descending"))) for one in queue["order_by"])


def _place(value: Any, *, descending: bool) -> int:
    """What is no whole number up to 2^53 comes after all that are."""
    if type(value) is not int or abs(value) > 1 << 53:
        return 1 << 60
    return -value if descending else value


def drawn(agent_id: str, offer: int) -> int:
    """What an offer draws for an agent: SplitMix64, begun at the FNV-1a of the id."""
    state = 0xCBF29CE484222325
    for byte in agent_id.encode("utf-8", "surrogatepass"):
        state = (state ^ byte) * 0x100000001B3 % _2_64
    state = (state + offer * 0x9E3779B97F4A7C15) % _2_64
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        state = (state ^ (state >> shift)) * factor % _2_64
    return (state ^ (state >> 31)) // 2


def _read_rescue(rescue: Mapping[str, Any] | None) -> tuple[str, int] | None:
    if rescue is None:
        return None
    return str(rescue["queue"]), positive(int(rescue["after_declines"]))


def read_weights(weights: Mapping[str, Any]) -> Weights:
    """Weights of a policy document. Raises ValueError when none is above 0."""
    found = Weights(
        skill=thousandths(weights.get("skill", 4.0)),
        history=thousandths(weights.get("history", 3.0)),
        load=thousandths(weights.get("load", 2.0)),
        idle=thousandths(weights.get("idle", 1.0)),
        scarcity=thousandths(weights.get("scarcity", 0.0)),
    )
    positive(sum(found))
    return found


def _two_digits(number: int) -> int:
    """A number rounded down to its first two digits."""
    digits = str(number)
    return int(digits[:2] + "0" * (len(digits) - 2))


def _within(key: int) -> int:
    """A key that reaches into no other bucket."""
    return max(-WITHIN_BUCKET_MAX, min(WITHIN_BUCKET_MAX, key))


def thousandths(value: float) -> int:
    """Seconds as ms, weights as thousandths."""
    return round(value * 1000)


def positive(value: int) -> int:
    """The value itself. Raises ValueError when it is not above 0."""
    if value <= 0:
        message = f"{value} where a number above 0 must be"
        raise ValueError(message)
    return value
