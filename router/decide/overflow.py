"""Decisions before anything waits: does a queue take an arrival, and where does it go if not?"""

from __future__ import annotations

from typing import NamedTuple

from router.commands import Requirement
from router.decide.turn import Turn
from router.eligibility.plan import Packed
from router.overflow import OverflowRule, QueueOverflow

__all__ = ("Placed", "place_arrival")


class Placed(NamedTuple):
    """Where an arrival goes: its queue, those that passed it on, and the rule that turned it away
    (None: it waits in the queue)."""

    queue: str
    overflowed: tuple[str, ...] = ()
    turned_away: OverflowRule | None = None


def place_arrival(
    turn: Turn, queue: str, requirements: tuple[Requirement, ...], attributes: Packed
) -> Placed:
    """Follow the overflow of its queue, of the queue that this names, and so on.

    Where all of a circle pass it on, it waits where it belongs.
    """
    overflows = turn.world.rules.overflows
    here = queue
    overflowed: tuple[str, ...] = ()
    while (overflow := overflows.get(here)) is not None:
        rule = _holding(turn, here, overflow, requirements, attributes)
        if rule is None or rule.queue is None:
            return Placed(here, overflowed, rule)
        overflowed = (*overflowed, here)
        here = rule.queue
        if here in overflowed:
            return Placed(queue)
    return Placed(here, overflowed)


def _holding(
    turn: Turn,
    queue: str,
    overflow: QueueOverflow,
    requirements: tuple[Requirement, ...],
    attributes: Packed,
) -> OverflowRule | None:
    """The first rule of a queue that holds now."""
    index = turn.world.index
    pool: tuple[int, int] | None = None
    for rule in overflow.rules:
        when = rule.when
        if when.closed and overflow.is_closed(turn.now_ms):
            return rule
        waiting = index.waiting_in(queue)
        if when.waiting_at_least is not None and waiting >= when.waiting_at_least:
            return rule
        if when.logged_in_below is None and when.available_below is None:
            continue
        if pool is None:
            pool = index.pool(attributes, requirements)
        if pool[0] < (when.logged_in_below or 0) or pool[1] < (when.available_below or 0):
            return rule
    return None
