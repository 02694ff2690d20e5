"""Decisions on agents: sign-in and sign-out, availability, skills, channels, limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from router import commands as cmd
from router import events as ev
from router.commands import ToldLevel
from router.decide.activities import set_activity, set_status, state_asked
from router.decide.offers import rescind
from router.decide.profiles import check_profile, defaults_of, profile_of, with_profile
from router.decide.turn import Outcome, Turn, unknown
from router.errors import CommandError, LevelError
from router.lifecycle import AgentStatus
from router.profiles import ProfileRule
from router.scales import agent_level
from router.state import Agent

__all__ = (
    "login",
    "logout",
    "set_attributes",
    "set_capacity",
    "set_channels",
    "set_skills",
    "set_state",
    "sign_off",
)

SIGNED_OFF: Final = "nothing was heard of the agent"
"""Why an agent is logged out without a command."""

_packed = msgspec.msgpack.Encoder(order="sorted").encode


def login(turn: Turn, command: cmd.AgentLogin) -> Outcome:
    """The agent signs in; signing in again replaces everything but the work in hand."""
    levels = _levels(turn, command.skills)
    _check_channels(turn, command.maximums, "maximums")
    _check_channels(turn, command.closed_channels, "closed_channels")
    state = state_asked(turn, command.state or "", command.activity)
    check_profile(turn, command.profile)
    defaults = defaults_of(turn, command.profile)
    skills, inactive = _split(defaults.skills | levels, command.inactive_skills)
    known = turn.world.state.agents.get(command.agent_id)
    before = known.closed_channels if known is not None else ()
    turn.emit(
        ev.AgentLoggedIn(
            cause=turn.cause,
            agent_id=command.agent_id,
            inbox=command.inbox,
            encoding=command.encoding,
            skills=skills,
            capacity=_capacity_of(turn, command.capacity, defaults),
            maximums=defaults.maximums | command.maximums,
            share=command.share,
            attributes=with_profile(command.attributes, command.profile),
            inactive_skills=inactive,
            closed_channels=command.closed_channels,
        )
    )
    agent = turn.world.state.agents[command.agent_id]
    set_activity(turn, agent, command.activity or "")
    if not (agent.status is AgentStatus.AVAILABLE and state == AgentStatus.AVAILABLE):
        set_status(turn, agent, state, command.reason)
    _rescind_closed(turn, agent, before)
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


def sign_off(turn: Turn, upto_ms: int, most: int) -> int:
    """Log out agents of whom nothing has been heard for as long as the policy allows, at most
    ``most``; how many."""
    count = 0
    while count < most:
        due_ms = turn.world.sign_off_due_ms()
        if due_ms is None or due_ms > upto_ms:
            break
        agent_id = next(iter(turn.world.state.quiet))
        turn.emit(ev.AgentLoggedOut(agent_id=agent_id, reason=SIGNED_OFF))
        count += 1
    return count


def set_state(turn: Turn, command: cmd.AgentState) -> Outcome:
    """The agent becomes available, or takes a break."""
    agent = turn.logged_in(command.agent_id)
    if command.state is None and command.activity is None:
        raise CommandError("invalid", "give state, activity, or both", "state")
    state = state_asked(turn, command.state or "", command.activity)
    stays = agent.status == state and (state == AgentStatus.AVAILABLE or not command.reason)
    if stays and agent.activity == (command.activity or ""):
        return Outcome.REPEATED
    set_activity(turn, agent, command.activity or "")
    if not stays:
        set_status(turn, agent, state, command.reason)
    return Outcome.DONE


def set_skills(turn: Turn, command: cmd.AgentSkills) -> Outcome:
    """The agent's skills are others from now on; open offers stand."""
    agent = turn.logged_in(command.agent_id)
    levels = _levels(turn, command.skills)
    defaults = defaults_of(turn, profile_of(agent))
    skills, inactive = _split(defaults.skills | levels, command.inactive_skills)
    if (agent.skills, agent.inactive_skills) == (skills, inactive):
        return Outcome.REPEATED
    turn.emit(
        ev.AgentSkillsChanged(
            cause=turn.cause, agent_id=command.agent_id, skills=skills, inactive_skills=inactive
        )
    )
    return Outcome.DONE


def set_channels(turn: Turn, command: cmd.AgentChannels) -> Outcome:
    """The agent takes nothing on these channels from now on; open offers of them are withdrawn."""
    agent = turn.logged_in(command.agent_id)
    _check_channels(turn, command.closed_channels, "closed_channels")
    before = agent.closed_channels
    if set(before) == set(command.closed_channels):
        return Outcome.REPEATED
    turn.emit(
        ev.AgentChannelsChanged(
            cause=turn.cause,
            agent_id=command.agent_id,
            closed_channels=command.closed_channels,
        )
    )
    _rescind_closed(turn, agent, before)
    return Outcome.DONE


def set_attributes(turn: Turn, command: cmd.AgentAttributes) -> Outcome:
    """The agent's attributes are others from now on; open offers stand."""
    agent = turn.logged_in(command.agent_id)
    attributes = with_profile(command.attributes, profile_of(agent))
    # in bytes, because 1, 1.0 and true are equal in Python and differ in an expression
    if _packed(agent.attributes) == _packed(attributes):
        return Outcome.REPEATED
    turn.emit(
        ev.AgentAttributesChanged(
            cause=turn.cause, agent_id=command.agent_id, attributes=attributes
        )
    )
    return Outcome.DONE


def set_capacity(turn: Turn, command: cmd.AgentCapacity) -> Outcome:
    """Limits and share are others from now on; what is held is never taken away."""
    agent = turn.logged_in(command.agent_id)
    _check_channels(turn, command.maximums, "maximums")
    defaults = defaults_of(turn, profile_of(agent))
    capacity = _capacity_of(turn, command.capacity, defaults)
    maximums = defaults.maximums | command.maximums
    limits = (capacity, maximums, command.share)
    if (agent.capacity, agent.maximums, agent.share) == limits:
        return Outcome.REPEATED
    turn.emit(
        ev.AgentCapacityChanged(
            cause=turn.cause,
            agent_id=command.agent_id,
            capacity=capacity,
            maximums=maximums,
            share=command.share,
        )
    )
    return Outcome.DONE


def _rescind_closed(turn: Turn, agent: Agent, before: tuple[str, ...]) -> None:
    """Withdraw open offers on channels that the agent has closed just now."""
    state = turn.world.state
    closed = set(agent.closed_channels) - set(before)
    if closed:
        asked = ((o, state.interactions[state.offers[o].interaction_id]) for o in agent.offers)
        rescind(turn, tuple(o for o, one in asked if one.channel in closed), "channel_closed")


def _split(
    skills: dict[str, int], inactive: tuple[str, ...]
) -> tuple[dict[str, int], dict[str, int]]:
    """Skills that count, and those that do not for now."""
    if not inactive:
        return skills, {}
    for skill in inactive:
        if skill not in skills:
            detail = f"{skill!r} is not among the agent's skills"
            raise CommandError("invalid", detail, "inactive_skills")
    active = {skill: level for skill, level in skills.items() if skill not in inactive}
    return active, {skill: skills[skill] for skill in skills if skill in inactive}


def _capacity_of(turn: Turn, capacity: int | None, defaults: ProfileRule) -> int:
    for given in (capacity, defaults.capacity):
        if given is not None:
            return given
    return turn.world.rules.capacity


def _levels(turn: Turn, skills: Mapping[str, ToldLevel]) -> dict[str, int]:
    """Skills at the levels that count inside, or CommandError."""
    turn.check_skills(skills, "skills")
    scales = turn.world.rules.scales
    levels: dict[str, int] = {}
    for skill, told in skills.items():
        try:
            levels[skill] = agent_level(scales[skill], told)
        except LevelError as error:
            detail = f"level {told} of {skill!r}: {error.detail}"
            raise CommandError("invalid", detail, f"skills.{skill}") from None
    return levels


def _check_channels(turn: Turn, named: Iterable[str], field: str) -> None:
    channels = turn.world.rules.channels
    for channel in named:
        if channel not in channels:
            raise unknown("channel", channel, channels, field=field)
