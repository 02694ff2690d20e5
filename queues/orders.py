"""Orders of a queue: which of its interactions comes first (docs/matching.md, "Orders").

Every order gives an interaction one key that never changes while it waits, and a unit: the wait
that makes an urgency of 1. Orders that hold across the media of a queue have one unit for all.
Where a queue has buckets, the key says in which of them an interaction stands as well.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = (
    "BUCKET_STEP_MS",
    "MINUTE_MS",
    "PRIORITY_STEP_MS",
    "WITHIN_BUCKET_MAX",
    "OrderRule",
    "by_value",
    "coarse_ms",
    "in_bucket",
    "order_rule",
)

MINUTE_MS: Final = 60_000

PRIORITY_STEP_MS: Final = 1_000 * 86_400_000
"""A point of strict priority, as waiting: a thousand days, which nothing waits."""

BUCKET_STEP_MS: Final = 30 * 10**12
"""What each bucket is ahead of the next, as waiting: almost a thousand years."""

WITHIN_BUCKET_MAX: Final = 10**13
"""Keys within a bucket lie between this and its negative, so that none reaches into the next: as a
time, in the year 2286."""


class OrderRule(NamedTuple):
    """How the interactions of one channel stand in one queue, in ms and ppm."""

    unit_ms: int
    offset_ms: int = 0
    credit: int = 0
    credit_divisor: int = 1
    newest_first: bool = False
    """Whether urgency fades."""

    sign: int = 1
    """How the origin counts: the oldest first (1), the newest (-1), or not at all (0)."""

    ahead: int | None = None
    """How many buckets come behind; None: the queue has no buckets."""

    def order_key(self, origin_ms: int, priority: int) -> int:
        """The place of an interaction: lower comes first."""
        credit = priority * self.credit // self.credit_divisor
        key = self.sign * origin_ms + self.offset_ms - credit
        return key if self.ahead is None else _bucket_key(key, self.ahead)

    def ages_like(self, other: OrderRule) -> bool:
        """Whether the urgency of equal keys is the same at all times."""
        return (self.unit_ms, self.newest_first) == (other.unit_ms, other.newest_first)


def order_rule(
    order: str, target_ms: int, priority_step: int, ageing: int, unit_ms: int = 0
) -> OrderRule:
    """The rule of a named order (KeyError for an unknown one).

    ``priority_step`` is in thousandths of a target, ``ageing`` in thousandths of a point a minute.
    ``unit_ms`` is that of urgency (0: the target): whatever it is, urgency is 1 at the target.
    """
    step = priority_step * target_ms
    unit_ms = unit_ms or target_ms
    return {
        "urgency": OrderRule(unit_ms, target_ms - unit_ms, step, 1_000),
        "priority": OrderRule(MINUTE_MS, credit=PRIORITY_STEP_MS),
        "ageing": OrderRule(MINUTE_MS, credit=MINUTE_MS * 1_000, credit_divisor=ageing),
        "deadline": OrderRule(MINUTE_MS, target_ms - MINUTE_MS, step, 1_000),
        "oldest_first": OrderRule(MINUTE_MS),
        "predicted_wait": OrderRule(MINUTE_MS),
        "newest_first": OrderRule(MINUTE_MS, newest_first=True, sign=-1),
    }[order]


def coarse_ms(target_ms: int) -> int:
    """A target rounded down to two digits.

    What differs in its unit ages otherwise, and must stand in a class of its own, of which each
    choice looks at all: however many targets interactions have, their units are 742 at most.
    """
    step = 1
    while target_ms >= 100 * step:
        step *= 10
    return target_ms // step * step


def in_bucket(rule: OrderRule, ahead: int) -> OrderRule:
    """The rule of an order in a bucket with so many behind it: there, no urgency fades."""
    return rule._replace(newest_first=False, ahead=ahead)


def by_value(value: int, ahead: int) -> OrderRule:
    """The rule of one that stands in a bucket by a value of its own, the lowest first."""
    return OrderRule(MINUTE_MS, offset_ms=value, sign=0, ahead=ahead)


def _bucket_key(key: int, ahead: int) -> int:
    return max(-WITHIN_BUCKET_MAX, min(WITHIN_BUCKET_MAX, key)) - ahead * BUCKET_STEP_MS
