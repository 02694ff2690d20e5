"""Decisions on what agents do, and whether they are available by it; alone, or after some act."""

from __future__ import annotations

from router import events as ev
from router.decide.offers import rescind
from router.decide.turn import Turn, unknown
from router.errors import CommandError
from router.lifecycle import AgentStatus
from router.state import Agent

__all__ = ("check_next", "go_on_to", "set_activity", "set_status", "state_asked")


def check_next(turn: Turn, agent_id: str, activity: str | None) -> None:
    """The agent may go on to this activity (None: they say nothing of it), or CommandError."""
    if activity is not None:
        turn.logged_in(agent_id, "activity")
        state_asked(turn, "", activity)


def go_on_to(turn: Turn, agent_id: str, activity: str | None) -> None:
    """Let the agent do something else, now that they have done what they were asked for."""
    if activity is None:
        return
    agent, state = turn.world.state.agents[agent_id], state_asked(turn, "", activity)
    set_activity(turn, agent, activity)
    if agent.status != state:
        set_status(turn, agent, state, "")


def state_asked(turn: Turn, state: str, activity: str | None) -> str:
    """Available or not: as said, as the activity implies, or (neither) available."""
    if activity is None:
        return state or AgentStatus.AVAILABLE.value
    activities = turn.world.rules.activities
    if activity not in activities:
        raise unknown("activity", activity, activities, field="activity")
    implied = AgentStatus.AVAILABLE if activities[activity] else AgentStatus.UNAVAILABLE
    if state and state != implied:
        detail = f"whoever does {activity!r} is {implied.value}, by the policy"
        raise CommandError("invalid", detail, "state")
    return implied.value


def set_activity(turn: Turn, agent: Agent, activity: str) -> None:
    """Let the agent do this ("": nothing that they say), if it is something else."""
    if activity != agent.activity:
        turn.emit(
            ev.AgentActivityChanged(cause=turn.cause, agent_id=agent.agent_id, activity=activity)
        )


def set_status(turn: Turn, agent: Agent, status: str, reason: str) -> None:
    """Let the agent be available or not; who is not is asked for nothing any more."""
    kind = ev.AgentAvailable if status == AgentStatus.AVAILABLE else ev.AgentUnavailable
    turn.emit(kind(cause=turn.cause, agent_id=agent.agent_id, reason=reason))
    if agent.status is not AgentStatus.AVAILABLE:
        rescind(turn, agent.offers, "agent_unavailable")
