"""Decisions before anything waits: does a queue take an arrival, and where does it go if not?"""

from __future__ import annotations

from typing import NamedTuple

from router.commands import Requirement
from router.decide.turn import Turn
from router.eligibility.plan import Packed
from router.limits import QUEUES_PASSED_MAX
from router.overflow import OverflowRule, QueueOverflow
from router.policy import When

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

    Where all of a circle pass it on, it waits where it belongs; so does what would be passed on
    more often than allowed.
    """
    overflows = turn.world.rules.overflows
    pool = _Pool(turn, requirements, attributes)
    here = queue
    overflowed: tuple[str, ...] = ()
    while (overflow := overflows.get(here)) is not None:
        rule = _holding(turn, here, overflow, pool)
        if rule is None or rule.queue is None:
            return Placed(here, overflowed, rule)
        overflowed = (*overflowed, here)
        here = rule.queue
        if here in overflowed or len(overflowed) > QUEUES_PASSED_MAX:
            return Placed(queue)
    return Placed(here, overflowed)


class _Pool:
    """The agents who could serve an arrival, counted when they are first asked for."""

    def __init__(
        self, turn: Turn, requirements: tuple[Requirement, ...], attributes: Packed
    ) -> None:
        self._turn = turn
        self._asked = (attributes, requirements)
        self._counts: tuple[int, int] | None = None

    def is_below(self, when: When) -> bool:
        """Whether fewer are logged in, or available, than a rule wants."""
        if when.logged_in_below is None and when.available_below is None:
            return False
        if self._counts is None:
            self._counts = self._turn.world.index.pool(*self._asked)
        logged_in, available = self._counts
        return logged_in < (when.logged_in_below or 0) or available < (when.available_below or 0)


def _holding(turn: Turn, queue: str, overflow: QueueOverflow, pool: _Pool) -> OverflowRule | None:
    """The first rule of a queue that holds now."""
    waiting = turn.world.index.waiting_in(queue)
    for rule in overflow.rules:
        when = rule.when
        if (
            (when.closed and overflow.is_closed(turn.now_ms))
            or (when.waiting_at_least is not None and waiting >= when.waiting_at_least)
            or pool.is_below(when)
        ):
            return rule
    return None
