"""The matching index: the roster, the demands and the one queue, kept true to the state.

Three structures, one rule: whoever changes the state of an agent or an interaction tells the index
in the same fold. A new policy builds a new index from the state.
"""

from __future__ import annotations

from collections.abc import Hashable

import msgspec

from queues.one_queue import OneQueue
from queues.ordered import Entry
from queues.urgency import order_key_ms
from router.commands import Requirement
from router.ledger import open_channels
from router.lifecycle import AgentStatus, InteractionState
from router.rules import Rules
from router.state import Agent, Interaction, State
from scoring.arrays import Arrays, Choices
from scoring.choices import choices_over
from scoring.demands import Demands
from scoring.fit import requirement_fit
from scoring.roster import Roster

__all__ = ("MatchIndex",)


class MatchIndex:
    """Agents by column, demands by slot, waiting interactions by class."""

    def __init__(self, rules: Rules, state: State) -> None:
        self.rules = rules
        self.state = state
        self.roster = Roster(len(rules.channels))
        self.demands = Demands(self.roster)
        self.queue = OneQueue()
        self._choices: Choices | None = None
        self._generation = -1
        for agent in state.agents.values():
            self.agent_changed(agent, skills=True)
        for interaction in state.interactions.values():
            if interaction.state is InteractionState.QUEUED:
                self.enqueue(interaction)

    @property
    def choices(self) -> Choices:
        """The choices over the arrays as they are now."""
        generation = (
            self.roster.generation
            + self.demands.generation
            + self.demands.tables.generation
            + self.queue.classes.generation
        )
        if generation != self._generation or self._choices is None:
            self._choices = choices_over(self._arrays())
            self._generation = generation
        return self._choices

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
        entry = Entry(order_key, interaction.sequence, interaction.interaction_id, slot)
        self.queue.add(entry, interaction.preferred)

    def dequeue(self, interaction: Interaction) -> None:
        """An interaction waits no longer."""
        self.queue.remove(interaction.interaction_id, interaction.preferred)

    def agent_changed(self, agent: Agent, *, skills: bool = False) -> None:
        """Status, limits, ledger or (``skills``) levels of an agent have changed."""
        roster = self.roster
        column = roster.get(agent.agent_id)
        if column is None:
            column = roster.add(agent.agent_id)
            skills = True
        status = agent.status
        available = status is AgentStatus.AVAILABLE
        roster.set_presence(column, present=status is not AgentStatus.OFFLINE, available=available)
        roster.set_load(column, agent.capacity, agent.used)
        roster.set_idle_since(column, agent.idle_since_ms)
        roster.set_open(column, open_channels(agent, self.rules.channels) if available else 0)
        if skills:
            roster.set_levels(column, agent.skills)

    def agent_worked(self, agent: Agent) -> None:
        """Nothing but the time of an agent's last work has changed."""
        self.roster.set_idle_since(self.roster.column(agent.agent_id), agent.idle_since_ms)

    def is_skilled(self, agent: Agent, requirements: tuple[Requirement, ...]) -> bool:
        """Whether the agent meets every hard requirement."""
        demands = (d for d in self.rules.demands(requirements) if d.hard)
        return all(requirement_fit(d, agent.skills.get(d.skill, 0))[0] for d in demands)

    def agent_gone(self, agent_id: str) -> None:
        """An agent is neither logged in nor at work."""
        self.roster.remove(agent_id)

    def _arrays(self) -> Arrays:
        roster, demands, classes = self.roster, self.demands, self.queue.classes
        return Arrays(
            levels=roster.levels,
            open=roster.open,
            agent_terms=roster.terms,
            idle_since=roster.idle_since_ms,
            rank=roster.rank,
            last_offer=roster.last_offer,
            waiting=classes.waiting,
            channel=classes.channel,
            head_key=classes.head_key,
            head_sequence=classes.head_sequence,
            target=classes.target_ms,
            weights=demands.weights,
            weight_total=demands.weight_total,
            first=demands.first,
            count=demands.count,
            divisor=demands.divisor,
            in_turn=demands.in_turn,
            skill=demands.skill,
            table=demands.table,
            weight=demands.weight,
            hard=demands.hard,
            satisfied=demands.tables.satisfied,
            score=demands.tables.score,
            idle_half=self.rules.idle_half_ms,
            urgency_weight=self.rules.urgency_weight,
        )


def _demand_key(channel: str, queue: str, requirements: tuple[Requirement, ...]) -> Hashable:
    """What makes two demands the same: the order in which requirements are listed does not."""
    if len(requirements) < 2:
        return channel, queue, requirements
    return channel, queue, tuple(sorted(requirements, key=msgspec.structs.astuple))
