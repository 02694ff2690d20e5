"""Expectations: will one of those for whom a step keeps something be free before it ends?

By docs/workflows.md, "Free in time": from what each of them has in hand, and since when. Where too
little is known, the best is expected.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import msgspec

from queues.handling import work_ends_in_time, wrap_up_ends_in_time
from router.decide.turn import Turn
from router.ledger import roomy_channels, used_capacity
from router.lifecycle import AgentStatus, AssignmentState
from router.rules import ChannelRule
from router.state import Agent, Interaction

__all__ = ("ITEMS_MAX", "is_free_in_time")

ITEMS_MAX: Final = 6
"""How much of what an agent has in hand may end: each item doubles the ways in which it may go."""

PPM: Final = 1_000_000
NEVER: Final = Fraction(0)
SURELY: Final = Fraction(1)


def is_free_in_time(
    turn: Turn, interaction: Interaction, agents: list[Agent], end_ms: int, least_ppm: int
) -> bool:
    """Whether at least one of these agents has room for it before then, as probably as that."""
    if not least_ppm:
        return True
    busy = SURELY
    for agent in agents:
        busy *= 1 - _free(turn, interaction, agent, end_ms)
        if (1 - busy) * PPM >= least_ppm:
            return True
    return False


def _free(turn: Turn, interaction: Interaction, agent: Agent, end_ms: int) -> Fraction:
    """The probability that this agent has."""
    if interaction.interaction_id in agent.held:
        return SURELY
    if any(e.agent_id == agent.agent_id and e.until_ms >= end_ms for e in interaction.exclusions):
        return NEVER
    room = _room(turn, agent, 1 << turn.world.index.row_of(interaction), end_ms)
    if agent.status is AgentStatus.AVAILABLE:
        return room
    away_ms = turn.now_ms - agent.away_since_ms
    return room * work_ends_in_time(turn.world.state.away, away_ms, end_ms - turn.now_ms)


def _room(turn: Turn, agent: Agent, bit: int, end_ms: int) -> Fraction:
    """The probability that so much has ended that there is room, were the agent here."""
    channels = turn.world.rules.channels
    agent = _with_waking(turn, agent)
    if _has_room(agent, bit, channels):
        return SURELY
    ends = [(_ends_in_time(turn, name, end_ms), name) for name in agent.held]
    ends.sort(key=_likeliest)
    return _room_after(agent, bit, channels, ends[:ITEMS_MAX])


def _likeliest(one: tuple[Fraction, str]) -> tuple[int, str]:
    ends, name = one
    return -int(ends * PPM), name


def _with_waking(turn: Turn, agent: Agent) -> Agent:
    """The agent as if what is waking had the room that it has the first claim on."""
    held = dict(agent.held)
    for name in agent.waking:
        interaction = turn.world.state.interactions[name]
        cost = turn.world.rules.channels[interaction.channel].cost
        held[name] = turn.world.index.item(interaction, cost)
    return msgspec.structs.replace(agent, held=held)


def _ends_in_time(turn: Turn, name: str, end_ms: int) -> Fraction:
    """The probability that what an agent has in hand is over before then; what is offered, or
    waking, only begins."""
    state, now_ms = turn.world.state, turn.now_ms
    known = state.handled.get(state.interactions[name].kind)
    assignment = state.assignments.get(name)
    if assignment is None or assignment.state is AssignmentState.WAKING:
        return work_ends_in_time(known, 0, end_ms - now_ms)
    if not assignment.completed_ms:
        return work_ends_in_time(known, now_ms - assignment.since_ms, end_ms - now_ms)
    if 0 < assignment.wrap_up_until_ms < end_ms:
        return SURELY
    return wrap_up_ends_in_time(known, now_ms - assignment.completed_ms, end_ms - now_ms)


def _room_after(
    agent: Agent, bit: int, channels: dict[str, ChannelRule], ends: list[tuple[Fraction, str]]
) -> Fraction:
    """The probability that there is room once each of these has ended or not."""
    if _has_room(agent, bit, channels):
        return SURELY
    if not _has_room(_without(agent, [name for _, name in ends]), bit, channels):
        return NEVER
    (ended, name), *others = ends
    stays = _room_after(agent, bit, channels, others)
    freed = _room_after(_without(agent, [name]), bit, channels, others)
    return stays + ended * (freed - stays)


def _without(agent: Agent, names: list[str]) -> Agent:
    """The agent as if these were over."""
    held = {name: item for name, item in agent.held.items() if name not in names}
    return msgspec.structs.replace(agent, held=held)


def _has_room(agent: Agent, bit: int, channels: dict[str, ChannelRule]) -> bool:
    return bool(roomy_channels(agent, used_capacity(agent), channels) & bit)
