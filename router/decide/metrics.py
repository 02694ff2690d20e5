"""Metrics: whether the bounds of a condition hold now (docs/groups.md#conditions)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from queues.service_levels import share_ppm
from router.decide.pool import Pool, pool_of
from router.decide.turn import Turn
from router.decide.waits import wait_at
from router.policy.bounds import Bounds

__all__ = ("all_hold", "holds")

PPM: Final = 1_000_000


def all_hold(turn: Turn, conditions: Iterable[Bounds], queue: str) -> bool:
    """Whether of each of these, which name whom they count, any bound holds for a queue."""
    return all(holds(turn, bounds, queue, None) for bounds in conditions)


def holds(turn: Turn, bounds: Bounds, queue: str, able: Pool | None) -> bool:
    """Whether any of the bounds holds for a queue (or for that which they name), and for agents who
    are ``able`` (or of the pool that they name)."""
    read = queue if bounds.queue is None else bounds.queue
    return (
        _by_length(turn, bounds, read)
        or _by_age(turn, bounds, read)
        or _by_estimate(turn, bounds, read)
        or _by_service_level(turn, bounds, read)
        or _by_agents(turn, bounds, able)
    )


def _by_length(turn: Turn, bounds: Bounds, queue: str) -> bool:
    least, below = bounds.waiting_at_least, bounds.waiting_below
    if least is None and below is None:
        return False
    waiting = turn.world.index.waiting_in(queue)
    return (least is not None and waiting >= least) or (below is not None and waiting < below)


def _by_age(turn: Turn, bounds: Bounds, queue: str) -> bool:
    above_s, below_s = bounds.longest_wait_above_s, bounds.longest_wait_below_s
    if above_s is None and below_s is None:
        return False
    oldest_ms = turn.world.index.oldest_ms(queue)
    if oldest_ms is None:
        return below_s is not None
    return _is_beyond(turn.now_ms - oldest_ms, above_s, below_s)


def _by_estimate(turn: Turn, bounds: Bounds, queue: str) -> bool:
    """Of who stands last in the queue; where nobody does, there is nothing to wait for."""
    above_s, below_s = bounds.estimated_wait_above_s, bounds.estimated_wait_below_s
    if above_s is None and below_s is None:
        return False
    last = turn.world.index.waiting_in(queue)
    if not last:
        return below_s is not None
    wait = wait_at(turn, queue, last)
    return wait is not None and _is_beyond(wait.wait_ms, above_s, below_s)


def _by_service_level(turn: Turn, bounds: Bounds, queue: str) -> bool:
    below, least = bounds.service_level_below, bounds.service_level_at_least
    if below is None and least is None:
        return False
    found = share_ppm(turn.world.state.outcomes.get(queue), turn.now_ms)
    if found is None:
        return False
    return (below is not None and found < round(below * PPM)) or (
        least is not None and found >= round(least * PPM)
    )


def _by_agents(turn: Turn, bounds: Bounds, able: Pool | None) -> bool:
    if not bounds.counts_agents:
        return False
    pool = able if bounds.pool is None else pool_of(turn, bounds.pool)
    return pool is not None and pool.reaches(bounds)


def _is_beyond(wait_ms: int, above_s: float | None, below_s: float | None) -> bool:
    return (above_s is not None and wait_ms > round(above_s * 1_000)) or (
        below_s is not None and wait_ms < round(below_s * 1_000)
    )
