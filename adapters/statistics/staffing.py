"""Staffing: which agents are there, what they do, and how much of their time is work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from adapters.statistics.staff import NOT_THERE, Counted, Staff
from adapters.statistics.tally import Handling
from adapters.statistics.windowed import Windowed
from adapters.statistics.windows import Bounds
from router import events as ev
from router.lifecycle import AgentStatus

__all__ = ("Agent", "Staffing")

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


class Agent:
    """One agent: status, activity, work in hand, their time, and what became of their offers."""

    __slots__ = (
        "activity", "counted", "handling", "items", "own", "quiet", "since_ms", "staffs", "status",
    )  # fmt: skip

    def __init__(self, everybody: Staff) -> None:
        self.status = AgentStatus.OFFLINE
        self.activity = ""
        self.since_ms = 0
        self.items = 0
        self.quiet = 0
        self.own = Staff()
        self.staffs: tuple[Staff, ...] = (self.own, everybody)
        self.handling = Windowed(Handling)
        self.counted = NOT_THERE


class Staffing:
    """All agents who are signed in or were in the longest of the windows; by skill if asked for."""

    def __init__(self, *, tells_skills: bool) -> None:
        self.agents: dict[str, Agent] = {}
        self.everybody = Staff()
        self.by_skill: dict[str, Staff] = {}
        self._tells_skills = tells_skills
        self._longest_ms = 0
        self.folds: dict[type, Fold] = {
            ev.AgentLoggedIn: self._logged_in,
            ev.AgentSkillsChanged: self._skills_changed,
            ev.AgentActivityChanged: self._activity_changed,
            **dict.fromkeys(_AFTER, self._status_changed),
        }

    def handling(self, agent_id: str, bounds: Bounds) -> tuple[Handling, ...]:
        """What the agent did, in each of the windows."""
        return self._agent(agent_id, bounds).handling.at(bounds)

    def took(self, agent_id: str, now_ms: int, bounds: Bounds) -> None:
        """An agent has one interaction more in hand."""
        self._hold(agent_id, 1, 0, now_ms, bounds)

    def released(self, agent_id: str, now_ms: int, bounds: Bounds, *, was_quiet: bool) -> None:
        """An agent has one less; nothing where it was taken before the journal's first record."""
        self._hold(agent_id, -1, -was_quiet, now_ms, bounds)

    def rested(self, agent_id: str, now_ms: int, bounds: Bounds) -> None:
        """The customer of something that an agent has in hand is silent: it is no work for now."""
        self._hold(agent_id, 0, 1, now_ms, bounds)

    def woke(self, agent_id: str, now_ms: int, bounds: Bounds) -> None:
        """It is work again."""
        self._hold(agent_id, 0, -1, now_ms, bounds)

    def _hold(self, agent_id: str, items: int, quiet: int, now_ms: int, bounds: Bounds) -> None:
        agent = self._agent(agent_id, bounds)
        agent.items = max(0, agent.items + items)
        agent.quiet = max(0, agent.quiet + quiet)
        self._count(agent, now_ms, bounds)

    def _logged_in(self, event: ev.AgentLoggedIn, now_ms: int, bounds: Bounds) -> None:
        agent = self._agent(event.agent_id, bounds)
        if agent.status is not _S.AVAILABLE:
            self._set_status(agent, _S.UNAVAILABLE, now_ms)
        self._set_skills(agent, event.skills, now_ms, bounds)

    def _skills_changed(self, event: ev.AgentSkillsChanged, now_ms: int, bounds: Bounds) -> None:
        self._set_skills(self._agent(event.agent_id, bounds), event.skills, now_ms, bounds)

    def _activity_changed(
        self, event: ev.AgentActivityChanged, now_ms: int, bounds: Bounds
    ) -> None:
        agent = self._agent(event.agent_id, bounds)
        agent.activity = event.activity
        self._count(agent, now_ms, bounds)

    def _status_changed(self, event: Any, now_ms: int, bounds: Bounds) -> None:
        agent = self._agent(event.agent_id, bounds)
        self._set_status(agent, _AFTER[type(event)], now_ms)
        if agent.status is _S.OFFLINE:
            agent.activity = ""
        self._count(agent, now_ms, bounds)

    def _set_status(self, agent: Agent, status: AgentStatus, now_ms: int) -> None:
        if agent.status is not status:
            agent.status, agent.since_ms = status, now_ms

    def _set_skills(
        self, agent: Agent, levels: dict[str, int], now_ms: int, bounds: Bounds
    ) -> None:
        """Count an agent among those who have these skills, and no longer among others."""
        told = levels if self._tells_skills else {}
        held = [self._of_skill(skill) for skill, level in told.items() if level > 0]
        self._tell(agent, NOT_THERE, now_ms, bounds)
        agent.staffs = (agent.own, self.everybody, *held)
        self._count(agent, now_ms, bounds)

    def _agent(self, agent_id: str, bounds: Bounds) -> Agent:
        if bounds[-1] != self._longest_ms:
            self._longest_ms = bounds[-1]
            self._forget()
        agent = self.agents.get(agent_id)
        if agent is None:
            agent = self.agents[agent_id] = Agent(self.everybody)
        return agent

    def _of_skill(self, skill: str) -> Staff:
        staff = self.by_skill.get(skill)
        if staff is None:
            staff = self.by_skill[skill] = Staff()
        return staff

    def _forget(self) -> None:
        """Let go of who was here in an earlier window, and has gone."""
        self.agents = {
            agent_id: agent
            for agent_id, agent in self.agents.items()
            if agent.items or agent.status is not _S.OFFLINE
        }

    def _count(self, agent: Agent, now_ms: int, bounds: Bounds) -> None:
        """Count an agent as they stand now, where they were counted as they stood before."""
        if agent.status is _S.OFFLINE:
            self._tell(agent, NOT_THERE, now_ms, bounds)
            return
        busy = agent.items > agent.quiet
        staffed = busy or agent.status is _S.AVAILABLE
        self._tell(agent, Counted(agent.status, agent.activity, staffed, busy), now_ms, bounds)

    def _tell(self, agent: Agent, after: Counted, now_ms: int, bounds: Bounds) -> None:
        before = agent.counted
        if after != before:
            for staff in agent.staffs:
                staff.change(before, after, now_ms, bounds)
            agent.counted = after
