"""The matcher: the two choices of docs/matching.md, put to the index and put into words.

The comparisons are made in ``scoring`` over arrays; here columns and slots become agents and
interactions, and what only concerns one interaction (exclusions, history) is brought in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from mypy_extensions import mypyc_attr

from queues.entry import Entry
from router.errors import InvariantError
from router.index import MatchIndex
from router.precedence import ALIKE, TIED
from router.state import Interaction
from scoring import arrays as scores
from scoring.arrays import AgentChoice, ClassChoice, Instead, TieBreak
from scoring.roster import LOAD, SCARCITY
from scoring.strategies import Strategy

__all__ = ("Matcher", "Ranked", "Scored")


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
    scarcity: int


class Ranked(NamedTuple):
    """The outcome of a choice among agents: the best few, and how many fell at which filter."""

    best: list[Scored]
    tie_break: TieBreak
    open: int
    """Agents who are available and have room for one more on the channel."""
    candidates: int
    excluded: int
    passed: int = 0
    """Candidates before the best of these who were passed over, as they are due elsewhere."""


@mypyc_attr(allow_interpreted_subclasses=True)
class Matcher(MatchIndex):
    """The matching index, and the two choices that it answers."""

    def best_agent(self, interaction: Interaction, now_ms: int) -> Ranked | None:
        """The best agent for an interaction that looks for one, with the runners-up; None if nobody
        may serve it, or too few."""
        open_count = self.roster.open_count[self.row_of(interaction)]
        if not open_count:
            return None
        entry = self.queue.where(interaction.interaction_id)
        choice = self._agents_for(interaction, entry, NAMED_MAX, now_ms)
        if not choice.best:
            return None
        if self._are_too_few(interaction, choice.candidates):
            return None
        return self._ranked(choice, open_count, self.rules.strategies[interaction.queue])

    def assigned_agent(self, interaction: Interaction, agent_id: str, now_ms: int) -> Ranked:
        """As :meth:`best_agent`, for an agent who was chosen in another way: they are named too."""
        ranked = self.best_agent(interaction, now_ms)
        if ranked is None:
            raise InvariantError("an interaction was assigned that nobody may serve")
        best = ranked.best
        if all(scored.agent_id != agent_id for scored in best):
            slot = self.queue.where(interaction.interaction_id).slot
            history = interaction.history_ppm(agent_id)
            column = self.roster.column(agent_id)
            best = [*best, self._named(self.choices.score(slot, column, history, now_ms))]
        return ranked._replace(best=best, tie_break="")

    def best_interaction(self, agent_id: str, now_ms: int) -> str | None:
        """The queued interaction that comes first for an agent, of these the one of the highest
        value; or None."""
        column = self.roster.column(agent_id)
        if not self.roster.open_channels(column) & self.queue.classes.channels_waiting:
            return None
        own, precedence = self.queue.personal.of(agent_id), self.precedence_of(agent_id)
        instead: dict[int, Instead] = {}
        passed: list[int] = []
        while True:
            choice = self.choices.interaction(
                column, now_ms, own, tuple(instead.values()), passed, precedence
            )
            if choice is None:
                return None
            entry = self._entry(choice)
            if not (self.excludes(entry, agent_id) or self._is_held_back(entry, now_ms)):
                return entry.interaction_id
            if choice.own < 0:
                entries = iter(self.queue.classes.entries(choice.slot))
                instead[choice.slot] = self._next_of(choice.slot, entries, agent_id, now_ms)
            else:
                passed.append(choice.sequence)

    def comes(self, interaction: Interaction, agent_id: str) -> int:
        """How early an interaction comes for an agent, whatever its value; the lowest is first."""
        precedence = self.precedence_of(agent_id)
        if precedence is None:
            return ALIKE
        row = self.rules.precedences.rows[interaction.queue]
        return precedence.of(row, tied=interaction.history_ppm(agent_id) > 0)

    def is_due_elsewhere(self, agent_id: str, interaction: Interaction, now_ms: int) -> bool:
        """Whether something that comes earlier for an agent than this looks for one like them."""
        precedence = self.precedence_of(agent_id)
        if precedence is None:
            return False
        comes = self.comes(interaction, agent_id)
        if comes <= precedence.first:
            return False
        chosen = self.best_interaction(agent_id, now_ms)
        return chosen is not None and self.comes(self.state.interactions[chosen], agent_id) < comes

    def agent_for_chosen(
        self, interaction: Interaction, ranked: Ranked, chooser: str, now_ms: int
    ) -> Ranked | None:
        """Of those who are ``ranked`` for what an agent has chosen, the best one who is not due
        elsewhere; of what history ties to the chooser, the best one to whom it is tied."""
        entry = self.queue.where(interaction.interaction_id)
        if self.comes(interaction, chooser) == TIED:
            excluded, known = self._excluded(interaction), self._known(interaction)
            choice = self._preferred_for(interaction, entry.slot, excluded, known, now_ms)
            return self._among(interaction, ranked, choice, 0)
        passed: list[int] = []
        found: Ranked | None = ranked
        while found and self.is_due_elsewhere(found.best[0].agent_id, interaction, now_ms):
            passed.append(self.roster.column(found.best[0].agent_id))
            choice = self._agents_for(interaction, entry, NAMED_MAX, now_ms, passed)
            found = self._among(interaction, ranked, choice, len(passed))
        return found

    def best_interactions(self, agent_id: str, most: int, now_ms: int) -> list[tuple[str, int]]:
        """The queued interactions of the highest value to an agent: (id, value), at most ``most``.

        Asks for one after the other, whatever excludes the agent.
        """
        column, own = self.roster.column(agent_id), self.queue.personal.of(agent_id)
        instead: dict[int, Instead] = {}
        behind: dict[int, Iterator[Entry]] = {}
        passed: list[int] = []
        found: dict[str, int] = {}
        while len(found) < most:
            choice = self.choices.interaction(column, now_ms, own, tuple(instead.values()), passed)
            if choice is None:
                break
            entry = self._entry(choice)
            if not self.excludes(entry, agent_id):
                found.setdefault(entry.interaction_id, choice.value)
            if choice.own >= 0:
                passed.append(choice.sequence)
                continue
            slot = choice.slot
            rest = behind.get(slot)
            if rest is None:
                rest = behind[slot] = iter(self.queue.classes.entries(slot))
                next(rest)
            instead[slot] = self._next_of(slot, rest, agent_id, now_ms)
        return list(found.items())

    def best_agents(
        self, interaction: Interaction, most: int, now_ms: int
    ) -> list[tuple[str, int]]:
        """The best agents for a queued interaction: (agent id, value), at most ``most``."""
        entry = self.queue.where(interaction.interaction_id)
        choice = self._agents_for(interaction, entry, most, now_ms)
        urgency = self.weighted_urgency(entry, now_ms)
        return [(self.roster.ids[c.column], urgency + c.score) for c in choice.best]

    def weighted_urgency(self, entry: Entry, now_ms: int) -> int:
        """The part of a value that is the same for every agent."""
        return self.urgency_ppm(entry, now_ms) * self.rules.urgency_weight // 1_000

    def excludes(self, entry: Entry, agent_id: str) -> bool:
        """Whether an entry may not be offered to an agent: for good, for now, or because it is."""
        interaction = self.state.interactions[entry.interaction_id]
        if interaction.offers and entry.interaction_id in self.state.agents[agent_id].held:
            return True
        return interaction.excludes(agent_id)

    def _are_too_few(self, interaction: Interaction, candidates: int) -> bool:
        """Whether so many could be asked, fewer than its queue wants to be asked at once."""
        if not self.rules.asks_for_least or interaction.offers:
            return False
        return candidates < self.asked_at_least(interaction)

    def _is_held_back(self, entry: Entry, now_ms: int) -> bool:
        """Whether too few could be asked for what waits."""
        if not self.rules.asks_for_least:
            return False
        interaction = self.state.interactions[entry.interaction_id]
        if interaction.offers or self.asked_at_least(interaction) == 1:
            return False
        choice = self._agents_for(interaction, entry, 1, now_ms)
        return self._are_too_few(interaction, choice.candidates)

    def _agents_for(
        self,
        interaction: Interaction,
        entry: Entry,
        most: int,
        now_ms: int,
        passed: Sequence[int] = (),
    ) -> AgentChoice:
        excluded, known = self._excluded(interaction), self._known(interaction)
        if passed:
            excluded.extend(passed)
        if interaction.only_preferred:
            choice = self._preferred_for(interaction, entry.slot, excluded, known, now_ms)
            return choice._replace(best=choice.best[:most])
        if self.rules.asks_for_draws:
            return self.choices.agents(entry.slot, now_ms, excluded, known, most, self._next_offer)
        return self.choices.agents(entry.slot, now_ms, excluded, known, most)

    def _preferred_for(
        self,
        interaction: Interaction,
        slot: int,
        excluded: list[int],
        known: list[tuple[int, int]],
        now_ms: int,
    ) -> AgentChoice:
        """Those for whom an interaction is kept, the best first; all others count as excluded."""
        roster, least_ppm = self.roster, interaction.kept_from_ppm
        everybody = self.choices.agents(slot, now_ms, (), (), 1)
        row = self.row_of(interaction)
        scored = [
            self.choices.score(slot, column, ppm, now_ms)
            for column, ppm in known
            if ppm >= least_ppm
            and column not in excluded
            and roster.open_channels(column) >> row & 1
        ]
        able = [each for each in scored if each.skill >= 0]
        strategy, offer = self.rules.strategies[interaction.queue], self._next_offer
        able.sort(
            key=lambda s: (
                -s.score,
                roster.turn(s.column, strategy, offer),
                int(roster.rank[s.column]),
            )
        )
        barred = everybody.candidates - len(able)
        return AgentChoice(everybody.unskilled, barred, len(able), able)

    def _entry(self, choice: ClassChoice) -> Entry:
        head = self.queue.classes.entries(choice.slot).head()
        if head is not None and head.sequence == choice.sequence:
            return head
        return self.queue.entry(choice.slot, choice.key, choice.sequence)

    def _next_of(self, slot: int, rest: Iterator[Entry], agent_id: str, now_ms: int) -> Instead:
        """The next entry of a class that the agent may be offered."""
        for entry in rest:
            if self._is_held_back(entry, now_ms):
                if not self._excluded(self.state.interactions[entry.interaction_id]):
                    break  # nobody is kept from it, so all of the class are held back
            elif not self.excludes(entry, agent_id):
                return Instead(slot, entry.order_key, entry.sequence)
        return Instead(slot, 0, -1)

    def _excluded(self, interaction: Interaction) -> list[int]:
        """Columns of the agents who may not be offered this, each once."""
        if not (interaction.excluded_agents or interaction.exclusions or interaction.offers):
            return []
        barred = {*interaction.excluded_agents, *(e.agent_id for e in interaction.exclusions)}
        barred.update(self.state.offers[offer_id].agent_id for offer_id in interaction.offers)
        columns = (self.roster.get(agent_id) for agent_id in barred)
        return [column for column in columns if column is not None]

    def _known(self, interaction: Interaction) -> list[tuple[int, int]]:
        """Columns and history terms of the agents who know the customer."""
        columns = ((self.roster.get(agent), ppm) for agent, ppm in interaction.preferred)
        return [(column, ppm) for column, ppm in columns if column is not None]

    @property
    def _next_offer(self) -> int:
        """The number of the next offer among all of the tenant."""
        return self.state.offers_made + 1

    def _ranked(self, choice: AgentChoice, open_count: int, strategy: Strategy) -> Ranked:
        best = [self._named(scored) for scored in choice.best]
        tie_break = self._tie_break(choice, strategy)
        return Ranked(best, tie_break, open_count, choice.candidates, choice.excluded)

    def _among(
        self, interaction: Interaction, ranked: Ranked, choice: AgentChoice, passed: int
    ) -> Ranked | None:
        """The best few of a choice among fewer than all who may serve it; None if there is none."""
        if not choice.best:
            return None
        tie_break = self._tie_break(choice, self.rules.strategies[interaction.queue])
        best = [self._named(scored) for scored in choice.best[:NAMED_MAX]]
        return ranked._replace(best=best, tie_break=tie_break, passed=passed)

    def _named(self, scored: scores.Scored) -> Scored:
        roster, column = self.roster, scored.column
        return Scored(
            roster.ids[column],
            scored.score,
            scored.skill,
            scored.history,
            int(roster.terms[column, LOAD]),
            scored.idle,
            int(roster.terms[column, SCARCITY]) if self.rules.asks_for_scarcity else 0,
        )

    def _tie_break(self, choice: AgentChoice, strategy: Strategy) -> TieBreak:
        if len(choice.best) < 2 or choice.best[0].score != choice.best[1].score:
            return ""
        offer = self._next_offer
        first, second = (self.roster.turn(each.column, strategy, offer) for each in choice.best[:2])
        if first == second:
            return "agent_id"
        if strategy.turn == "by_attributes" and first[:-1] == second[:-1]:
            return "longest_idle"
        return strategy.turn
