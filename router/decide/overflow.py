"""Decisions on what a queue does not take: where an arrival goes instead, and the way out."""

from __future__ import annotations

from typing import NamedTuple

from router import events as ev
from router.commands import Requirement
from router.decide.offers import rescind
from router.decide.pool import Pool
from router.decide.turn import Turn
from router.eligibility.plan import Packed
from router.limits import QUEUES_PASSED_MAX
from router.overflow import OverflowRule, QueueOverflow
from router.state import Interaction

__all__ = ("Placed", "divert", "place_arrival")


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
    pool = Pool(turn, requirements, attributes)
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


def _holding(turn: Turn, queue: str, overflow: QueueOverflow, pool: Pool) -> OverflowRule | None:
    """The first rule of a queue that holds now."""
    for rule in overflow.rules:
        closed = rule.when.closed and overflow.is_closed(turn.now_ms)
        if closed or pool.reaches(rule.when, queue):
            return rule
    return None


def divert(
    turn: Turn,
    interaction: Interaction,
    target: str,
    inbox: str,
    rule: str,
    step: int = 0,
    attempts: int = 0,
) -> None:
    """Send a waiting interaction out, by an overflow rule or a step of this name, or after so many
    attempts; whoever was asked just then is not to answer any more."""
    rescind(turn, interaction.offers, "diverted")
    turn.emit(
        ev.InteractionDiverted(
            cause=turn.cause,
            interaction_id=interaction.interaction_id,
            target=target,
            inbox=inbox,
            rule=rule,
            waited_ms=turn.now_ms - interaction.origin_ms,
            step=step,
            attempts=attempts,
        )
    )
