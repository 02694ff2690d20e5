"""Folds of events about idle conversations: what holds no capacity, and who is next to get it."""

from __future__ import annotations

from router import events as ev
from router.fold.handling import spell_ends
from router.fold.registry import Folds
from router.lifecycle import ASSIGNMENT, INTERACTION, InteractionState, following
from router.state import Agent, Interaction
from router.timer import Timer, TimerKind
from router.world import World

__all__ = ("FOLDS", "strike", "waking_timer")


def _idled(world: World, event: ev.InteractionIdled, now_ms: int) -> None:
    agent = world.state.agents[event.agent_id]
    interaction = world.state.interactions[event.interaction_id]
    if interaction.state is InteractionState.ASSIGNED:
        agent.idle_since_ms = now_ms
    spell_ends(world, interaction, world.state.assignments[event.interaction_id], now_ms)
    strike(world, agent, event.interaction_id)
    _move(world, event)
    agent.idle += (event.interaction_id,)
    world.agent_changed(agent)


def _waking(world: World, event: ev.InteractionWaking, now_ms: int) -> None:
    _move(world, event)
    agent = world.state.agents[event.agent_id]
    strike(world, agent, event.interaction_id)
    agent.waking += (event.interaction_id,)
    world.state.waking[event.interaction_id] = event.until_ms
    world.timers.add(waking_timer(event.interaction_id, event.until_ms))
    world.index.agent_changed(agent)


def _woken(world: World, event: ev.InteractionWoken, now_ms: int) -> None:
    interaction = _move(world, event)
    world.state.assignments[event.interaction_id].since_ms = now_ms
    agent = world.state.agents[event.agent_id]
    strike(world, agent, event.interaction_id)
    agent.held[event.interaction_id] = world.index.item(interaction, event.cost)
    agent.idle_since_ms = now_ms
    world.agent_changed(agent)


def strike(world: World, agent: Agent, interaction_id: str) -> None:
    """Take what an agent has in hand out of the ledger, or from what is idle or waking."""
    if agent.held.pop(interaction_id, None) is not None:
        return
    agent.idle = tuple(one for one in agent.idle if one != interaction_id)
    if interaction_id in agent.waking:
        agent.waking = tuple(one for one in agent.waking if one != interaction_id)
        world.timers.cancel(waking_timer(interaction_id, world.state.waking.pop(interaction_id)))


def _move(
    world: World, event: ev.InteractionIdled | ev.InteractionWaking | ev.InteractionWoken
) -> Interaction:
    interaction = world.state.interactions[event.interaction_id]
    interaction.state = following(INTERACTION, interaction.state, event)
    assignment = world.state.assignments[event.interaction_id]
    assignment.state = following(ASSIGNMENT, assignment.state, event)
    return interaction


def waking_timer(interaction_id: str, until_ms: int) -> Timer:
    """When it is too late for what is waking."""
    return Timer(until_ms, TimerKind.WAKING, (interaction_id,))


FOLDS: Folds = {
    ev.InteractionIdled: _idled,
    ev.InteractionWaking: _waking,
    ev.InteractionWoken: _woken,
}
