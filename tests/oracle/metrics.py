"""Conditions by the page (docs/groups.md#conditions): by counting everybody and all that waits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from router.commands import Requirement
from router.policy import Bounds
from tests.oracle.conditions import meets
from tests.oracle.floor import Floor
from tests.oracle.things import Agent, Interaction

NOBODY = Interaction("", "", "", 0, 0, 0, (), {}, frozenset(), {})


def all_hold(floor: Floor, conditions: Iterable[Bounds], queue: str, now_ms: int) -> bool:
    """Whether each of these holds, which name whom they count."""
    return all(holds(floor, bounds, queue, (), now_ms) for bounds in conditions)


def holds(
    floor: Floor,
    bounds: Bounds,
    queue: str,
    able: Sequence[Agent],
    now_ms: int,
    *,
    but: str = "",
) -> bool:
    """Whether any of the bounds holds, for the agents who are able; ``but``: all that wait without
    this one."""
    queue = bounds.queue or queue
    there = [i for i in floor.queued() if i.queue == queue and i.interaction_id != but]
    return any(_queue_bounds(floor, bounds, queue, there, now_ms)) or any(
        _agent_bounds(bounds, _members(floor, bounds.pool) if bounds.pool else able)
    )


def _queue_bounds(
    floor: Floor, bounds: Bounds, queue: str, there: list[Interaction], now_ms: int
) -> list[bool]:
    longest_ms = now_ms - min((i.origin_ms for i in there), default=now_ms)
    wait = floor.lines.wait_at(queue, len(there), now_ms) if there else (0, 0, 0)
    share = floor.levels.share(queue, now_ms)
    found = [
        bounds.waiting_at_least is not None and len(there) >= bounds.waiting_at_least,
        bounds.waiting_below is not None and len(there) < bounds.waiting_below,
        bool(there) and _above(longest_ms, bounds.longest_wait_above_s),
        not there and bounds.longest_wait_below_s is not None,
        _below(longest_ms, bounds.longest_wait_below_s),
    ]
    if wait is not None:
        found.append(bool(there) and _above(wait[0], bounds.estimated_wait_above_s))
        found.append(_below(wait[0], bounds.estimated_wait_below_s))
    if share is not None:
        below, least = bounds.service_level_below, bounds.service_level_at_least
        found.append(below is not None and share < round(below * 1_000_000))
        found.append(least is not None and share >= round(least * 1_000_000))
    return found


def _agent_bounds(bounds: Bounds, able: Sequence[Agent]) -> list[bool]:
    free = [agent for agent in able if agent.state == "available"]
    idle = [agent for agent in free if not agent.used]
    return [
        len(able) < (bounds.logged_in_below or 0),
        len(free) < (bounds.available_below or 0),
        len(idle) < (bounds.idle_below or 0),
        bounds.available_at_least is not None and len(free) >= bounds.available_at_least,
        bounds.idle_at_least is not None and len(idle) >= bounds.idle_at_least,
    ]


def _members(floor: Floor, name: str) -> list[Agent]:
    rules = floor.in_force
    asked: tuple[Requirement, ...] = rules.pool(name)
    return [a for a in floor.logged_in() if all(meets(rules, r, a, NOBODY) for r in asked)]


def _above(wait_ms: int, bound_s: float | None) -> bool:
    return bound_s is not None and wait_ms > round(bound_s * 1_000)


def _below(wait_ms: int, bound_s: float | None) -> bool:
    return bound_s is not None and wait_ms < round(bound_s * 1_000)
