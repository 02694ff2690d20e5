"""Agents of whom nothing is heard: what the policy's sign-off goes by (docs/policy.md)."""

from __future__ import annotations

from router.events import Event
from router.lifecycle import AgentStatus
from router.state import Agent
from router.world import World

__all__ = ("hear", "listen")


def hear(world: World, event: Event, now_ms: int) -> None:
    """An event has happened: whom it names is quiet from now on, if they have nothing in hand."""
    agent_id = getattr(event, "agent_id", "")
    if not agent_id:
        return
    quiet = world.state.quiet
    quiet.pop(agent_id, None)  # so that they come last: times only grow
    agent = world.state.agents.get(agent_id)
    if agent is not None and _is_quiet(agent):
        quiet[agent_id] = now_ms


def listen(world: World, now_ms: int) -> None:
    """A policy has come into force: begin to listen, or give it up."""
    state = world.state
    if world.rules.sign_off_ms is None:
        state.quiet.clear()
    elif not world.listens:
        for agent_id, agent in state.agents.items():
            if _is_quiet(agent):
                state.quiet[agent_id] = now_ms
    world.listens = world.rules.sign_off_ms is not None


def _is_quiet(agent: Agent) -> bool:
    return agent.status is not AgentStatus.OFFLINE and not agent.has_work
