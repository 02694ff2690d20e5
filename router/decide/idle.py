"""Decisions on conversations whose customer is silent: capacity given back, and claimed again.

What wakes has the first claim on the room of its agent. While one waits, the agent gets no offers
(router/ledger.py), and :func:`serve_claims` looks after each command and each timer whether there
is room now.
"""

from __future__ import annotations

from router import commands as cmd
from router import events as ev
from router import limits
from router.decide.handover import give_back
from router.decide.suspension import begin_to_wait
from router.decide.turn import Outcome, Turn
from router.errors import CommandError
from router.ledger import roomy_channels, used_capacity
from router.lifecycle import AgentStatus, InteractionState
from router.state import Agent, Interaction

__all__ = ("claim_over", "go_idle", "serve_claims", "wake")


def go_idle(turn: Turn, command: cmd.Idle) -> Outcome:
    """What an agent works on, or is to work on again, holds no capacity until it wakes."""
    interaction = turn.open_interaction(command.interaction_id)
    if interaction.state is InteractionState.IDLE:
        return Outcome.REPEATED
    if interaction.state is not InteractionState.WAKING:
        _check_release(turn, interaction)
    agent_id = turn.world.state.assignments[command.interaction_id].agent_id
    turn.emit(
        ev.InteractionIdled(
            cause=turn.cause, interaction_id=command.interaction_id, agent_id=agent_id
        )
    )
    return Outcome.DONE


def wake(turn: Turn, command: cmd.Wake) -> Outcome:
    """What is idle is active again, now or as soon as its agent has room."""
    interaction = turn.open_interaction(command.interaction_id)
    if interaction.state in {InteractionState.ASSIGNED, InteractionState.WAKING}:
        return Outcome.REPEATED
    if interaction.state is not InteractionState.IDLE:
        raise CommandError("wrong_state", f"the interaction is {interaction.state}, not idle")
    agent = _agent_of(turn, interaction)
    if not agent.waking and _has_room(turn, agent, interaction):
        _wake_up(turn, agent, interaction, turn.cause)
        return Outcome.DONE
    turn.emit(
        ev.InteractionWaking(
            cause=turn.cause,
            interaction_id=command.interaction_id,
            agent_id=agent.agent_id,
            until_ms=turn.now_ms + turn.world.rules.channels[interaction.channel].wake_ms,
        )
    )
    return Outcome.DONE


def serve_claims(turn: Turn) -> None:
    """Let what is waking be active wherever there is room now, in the order of waking."""
    world = turn.world
    if not world.claimants:
        return
    for agent_id in sorted(world.claimants):
        agent = world.state.agents.get(agent_id)
        while agent is not None and agent.waking:
            interaction = world.state.interactions[agent.waking[0]]
            if not _has_room(turn, agent, interaction):
                break
            _wake_up(turn, agent, interaction, "")
    world.claimants.clear()


def claim_over(turn: Turn, interaction: Interaction) -> None:
    """There was no room in time: it waits for anybody, and best for the agent whom it knows."""
    agent_id = _agent_of(turn, interaction).agent_id
    fact = cmd.HistoryFact(agent_id, "last_agent")
    last = dict(turn.world.rules.preferred((fact,), turn.now_ms)).get(agent_id, 0)
    history_ppm = max(last, interaction.history_ppm(agent_id))
    give_back(turn, interaction, agent_id, "wake_expired", history_ppm=history_ppm)
    begin_to_wait(turn, interaction, None)


def _check_release(turn: Turn, interaction: Interaction) -> None:
    """It may give its capacity back, or CommandError."""
    if interaction.state is not InteractionState.ASSIGNED:
        raise CommandError("wrong_state", f"the interaction is {interaction.state}, not assigned")
    if not turn.world.rules.channels[interaction.channel].release_idle:
        detail = f"what is idle on {interaction.channel} keeps its capacity, by the policy"
        raise CommandError("wrong_state", detail)
    agent = _agent_of(turn, interaction)
    if len(agent.idle) + len(agent.waking) >= limits.IDLE_MAX:
        detail = f"{limits.IDLE_MAX} conversations of the agent are idle or waking"
        raise CommandError("limit", detail, "interaction_id")


def _agent_of(turn: Turn, interaction: Interaction) -> Agent:
    state = turn.world.state
    return state.agents[state.assignments[interaction.interaction_id].agent_id]


def _has_room(turn: Turn, agent: Agent, interaction: Interaction) -> bool:
    """Whether the agent is available and has room for it, but for what is waking."""
    channels = turn.world.rules.channels
    roomy = roomy_channels(agent, used_capacity(agent), channels)
    has_room = roomy >> turn.world.index.row_of(interaction) & 1
    return agent.status is AgentStatus.AVAILABLE and bool(has_room)


def _wake_up(turn: Turn, agent: Agent, interaction: Interaction, cause: str) -> None:
    turn.emit(
        ev.InteractionWoken(
            cause=cause,
            interaction_id=interaction.interaction_id,
            agent_id=agent.agent_id,
            cost=turn.world.rules.channels[interaction.channel].cost,
        )
    )
