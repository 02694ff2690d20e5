"""Conditions of a policy: do the bounds hold at this moment, as far as a journal can tell?

Written from docs/groups.md alone. Agents are counted where a pool is named; of those who could
serve one interaction nothing is said (None).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from adapters.verify.picture import Picture
from adapters.verify.queue_terms import ONE_PPM, thousandths
from adapters.verify.terms import Held, PolicyTerms, meets, read_requirements

__all__ = ("Bounds", "Verdict", "all_hold", "holds")

Bounds: TypeAlias = Mapping[str, Any]
Verdict: TypeAlias = bool | None
"""Whether something holds; None: that cannot be told here."""

_COMPARED_MAX: Final = 1_000
"""The oldest among more is looked for in thorough mode only."""

_AGENTS: Final = (
    "logged_in_below",
    "available_below",
    "available_at_least",
    "idle_below",
    "idle_at_least",
)


def all_hold(picture: Picture, conditions: Iterable[Bounds], queue: str) -> Verdict:
    """Whether all of these hold."""
    found = [holds(picture, bounds, queue) for bounds in conditions]
    return False if False in found else None if None in found else True


def holds(picture: Picture, bounds: Bounds, queue: str, but: str = "") -> Verdict:
    """Whether any of the bounds holds; ``but``: were it not for this interaction."""
    found = [*_of_queue(picture, bounds, bounds.get("queue") or queue, but)]
    found += _of_agents(picture, bounds)
    found += [None] if bounds.get("closed") else []
    return True if True in found else None if None in found else False


def _of_queue(picture: Picture, bounds: Bounds, queue: str, but: str) -> Iterator[Verdict]:
    line, now_ms = picture.lines.of(queue), picture.now_ms
    waiting = len(line.waiting) - (but in line.waiting)
    least, below = bounds.get("waiting_at_least"), bounds.get("waiting_below")
    yield least is not None and waiting >= least
    yield below is not None and waiting < below
    if _gives(bounds, "longest_wait_above_s", "longest_wait_below_s"):
        yield _longest(picture, bounds, queue, but)
    if _gives(bounds, "estimated_wait_above_s", "estimated_wait_below_s"):
        wait = line.wait(waiting, now_ms) if waiting else None
        wait_ms = (0 if not waiting else None) if wait is None else wait.wait_ms
        yield wait_ms is not None and _is_beyond(bounds, "estimated_wait", wait_ms, waiting)
    share = picture.levels.share_ppm(queue, now_ms)
    if share is not None:
        below, least = bounds.get("service_level_below"), bounds.get("service_level_at_least")
        yield below is not None and share < round(below * ONE_PPM)
        yield least is not None and share >= round(least * ONE_PPM)


def _longest(picture: Picture, bounds: Bounds, queue: str, but: str) -> Verdict:
    line = picture.lines.of(queue)
    if len(line.waiting) > _COMPARED_MAX and not picture.thorough:
        return None
    origins = [picture.interactions[one].origin_ms for one in line.waiting if one != but]
    wait_ms = picture.now_ms - min(origins, default=picture.now_ms)
    return _is_beyond(bounds, "longest_wait", wait_ms, len(origins))


def _is_beyond(bounds: Bounds, metric: str, wait_ms: int, waiting: int) -> bool:
    above_s, below_s = bounds.get(f"{metric}_above_s"), bounds.get(f"{metric}_below_s")
    if above_s is not None and waiting and wait_ms > thousandths(above_s):
        return True
    return below_s is not None and (not waiting or wait_ms < thousandths(below_s))


def _of_agents(picture: Picture, bounds: Bounds) -> Iterator[Verdict]:
    if not _gives(bounds, *_AGENTS):
        return
    policy, pool = picture.policy, bounds.get("pool")
    if policy is None or pool is None:
        yield None
        return
    logged_in, available, idle = _counts(picture, policy, pool)
    yield logged_in < (bounds.get("logged_in_below") or 0)
    yield available < (bounds.get("available_below") or 0)
    yield idle < (bounds.get("idle_below") or 0)
    for count, name in ((available, "available_at_least"), (idle, "idle_at_least")):
        yield bounds.get(name) is not None and count >= bounds[name]


def _counts(picture: Picture, policy: PolicyTerms, pool: str) -> tuple[int, int, int]:
    """Agents of a pool: logged in, available, and idle."""
    asked = read_requirements([policy.membership.pools[pool]])
    members = [
        agent
        for agent in picture.floor.agents.values()
        if agent.logged_in
        and all(meets(Held(agent.skills, agent.attributes, policy.levels), one) for one in asked)
    ]
    free = [agent for agent in members if agent.available]
    return len(members), len(free), sum(not agent.used for agent in free)


def _gives(bounds: Bounds, *names: str) -> bool:
    return any(bounds.get(name) is not None for name in names)
