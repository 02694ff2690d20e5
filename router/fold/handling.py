"""What folds tell of the time that things take: spells of work, and of absence.

Kept only where a policy asks when somebody will be free.
"""

from __future__ import annotations

from queues.handled import Handled
from queues.handling import remember
from router import limits
from router.lifecycle import AgentStatus
from router.state import Agent, Assignment, Interaction
from router.world import World

__all__ = ("comes_back", "goes_away", "keep_known_kinds", "spell_ends")


def spell_ends(world: World, interaction: Interaction, assignment: Assignment, now_ms: int) -> None:
    """What an agent has in hand is about to give its room back, if it has any."""
    if not world.rules.asks_when_free:
        return
    if interaction.interaction_id not in world.state.agents[assignment.agent_id].held:
        return
    known = _known(world, interaction)
    if known is not None:
        over_ms = assignment.completed_ms or now_ms
        remember(known, over_ms - assignment.since_ms, now_ms - over_ms)


def goes_away(agent: Agent, before: AgentStatus, now_ms: int) -> None:
    """The agent is logged in; who was there before and takes nothing now is away from here on."""
    if before is not agent.status and before in {AgentStatus.AVAILABLE, AgentStatus.OFFLINE}:
        agent.away_since_ms = now_ms


def comes_back(world: World, agent: Agent, before: AgentStatus, now_ms: int) -> None:
    """The agent is available; who signs in so has not been away."""
    away_ms = now_ms - agent.away_since_ms
    if before is not AgentStatus.AVAILABLE and away_ms and world.rules.asks_when_free:
        remember(world.state.away, away_ms, 0)


def keep_known_kinds(world: World) -> None:
    """Forget what the policy does not ask for, and the queues and channels that it has no more."""
    state, rules = world.state, world.rules
    if not rules.asks_when_free:
        state.handled.clear()
        state.away = Handled()
    for kind in list(state.handled):
        queue, _, channel = kind.partition(" ")
        if queue not in rules.weights or channel not in rules.channels:
            del state.handled[kind]


def _known(world: World, interaction: Interaction) -> Handled | None:
    handled, kind = world.state.handled, interaction.kind
    known = handled.get(kind)
    if known is None and len(handled) < limits.KINDS_TIMED_MAX:
        known = handled[kind] = Handled()
    return known
