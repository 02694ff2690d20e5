"""The matching index: the roster, the demand rows and the one queue, kept true to the state.

Three structures, one rule: whoever changes the state of an agent or an interaction tells the index
in the same fold. A new policy builds a new index from the state.
"""

from __future__ import annotations

from collections.abc import Hashable

import msgspec

from queues.one_queue import OneQueue
from queues.ordered import Entry
from queues.urgency import order_key_ms
from router import limits
from router.commands import Requirement
from router.ledger import open_channels
from router.lifecycle import AgentStatus, InteractionState
from router.rules import Rules
from router.state import Agent, Interaction, State
from scoring.demands import DemandRows
from scoring.fit import requirement_fit
from scoring.roster import Roster

__all__ = ("MatchIndex",)


class MatchIndex:
    """Agents by column, demands by slot, waiting interactions by class."""

    def __init__(self, rules: Rules, state: State) -> None:
        self.rules = rules
        self.state = state
        self.roster = Roster(len(rules.channels))
        self.demands = DemandRows(self.roster)
        self.queue = OneQueue(limits.DEMAND_CLASSES_MAX)
        for agent in state.agents.values():
            self.agent_changed(agent, skills=True)
        for interaction in state.interactions.values():
            if interaction.state is InteractionState.QUEUED:
                self.enqueue(interaction)

    def enqueue(self, interaction: Interaction) -> None:
        """An interaction waits from now on."""
        rules = self.rules
        channel, queue = interaction.channel, interaction.queue
        target_ms = rules.target_ms(channel, queue)
        slot, new = self.queue.intern(
            _demand_key(channel, queue, interaction.requirements),
            channel=rules.channels[channel].row,
            target_ms=target_ms,
        )
        if new:
            demands = rules.demands(interaction.requirements)
            self.demands.set_slot(slot, demands, rules.weights[queue])
        order_key = order_key_ms(
            interaction.origin_ms, interaction.priority, rules.priority_step, target_ms
        )
        entry = Entry(order_key, interaction.sequence, interaction.interaction_id)
        self.queue.add(slot, entry, interaction.preferred)

    def has_room(self, channel: str, queue: str, requirements: tuple[Requirement, ...]) -> bool:
        """Whether one more interaction with this demand can wait (router/limits.py)."""
        return self.queue.classes.has_room(_demand_key(channel, queue, requirements))

    def dequeue(self, interaction_id: str) -> None:
        """An interaction waits no longer."""
        self.queue.remove(interaction_id)

    def agent_changed(self, agent: Agent, *, skills: bool = False) -> None:
        """Status, limits, ledger or (``skills``) levels of an agent have changed."""
        roster = self.roster
        column = roster.get(agent.agent_id)
        if column is None:
            column = roster.add(agent.agent_id)
            skills = True
        available = agent.status is AgentStatus.AVAILABLE
        present = agent.status is not AgentStatus.OFFLINE
        roster.set_presence(column, present=present, available=available)
        roster.capacity[column] = agent.capacity
        roster.used[column] = agent.used
        roster.idle_since_ms[column] = agent.idle_since_ms
        channels = self.rules.channels
        roster.set_open(
            column, open_channels(agent, channels) if available else [False] * len(channels)
        )
        if skills:
            roster.set_levels(column, agent.skills)
            self.demands.set_column(column)

    def is_skilled(self, agent: Agent, requirements: tuple[Requirement, ...]) -> bool:
        """Whether the agent meets every hard requirement."""
        demands = (d for d in self.rules.demands(requirements) if d.hard)
        return all(requirement_fit(d, agent.skills.get(d.skill, 0))[0] for d in demands)

    def agent_gone(self, agent_id: str) -> None:
        """An agent is neither logged in nor at work."""
        self.roster.remove(agent_id)


def _demand_key(channel: str, queue: str, requirements: tuple[Requirement, ...]) -> Hashable:
    """What makes two demands the same: the order in which requirements are listed does not."""
    if len(requirements) < 2:
        return channel, queue, requirements
    return channel, queue, tuple(sorted(requirements, key=msgspec.structs.astuple))
