"""A queue's order and strategy, and their formulas in docs/matching.md.

Written from that page alone, like terms.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Protocol

__all__ = (
    "ONE_PPM",
    "SHARE_STRIDE",
    "QueueTerms",
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

_ORDERS: Final = frozenset(
    ("urgency", "priority", "ageing", "deadline", "oldest_first", "newest_first")
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

    @property
    def is_weighed(self) -> bool:
        """Whether the pair score counts when interactions are compared."""
        return self.order == "urgency" and any(self.weights[:5])

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

    def order_key(self, origin_ms: int, priority: int, target_ms: int, step: int) -> int:
        """The interaction with the lowest comes first; ``step`` is the policy's priority_step."""
        if self.order == "newest_first":
            return -origin_ms
        if self.order == "oldest_first":
            return origin_ms
        if self.order == "priority":
            return origin_ms - priority * _PRIORITY_MS
        if self.order == "ageing":
            return origin_ms - (priority * _MINUTE_MS * 1_000) // self.ageing_points
        credited_ms = origin_ms - (priority * step * target_ms) // 1_000
        return credited_ms + (target_ms - _MINUTE_MS if self.order == "deadline" else 0)

    def urgency_ppm(self, order_key: int, target_ms: int, now_ms: int) -> int:
        """How urgent an interaction of this place is."""
        if self.order == "newest_first":
            return (ONE_PPM * _MINUTE_MS) // (_MINUTE_MS + max(0, now_ms + order_key))
        unit_ms = target_ms if self.order == "urgency" else _MINUTE_MS
        return ((now_ms - order_key) * ONE_PPM) // unit_ms

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


def thousandths(value: float) -> int:
    """Seconds as ms, weights as thousandths."""
    return round(value * 1000)


def positive(value: int) -> int:
    """The value itself. Raises ValueError when it is not above 0."""
    if value <= 0:
        message = f"{value} where a number above 0 must be"
        raise ValueError(message)
    return value
