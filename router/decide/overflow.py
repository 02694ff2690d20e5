"""Decisions on what a queue does not take: where an arrival goes instead, and the way out."""

from __future__ import annotations

from math import inf
from typing import NamedTuple

from router import events as ev
from router.commands import Requirement
from router.decide.metrics import holds
from router.decide.offers import rescind
from router.decide.pool import Pool
from router.decide.turn import Turn
from router.decide.waits import wait_at
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
        if rule is None:
            return Placed(here, overflowed)
        further = _shortest(turn, rule.shortest_of) if rule.shortest_of else rule.queue
        if further is None:
            return Placed(here, overflowed, rule)
        if further == here:
            return Placed(here, overflowed)
        overflowed = (*overflowed, here)
        here = further
        if here in overflowed or len(overflowed) > QUEUES_PASSED_MAX:
            return Placed(queue)
    return Placed(here, overflowed)


def _holding(turn: Turn, queue: str, overflow: QueueOverflow, pool: Pool) -> OverflowRule | None:
    """The first rule of a queue that holds now."""
    for rule in overflow.rules:
        closed = rule.when.closed and overflow.is_closed(turn.now_ms)
        if closed or holds(turn, rule.when, queue, pool):
            return rule
    return None


def _shortest(turn: Turn, queues: tuple[str, ...]) -> str:
    """The queue of these in which it is expected to wait for the shortest time, the first of
    equals."""
    return min(queues, key=lambda queue: _wait_ms(turn, queue))


def _wait_ms(turn: Turn, queue: str) -> float:
    """How long who comes now will wait there: not at all behind nobody, and nobody knows how long
    where too little is known."""
    ahead = turn.world.index.waiting_in(queue)
    if not ahead:
        return 0
    wait = wait_at(turn, queue, ahead + 1)
    return inf if wait is None else wait.wait_ms


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
