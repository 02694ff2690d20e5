"""Overflow by the page (docs/overflow.md): by the clock, and by counting everybody."""

from __future__ import annotations

from typing import NamedTuple

from router.policy import When
from tests.oracle.floor import Floor
from tests.oracle.hours import is_open
from tests.oracle.matching import has_hard_skills
from tests.oracle.metrics import holds
from tests.oracle.things import Interaction


class Way(NamedTuple):
    """The queue it comes to, those before it, and what becomes of it there: (kind, what, rule)."""

    queue: str
    before: tuple[str, ...]
    end: tuple[str, str, str]


def way_of(floor: Floor, arrival: Interaction, now_ms: int) -> Way:
    """Where what arrives for ``arrival.queue`` goes, by the policy in force."""
    queues = floor.in_force.policy.queues
    passed = [arrival.queue]
    while True:
        here = passed[-1]
        holding = [
            (rule, rule.name or f"#{number}")
            for number, rule in enumerate(queues[here].overflow, 1)
            if _holds(floor, here, rule.when, arrival, now_ms)
        ]
        if not holding:
            return Way(here, tuple(passed[:-1]), ("waits", "", ""))
        rule, name = holding[0]
        if rule.divert:
            return Way(here, tuple(passed[:-1]), ("diverted", rule.divert, name))
        if rule.refuse:
            return Way(here, tuple(passed[:-1]), ("refused", rule.refuse, name))
        further = rule.queue or _shortest(floor, rule.shortest_of, arrival, now_ms)
        if further == here:
            return Way(here, tuple(passed[:-1]), ("waits", "", ""))
        if further in passed or len(passed) > 10:
            return Way(arrival.queue, (), ("waits", "", ""))
        passed.append(further)


def _shortest(floor: Floor, queues: list[str], arrival: Interaction, now_ms: int) -> str:
    waits: list[tuple[float, int, str]] = []
    for place, queue in enumerate(queues):
        others = [i for i in floor.queued() if i.interaction_id != arrival.interaction_id]
        ahead = sum(i.queue == queue for i in others)
        wait = floor.lines.wait_at(queue, ahead + 1, now_ms)
        unknown = float("inf") if wait is None else wait[0]
        waits.append((unknown if ahead else 0, place, queue))
    return min(waits)[2]


def _holds(floor: Floor, queue: str, when: When, arrival: Interaction, now_ms: int) -> bool:
    policy = floor.in_force.policy
    hours = policy.queues[queue].hours
    if when.closed and hours and not is_open(policy.hours[hours], now_ms):
        return True
    able = [a for a in floor.logged_in() if has_hard_skills(floor.in_force, a, arrival)]
    return holds(floor, when, queue, able, now_ms, but=arrival.interaction_id)
