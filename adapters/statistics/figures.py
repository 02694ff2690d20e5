"""Figures: what the statistics say at one moment, as plain values."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from adapters.statistics.staffing import Agent, Staff
from adapters.statistics.statistics import Statistics
from adapters.statistics.waiting import Group
from adapters.statistics.windows import Bounds
from router.lifecycle import AgentStatus

__all__ = ("By", "figures_at")

By: TypeAlias = Literal["queue", "channel", "skill", "agent"]


def figures_at(statistics: Statistics, by: By, now_ms: int) -> dict[str, Any]:
    """The figures at a moment, by queue, channel, skill or agent, and in total."""
    bounds = statistics.advance(now_ms)
    now_ms = statistics.now_ms
    return {
        "as_of_ms": now_ms,
        "zone": statistics.windows.zone.key,
        "interval_s": statistics.windows.interval_ms // 1_000,
        "interval_from_ms": bounds.interval_ms,
        "day_from_ms": bounds.day_ms,
        "agents": _agents(statistics, now_ms, bounds),
        "total": _group(statistics.everything, now_ms, bounds),
        "by": by,
        "rows": _rows(statistics, by, now_ms, bounds),
    }


def _rows(statistics: Statistics, by: By, now_ms: int, bounds: Bounds) -> list[dict[str, Any]]:
    match by:
        case "agent":
            agents = sorted(statistics.staffing.agents.items())
            return [{by: name, **_agent(agent, now_ms, bounds)} for name, agent in agents]
        case "skill":
            return _skills(statistics, now_ms, bounds)
        case _:
            groups = statistics.queues if by == "queue" else statistics.channels
            return [
                {by: name, **_group(each, now_ms, bounds)} for name, each in sorted(groups.items())
            ]


def _skills(statistics: Statistics, now_ms: int, bounds: Bounds) -> list[dict[str, Any]]:
    """Every skill that somebody asks for, or has."""
    staffs = statistics.staffing.by_skill
    return [
        {
            "skill": name,
            **_group(statistics.skills.get(name, Group()), now_ms, bounds),
            "agents": _staff(staffs.get(name, Staff()), now_ms, bounds),
        }
        for name in sorted({*statistics.skills, *staffs})
    ]


def _group(group: Group, now_ms: int, bounds: Bounds) -> dict[str, Any]:
    interval, day = group.tallies.at(bounds)
    in_time = group.waiting - group.overdue
    return {
        "waiting": group.waiting,
        "longest_wait_s": group.longest_ms(now_ms) / 1_000,
        "overdue": group.overdue,
        "service_level_now": in_time / group.waiting if group.waiting else None,
        "suspended": group.suspended,
        "with_agents": group.with_agents,
        "in_wrap_up": group.in_wrap_up,
        "interval": interval.as_json(),
        "day": day.as_json(),
    }


def _agents(statistics: Statistics, now_ms: int, bounds: Bounds) -> dict[str, Any]:
    staffing = statistics.staffing
    return {
        "by_status": dict(sorted(staffing.status_counts().items())),
        "by_activity": dict(sorted(staffing.activity_counts().items())),
        "working": staffing.everybody.busy.value,
        **_staff(staffing.everybody, now_ms, bounds),
    }


def _staff(staff: Staff, now_ms: int, bounds: Bounds) -> dict[str, Any]:
    occupancy = staff.occupancy(now_ms, bounds)
    return {
        "available": staff.available,
        "occupancy": {"interval": occupancy.interval, "day": occupancy.day},
    }


def _agent(agent: Agent, now_ms: int, bounds: Bounds) -> dict[str, Any]:
    busy, staffed = agent.own.busy.at(now_ms, bounds), agent.own.staffed.at(now_ms, bounds)
    occupancy, tallies = agent.own.occupancy(now_ms, bounds), agent.tallies.at(bounds)
    windows = {
        name: {
            "busy_s": busy[place] / 1_000,
            "staffed_s": staffed[place] / 1_000,
            "occupancy": occupancy[place],
            "offers": tallies[place].offers(),
        }
        for place, name in enumerate(("interval", "day"))
    }
    return {
        "status": agent.status.value,
        "status_from_ms": agent.since_ms,
        "activity": agent.activity,
        "in_hand": agent.items,
        "is_signed_in": agent.status is not AgentStatus.OFFLINE,
        **windows,
    }
