"""Figures: what the statistics say at one moment, as plain values.

Of a time that goes on, each group's counts stand under the names of the windows, ``interval`` and
``day``; of an interval that is over, they stand beside the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeAlias

from adapters.statistics.grouping import AGENT, SKILL, Grouping
from adapters.statistics.staff import Staff
from adapters.statistics.staffing import Agent, Staffing
from adapters.statistics.statistics import Statistics
from adapters.statistics.waiting import Group
from adapters.statistics.windows import Bounds, Windows
from router.lifecycle import AgentStatus

__all__ = ("Figures", "Moment", "figures_at")

Figures: TypeAlias = dict[str, Any]

OFTEN_TOLD_MAX: Final = 10
"""Interactions that are named of those that were declined often."""


class Moment:
    """What can be said of groups and agents, as of a moment and since the windows began."""

    def __init__(self, names: tuple[str, ...], now_ms: int, bounds: Bounds) -> None:
        self._names = names
        self._now_ms = now_ms
        self.bounds = bounds

    def group(self, group: Group) -> Figures:
        """Where the interactions of a group stand, and what became of others."""
        in_time = group.waiting - group.overdue
        return {
            "waiting": group.waiting,
            "longest_wait_s": group.longest_ms(self._now_ms) / 1_000,
            "overdue": group.overdue,
            "service_level_now": in_time / group.waiting if group.waiting else None,
            "suspended": group.suspended,
            "with_agents": group.with_agents,
            "in_wrap_up": group.in_wrap_up,
            **self._windowed([tally.as_json() for tally in group.tallies.at(self.bounds)]),
        }

    def staff(self, staff: Staff) -> Figures:
        """How many agents are available, and what the time of all was spent on."""
        times = staff.times(self._now_ms, self.bounds)
        return {"available": staff.available, **self._windowed(times)}

    def everybody(self, staff: Staff) -> Figures:
        """All agents, and how they stand."""
        return {
            "by_status": staff.by_status(),
            "by_activity": staff.by_activity(),
            "working": staff.busy.value,
            **self.staff(staff),
        }

    def agent(self, agent: Agent) -> Figures:
        """One agent: how they stand, what their time was spent on, and what they did."""
        times = agent.own.times(self._now_ms, self.bounds)
        done = [handling.as_json() for handling in agent.handling.at(self.bounds)]
        return {
            "status": agent.status.value,
            "status_from_ms": agent.since_ms,
            "activity": agent.activity,
            "in_hand": agent.items,
            "is_signed_in": agent.status is not AgentStatus.OFFLINE,
            **self._windowed([one | other for one, other in zip(times, done, strict=True)]),
        }

    def rows(self, statistics: Statistics, by: Grouping, *, quiet: bool) -> Iterator[Figures]:
        """A row for each group, or each agent, in the order of their names; also for those of whom
        there is nothing to tell, if ``quiet``."""
        if by == AGENT:
            yield from self._agents(statistics.staffing, quiet=quiet)
        elif by == SKILL:
            yield from self._skills(statistics, quiet=quiet)
        elif by:
            for key, group in sorted(statistics.groupings[by].known.items()):
                if quiet or not group.is_quiet(self.bounds):
                    yield {**dict(zip(by, key, strict=True)), **self.group(group)}

    def _agents(self, staffing: Staffing, *, quiet: bool) -> Iterator[Figures]:
        for name, agent in sorted(staffing.agents.items()):
            is_told = quiet or agent.items > 0 or agent.handling.is_begun(self.bounds)
            row = self.agent(agent)
            if is_told or any(row["status_s"].values()):
                yield {"agent": name, **row}

    def _skills(self, statistics: Statistics, *, quiet: bool) -> Iterator[Figures]:
        """Every skill that somebody asks for, or has."""
        groups, staffs = statistics.groupings[SKILL].known, statistics.staffing.by_skill
        for key in sorted({*groups, *((skill,) for skill in staffs)}):
            group = groups.get(key) or statistics.new_group()
            is_told = quiet or not group.is_quiet(self.bounds)
            agents = self.staff(staffs.get(key[0]) or Staff())
            if is_told or any(agents["status_s"].values()):
                yield {"skill": key[0], **self.group(group), "agents": agents}

    def _windowed(self, counted: Sequence[Figures]) -> Figures:
        if self._names:
            return dict(zip(self._names, counted, strict=True))
        (only,) = counted
        return only


def figures_at(statistics: Statistics, windows: Windows, by: Grouping, now_ms: int) -> Figures:
    """The figures of a time that goes on, by some grouping and in total."""
    now_ms = statistics.advance(now_ms)
    interval_ms, day_ms = bounds = windows.at(now_ms)
    moment = Moment(windows.names, now_ms, bounds)
    return {
        "as_of_ms": now_ms,
        "zone": windows.zone.key,
        "interval_s": windows.interval_ms // 1_000,
        "interval_from_ms": interval_ms,
        "day_from_ms": day_ms,
        "agents": moment.everybody(statistics.staffing.everybody),
        "declined_often": {
            "interactions": len(statistics.often_declined),
            "first": statistics.often_declined.first(OFTEN_TOLD_MAX),
        },
        "total": moment.group(statistics.everything),
        "by": ",".join(by),
        "rows": list(moment.rows(statistics, by, quiet=True)),
    }
