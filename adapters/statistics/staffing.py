"""Staffing: which agents are there, what they do, and how much of their time is work.

An agent is *staffed* while signed in and available, or with work in hand; *busy* with work in hand,
wrap-up included. Occupancy is busy time as a share of staffed time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple, TypeAlias

from adapters.statistics.integral import Integral
from adapters.statistics.tally import Tallies, Tally
from adapters.statistics.windows import Bounds
from router import events as ev
from router.lifecycle import AgentStatus

__all__ = ("Agent", "Occupancy", "Staff", "Staffing")

_S = AgentStatus
_AFTER: Final[dict[type[ev.Event], AgentStatus]] = {
    ev.AgentAvailable: _S.AVAILABLE,
    ev.AgentUnavailable: _S.UNAVAILABLE,
    ev.AgentNotResponding: _S.NOT_RESPONDING,
    ev.AgentLoggedOut: _S.OFFLINE,
}
"""Not the lifecycle's table: of an agent who signed in before the journal's first record only this
much is known."""

Fold: TypeAlias = Callable[[Any, int, Bounds], None]


class Occupancy(NamedTuple):
    """Busy time as a share of staffed time; None: nobody was there."""

    interval: float | None
    day: float | None


class Staff:
    """Some agents together: how many can take work, and their time."""

    __slots__ = ("available", "busy", "staffed")

    def __init__(self) -> None:
        self.available = 0
        self.staffed = Integral()
        self.busy = Integral()

    def occupancy(self, now_ms: int, bounds: Bounds) -> Occupancy:
        """Of the interval and of the day so far."""
        busy, staffed = self.busy.at(now_ms, bounds), self.staffed.at(now_ms, bounds)
        shares = [
            part / whole if whole else None for part, whole in zip(busy, staffed, strict=True)
        ]
        return Occupancy(*shares)


class _Counted(NamedTuple):
    """How an agent is counted at the moment, and with whom."""

    available: bool
    staffed: bool
    busy: bool
    staffs: tuple[Staff, ...]


_NOT_COUNTED: Final = _Counted(available=False, staffed=False, busy=False, staffs=())


class Agent:
    """One agent: status, activity, work in hand, their time, and what became of their offers."""

    __slots__ = ("activity", "counted", "items", "own", "since_ms", "skills", "status", "tallies")

    def __init__(self) -> None:
        self.status = AgentStatus.OFFLINE
        self.activity = ""
        self.since_ms = 0
        self.items = 0
        self.skills: frozenset[str] = frozenset()
        self.own = Staff()
        self.tallies = Tallies()
        self.counted = _NOT_COUNTED


class Staffing:
    """All agents who are signed in or were today."""

    def __init__(self) -> None:
        self.agents: dict[str, Agent] = {}
        self.everybody = Staff()
        self.by_skill: dict[str, Staff] = {}
        self._day_ms = 0
        self.folds: dict[type, Fold] = {
            ev.AgentLoggedIn: self._logged_in,
            ev.AgentSkillsChanged: self._skills_changed,
            ev.AgentActivityChanged: self._activity_changed,
            **dict.fromkeys(_AFTER, self._status_changed),
        }

    def status_counts(self) -> Counter[str]:
        """Signed-in agents by status."""
        known = (agent.status for agent in self.agents.values())
        return Counter(status.value for status in known if status is not _S.OFFLINE)

    def activity_counts(self) -> Counter[str]:
        """Signed-in agents who say what they do."""
        return Counter(agent.activity for agent in self.agents.values() if agent.activity)

    def tallies(self, agent_id: str, bounds: Bounds) -> tuple[Tally, Tally]:
        """The agent's own, of the interval and of the day."""
        return self._agent(agent_id, bounds).tallies.at(bounds)

    def took(self, agent_id: str, now_ms: int, bounds: Bounds) -> None:
        """An agent has one interaction more in hand."""
        agent = self._agent(agent_id, bounds)
        agent.items += 1
        self._count(agent, now_ms, bounds)

    def released(self, agent_id: str, now_ms: int, bounds: Bounds) -> None:
        """An agent has one less; nothing where it was taken before the journal's first record."""
        agent = self._agent(agent_id, bounds)
        agent.items = max(0, agent.items - 1)
        self._count(agent, now_ms, bounds)

    def _logged_in(self, event: ev.AgentLoggedIn, now_ms: int, bounds: Bounds) -> None:
        agent = self._agent(event.agent_id, bounds)
        if agent.status is not _S.AVAILABLE:
            self._set_status(agent, _S.UNAVAILABLE, now_ms)
        agent.skills = _held(event.skills)
        self._count(agent, now_ms, bounds)

    def _skills_changed(self, event: ev.AgentSkillsChanged, now_ms: int, bounds: Bounds) -> None:
        agent = self._agent(event.agent_id, bounds)
        agent.skills = _held(event.skills)
        self._count(agent, now_ms, bounds)

    def _activity_changed(
        self, event: ev.AgentActivityChanged, now_ms: int, bounds: Bounds
    ) -> None:
        self._agent(event.agent_id, bounds).activity = event.activity

    def _status_changed(self, event: Any, now_ms: int, bounds: Bounds) -> None:
        agent = self._agent(event.agent_id, bounds)
        self._set_status(agent, _AFTER[type(event)], now_ms)
        if agent.status is _S.OFFLINE:
            agent.activity = ""
        self._count(agent, now_ms, bounds)

    def _set_status(self, agent: Agent, status: AgentStatus, now_ms: int) -> None:
        if agent.status is not status:
            agent.status, agent.since_ms = status, now_ms

    def _agent(self, agent_id: str, bounds: Bounds) -> Agent:
        if bounds.day_ms != self._day_ms:
            self._day_ms = bounds.day_ms
            self._forget()
        return self.agents.setdefault(agent_id, Agent())

    def _forget(self) -> None:
        """Let go of who was here on another day, and has gone."""
        self.agents = {
            agent_id: agent
            for agent_id, agent in self.agents.items()
            if agent.items or agent.status is not _S.OFFLINE
        }

    def _count(self, agent: Agent, now_ms: int, bounds: Bounds) -> None:
        """Count an agent as they stand now, where they were counted as they stood before."""
        here = agent.status is not _S.OFFLINE
        available, busy = agent.status is _S.AVAILABLE, here and agent.items > 0
        after = _Counted(available, available or busy, busy, tuple(self._staffs(agent)))
        if after != agent.counted:
            _add(agent.counted, -1, now_ms, bounds)
            _add(after, 1, now_ms, bounds)
            agent.counted = after

    def _staffs(self, agent: Agent) -> Iterable[Staff]:
        yield agent.own
        yield self.everybody
        for skill in agent.skills:
            staff = self.by_skill.get(skill)
            if staff is None:
                staff = self.by_skill[skill] = Staff()
            yield staff


def _add(counted: _Counted, sign: int, now_ms: int, bounds: Bounds) -> None:
    for staff in counted.staffs:
        staff.available += sign * counted.available
        staff.staffed.add(sign * counted.staffed, now_ms, bounds)
        staff.busy.add(sign * counted.busy, now_ms, bounds)


def _held(levels: dict[str, int]) -> frozenset[str]:
    return frozenset(skill for skill, level in levels.items() if level > 0)
