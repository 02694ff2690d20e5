"""The matcher: the two choices of docs/matching.md, put to the index and put into words.

The comparisons are made in ``scoring`` over arrays; here columns and slots become agents and
interactions, and what only concerns one interaction (exclusions, history) is brought in.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from queues.ordered import Entry
from queues.urgency import urgency_ppm
from router.index import MatchIndex
from router.state import Interaction
from scoring.arrays import AgentChoice, ClassChoice, Instead, TieBreak
from scoring.roster import LOAD

__all__ = ("Matcher", "Ranked", "Scored", "interaction_urgency_ppm")


NAMED_MAX: Final = 3
"""Candidates that a decision record names."""


class Scored(NamedTuple):
    """One candidate with score and terms, in ppm."""

    agent_id: str
    score: int
    skill: int
    history: int
    load: int
    idle: int


class Ranked(NamedTuple):
    """The outcome of a choice among agents: the best few, and how many fell at which filter."""

    best: list[Scored]
    tie_break: TieBreak
    open: int
    """Agents who are available and have room for one more on the channel."""
    candidates: int
    excluded: int


def interaction_urgency_ppm(index: MatchIndex, interaction_id: str, now_ms: int) -> int:
    """The urgency of a waiting interaction."""
    entry = index.queue.where(interaction_id)
    return urgency_ppm(now_ms, entry.order_key, int(index.queue.classes.target_ms[entry.slot]))


class Matcher(MatchIndex):
    """The matching index, and the two choices that it answers."""

    def best_agent(self, interaction: Interaction, now_ms: int) -> Ranked | None:
        """The best agent for a queued interaction, with the runners-up; None if nobody may serve
        it."""
        open_count = self.roster.open_count[self.rules.channels[interaction.channel].row]
        if not open_count:
            return None
        slot = self.queue.where(interaction.interaction_id).slot
        choice = self.choices.agents(
            slot, now_ms, self._excluded(interaction), self._known(interaction), NAMED_MAX
        )
        return self._ranked(choice, open_count) if choice.best else None

    def best_interaction(self, agent_id: str, now_ms: int) -> str | None:
        """The queued interaction of the highest value to an agent, or None."""
        column = self.roster.column(agent_id)
        if not self.roster.is_open(column):
            return None
        own = self.queue.personal.of(agent_id)
        instead: dict[int, Instead] = {}
        passed: list[int] = []
        while True:
            choice = self.choices.interaction(column, now_ms, own, tuple(instead.values()), passed)
            if choice is None:
                return None
            entry = self._entry(choice)
            if not self._excludes(entry, agent_id):
                return entry.interaction_id
            if choice.own < 0:
                instead[choice.slot] = self._next_head(choice.slot, agent_id)
            else:
                passed.append(choice.sequence)

    def _entry(self, choice: ClassChoice) -> Entry:
        entries = self.queue.classes.entries(choice.slot)
        head = entries.head()
        if head is not None and head.sequence == choice.sequence:
            return head
        return entries.at(choice.key, choice.sequence)

    def _excludes(self, entry: Entry, agent_id: str) -> bool:
        return self.state.interactions[entry.interaction_id].excludes(agent_id)

    def _next_head(self, slot: int, agent_id: str) -> Instead:
        """The first entry of a class that does not exclude the agent."""
        interactions = self.state.interactions
        entry = self.queue.classes.entries(slot).first(
            lambda interaction_id: not interactions[interaction_id].excludes(agent_id)
        )
        return Instead(slot, entry.order_key, entry.sequence) if entry else Instead(slot, 0, -1)

    def _excluded(self, interaction: Interaction) -> list[int]:
        """Columns of the agents who may not be offered this, each once."""
        if not (interaction.excluded_agents or interaction.exclusions):
            return []
        barred = {*interaction.excluded_agents, *(e.agent_id for e in interaction.exclusions)}
        columns = (self.roster.get(agent_id) for agent_id in barred)
        return [column for column in columns if column is not None]

    def _known(self, interaction: Interaction) -> list[tuple[int, int]]:
        """Columns and history terms of the agents who know the customer."""
        columns = ((self.roster.get(agent), ppm) for agent, ppm in interaction.preferred)
        return [(column, ppm) for column, ppm in columns if column is not None]

    def _ranked(self, choice: AgentChoice, open_count: int) -> Ranked:
        roster = self.roster
        best = [
            Scored(roster.ids[c.column], c.score, c.skill, c.history, load, c.idle)
            for c, load in ((c, int(roster.terms[c.column, LOAD])) for c in choice.best)
        ]
        return Ranked(best, self._tie_break(choice), open_count, choice.candidates, choice.excluded)

    def _tie_break(self, choice: AgentChoice) -> TieBreak:
        if len(choice.best) < 2 or choice.best[0].score != choice.best[1].score:
            return ""
        first, second = (int(self.roster.idle_since_ms[c.column]) for c in choice.best[:2])
        return "agent_id" if first == second else "longest_idle"
