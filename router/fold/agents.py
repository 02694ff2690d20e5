"""Folds of events about agents: sign-in, status, skills, limits."""

from __future__ import annotations

from router import events as ev
from router.fold.handling import comes_back, goes_away
from router.fold.registry import Folds
from router.lifecycle import AGENT, following
from router.state import Agent
from router.world import World

__all__ = ("FOLDS",)


def _logged_in(world: World, event: ev.AgentLoggedIn, now_ms: int) -> None:
    agent = world.state.agents.setdefault(event.agent_id, Agent(event.agent_id))
    before = agent.status
    agent.status = following(AGENT, before, event)
    goes_away(agent, before, now_ms)
    agent.inbox = event.inbox
    agent.encoding = event.encoding
    agent.skills = event.skills
    agent.capacity = event.capacity
    agent.maximums = event.maximums
    agent.share = event.share
    agent.attributes = event.attributes
    agent.inactive_skills = event.inactive_skills
    agent.closed_channels = event.closed_channels
    world.agent_changed(agent, skills=True)


def _logged_out(world: World, event: ev.AgentLoggedOut, now_ms: int) -> None:
    agent = world.state.agents[event.agent_id]
    agent.status = following(AGENT, agent.status, event)
    agent.activity = ""
    world.agent_changed(agent)
    world.drop_idle_offline(agent)


def _available(world: World, event: ev.AgentAvailable, now_ms: int) -> None:
    agent = world.state.agents[event.agent_id]
    before = agent.status
    agent.status = following(AGENT, before, event)
    comes_back(world, agent, before, now_ms)
    agent.idle_since_ms = now_ms
    if world.rules.share_queues:
        # who was away is owed nothing for that time
        agent.share_pass = max(agent.share_pass, world.index.lowest_share_pass())
    world.agent_changed(agent)


def _not_available(
    world: World, event: ev.AgentUnavailable | ev.AgentNotResponding, now_ms: int
) -> None:
    agent = world.state.agents[event.agent_id]
    before = agent.status
    agent.status = following(AGENT, before, event)
    goes_away(agent, before, now_ms)
    world.agent_changed(agent)


def _skills_changed(world: World, event: ev.AgentSkillsChanged, now_ms: int) -> None:
    agent = world.state.agents[event.agent_id]
    agent.skills, agent.inactive_skills = event.skills, event.inactive_skills
    world.agent_changed(agent, skills=True)


def _channels_changed(world: World, event: ev.AgentChannelsChanged, now_ms: int) -> None:
    agent = world.state.agents[event.agent_id]
    agent.closed_channels = event.closed_channels
    world.agent_changed(agent)


def _activity_changed(world: World, event: ev.AgentActivityChanged, now_ms: int) -> None:
    world.state.agents[event.agent_id].activity = event.activity


def _attributes_changed(world: World, event: ev.AgentAttributesChanged, now_ms: int) -> None:
    agent = world.state.agents[event.agent_id]
    agent.attributes = event.attributes
    world.agent_changed(agent, skills=True)


def _capacity_changed(world: World, event: ev.AgentCapacityChanged, now_ms: int) -> None:
    agent = world.state.agents[event.agent_id]
    agent.capacity = event.capacity
    agent.maximums = event.maximums
    agent.share = event.share
    world.agent_changed(agent)


FOLDS: Folds = {
    ev.AgentLoggedIn: _logged_in,
    ev.AgentLoggedOut: _logged_out,
    ev.AgentAvailable: _available,
    ev.AgentUnavailable: _not_available,
    ev.AgentNotResponding: _not_available,
    ev.AgentActivityChanged: _activity_changed,
    ev.AgentSkillsChanged: _skills_changed,
    ev.AgentChannelsChanged: _channels_changed,
    ev.AgentAttributesChanged: _attributes_changed,
    ev.AgentCapacityChanged: _capacity_changed,
}
