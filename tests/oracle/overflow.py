"""Overflow by the page (docs/overflow.md): minute by minute, and by counting everybody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from router.policy import Hours, When
from tests.oracle.floor import Floor
from tests.oracle.matching import has_hard_skills
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
        assert rule.queue is not None
        if rule.queue in passed or len(passed) > 10:
            return Way(arrival.queue, (), ("waits", "", ""))
        passed.append(rule.queue)


def _holds(floor: Floor, queue: str, when: When, arrival: Interaction, now_ms: int) -> bool:
    policy = floor.in_force.policy
    hours = policy.queues[queue].hours
    if when.closed and hours and not is_open(policy.hours[hours], now_ms):
        return True
    others = [i for i in floor.queued() if i.interaction_id != arrival.interaction_id]
    waiting = [i for i in others if i.queue == queue]
    if when.waiting_at_least and len(waiting) >= when.waiting_at_least:
        return True
    if floor.lines.is_longer(queue, len(waiting), when.estimated_wait_above_s, now_ms):
        return True
    able = [a for a in floor.logged_in() if has_hard_skills(floor.in_force, a, arrival)]
    if when.logged_in_below and len(able) < when.logged_in_below:
        return True
    free = [agent for agent in able if agent.state == "available"]
    return bool(when.available_below and len(free) < when.available_below)


def is_open(hours: Hours, now_ms: int) -> bool:
    """Whether the clock on the wall shows a minute of this or of last night's ranges."""
    wall = datetime.fromtimestamp(now_ms / 1_000, UTC).astimezone(ZoneInfo(hours.zone))
    clock = wall.strftime("%H:%M")
    for begin, end in _ranges(hours, wall):
        if begin <= clock and (clock < end or end <= begin):
            return True
    return any(end <= begin and clock < end for begin, end in _ranges(hours, wall, days_ago=1))


def _ranges(hours: Hours, wall: datetime, days_ago: int = 0) -> list[tuple[str, str]]:
    day = wall.date() - timedelta(days=days_ago)
    if day.isoformat() in hours.holidays:
        return []
    by_name = {str(name): texts for name, texts in hours.week.items()}
    usual = by_name.get(day.strftime("%a").lower(), [])
    texts = hours.dates.get(day.isoformat(), usual)
    return [(text[:5], text[6:]) for text in texts]
