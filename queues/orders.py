"""Orders of a queue: which of its interactions comes first (docs/matching.md, "Orders").

Every order gives an interaction one key that never changes while it waits, and a unit: the wait
that makes an urgency of 1. Orders that hold across the media of a queue have one unit for all.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ("MINUTE_MS", "PRIORITY_STEP_MS", "OrderRule", "order_rule")

MINUTE_MS: Final = 60_000

PRIORITY_STEP_MS: Final = 1_000 * 86_400_000
"""A point of strict priority, as waiting: a thousand days, which nothing waits."""


class OrderRule(NamedTuple):
    """How the interactions of one channel stand in one queue, in ms and ppm."""

    unit_ms: int
    offset_ms: int = 0
    credit: int = 0
    credit_divisor: int = 1
    newest_first: bool = False

    def order_key(self, origin_ms: int, priority: int) -> int:
        """The place of an interaction: lower comes first."""
        if self.newest_first:
            return -origin_ms
        return origin_ms + self.offset_ms - priority * self.credit // self.credit_divisor


def order_rule(order: str, target_ms: int, priority_step: int, ageing: int) -> OrderRule:
    """The rule of a named order (KeyError for an unknown one).

    ``priority_step`` is in thousandths of a target, ``ageing`` in thousandths of a point a minute.
    """
    step = priority_step * target_ms
    return {
        "urgency": OrderRule(target_ms, credit=step, credit_divisor=1_000),
        "priority": OrderRule(MINUTE_MS, credit=PRIORITY_STEP_MS),
        "ageing": OrderRule(MINUTE_MS, credit=MINUTE_MS * 1_000, credit_divisor=ageing),
        "deadline": OrderRule(MINUTE_MS, target_ms - MINUTE_MS, step, 1_000),
        "oldest_first": OrderRule(MINUTE_MS),
        "newest_first": OrderRule(MINUTE_MS, newest_first=True),
    }[order]
