"""Decisions on agents: sign-in and sign-out, availability, skills, limits."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from router import commands as cmd
from router import events as ev
from router.decide.offers import rescind
from router.decide.turn import Outcome, Turn, unknown
from router.errors import CommandError
from router.lifecycle import AgentStatus
from router.state import Agent

__all__ = ("login", "logout", "set_attributes", "set_capacity", "set_skills", "set_state")

_packed = msgspec.msgpack.Encoder(order="sorted").encode


def login(turn: Turn, command: cmd.AgentLogin) -> Outcome:
    """The agent signs in; signing in again replaces everything but the work in hand."""
    _check_levels(turn, command.skills)
    _check_maximums(turn, command.maximums)
    turn.emit(
        ev.AgentLoggedIn(
            cause=turn.cause,
            agent_id=command.agent_id,
            inbox=command.inbox,
            encoding=command.encoding,
            skills=command.skills,
            capacity=_capacity_of(turn, command.capacity),
            maximums=command.maximums,
            share=command.share,
            attributes=command.attributes,
        )
    )
    agent = turn.world.state.agents[command.agent_id]
    stays_available = agent.status is AgentStatus.AVAILABLE and command.state == "available"
    if not stays_available:
        _set_status(turn, agent, command.state, command.reason)
    return Outcome.DONE


def logout(turn: Turn, command: cmd.AgentLogout) -> Outcome:
    """The agent signs out; work in hand stays theirs until completed or requeued."""
    known = turn.world.state.agents.get(command.agent_id)
    if known is not None and known.status is AgentStatus.OFFLINE:
        return Outcome.REPEATED
    agent = turn.logged_in(command.agent_id)
    turn.emit(ev.AgentLoggedOut(cause=turn.cause, agent_id=command.agent_id, reason=command.reason))
    rescind(turn, agent.offers, "agent_logged_out")
    return Outcome.DONE


def set_state(turn: Turn, command: cmd.AgentState) -> Outcome:
    """The agent becomes available, or takes a break."""
    agent = turn.logged_in(command.agent_id)
    if agent.status.value == command.state and (
        agent.status is AgentStatus.AVAILABLE or not command.reason
    ):
        return Outcome.REPEATED
    _set_status(turn, agent, command.state, command.reason)
    return Outcome.DONE


def set_skills(turn: Turn, command: cmd.AgentSkills) -> Outcome:
    """The agent's skills are others from now on; open offers stand."""
    agent = turn.logged_in(command.agent_id)
    _check_levels(turn, command.skills)
    if agent.skills == command.skills:
        return Outcome.REPEATED
    turn.emit(
        ev.AgentSkillsChanged(cause=turn.cause, agent_id=command.agent_id, skills=command.skills)
    )
    return Outcome.DONE


def set_attributes(turn: Turn, command: cmd.AgentAttributes) -> Outcome:
    """The agent's attributes are others from now on; open offers stand."""
    agent = turn.logged_in(command.agent_id)
    # in bytes, because 1, 1.0 and true are equal in Python and differ in an expression
    if _packed(agent.attributes) == _packed(command.attributes):
        return Outcome.REPEATED
    turn.emit(
        ev.AgentAttributesChanged(
            cause=turn.cause, agent_id=command.agent_id, attributes=command.attributes
        )
    )
    return Outcome.DONE


def set_capacity(turn: Turn, command: cmd.AgentCapacity) -> Outcome:
    """Limits and share are others from now on; what is held is never taken away."""
    agent = turn.logged_in(command.agent_id)
    _check_maximums(turn, command.maximums)
    capacity = _capacity_of(turn, command.capacity)
    limits = (capacity, command.maximums, command.share)
    if (agent.capacity, agent.maximums, agent.share) == limits:
        return Outcome.REPEATED
    turn.emit(
        ev.AgentCapacityChanged(
            cause=turn.cause,
            agent_id=command.agent_id,
            capacity=capacity,
            maximums=command.maximums,
            share=command.share,
        )
    )
    return Outcome.DONE


def _set_status(turn: Turn, agent: Agent, status: str, reason: str) -> None:
    kind = ev.AgentAvailable if status == AgentStatus.AVAILABLE else ev.AgentUnavailable
    turn.emit(kind(cause=turn.cause, agent_id=agent.agent_id, reason=reason))
    if agent.status is not AgentStatus.AVAILABLE:
        rescind(turn, agent.offers, "agent_unavailable")


def _capacity_of(turn: Turn, capacity: int | None) -> int:
    return turn.world.rules.capacity if capacity is None else capacity


def _check_levels(turn: Turn, skills: Mapping[str, int]) -> None:
    turn.check_skills(skills, "skills")
    for skill, level in skills.items():
        levels = turn.world.rules.skills[skill]
        if level > levels:
            detail = f"level {level} of {skill!r} is above its scale, which ends at {levels}"
            raise CommandError("invalid", detail, f"skills.{skill}")


def _check_maximums(turn: Turn, maximums: Mapping[str, int]) -> None:
    channels = turn.world.rules.channels
    for channel in maximums:
        if channel not in channels:
            raise unknown("channel", channel, channels, field="maximums")
