"""The matcher: the two choices of docs/matching.md, answered from the index without a scan.

``best_agent`` is a masked arg-max over one row of the demand matrix; ``best_interaction`` compares
the heads of the classes that the agent can serve, and of the lists that know the agent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from queues.ordered import Entry
from queues.urgency import urgency_ppm, weighted_urgency
from router.index import MatchIndex
from router.state import Interaction
from scoring.choice import TieBreak, choose
from scoring.terms import Ints, PairWeights, idle_term, load_term, pair_score

__all__ = ("Matcher", "Ranked", "Scored", "interaction_urgency_ppm")

RANKED_MAX: Final = 3
"""Candidates that a decision record names."""

_NOTHING: Final = -1
"""Below every value: ages are never negative."""


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
    eligible: int
    """Agents who are available and meet every hard requirement."""
    candidates: int
    excluded: int


class _Found(NamedTuple):
    """The best interaction so far; compares as docs/matching.md orders."""

    value: int
    older: int
    earlier: int
    interaction_id: str


def interaction_urgency_ppm(index: MatchIndex, interaction_id: str, now_ms: int) -> int:
    """The urgency of a waiting interaction."""
    slot, entry, _ = index.queue.where(interaction_id)
    return urgency_ppm(now_ms, entry.order_key, int(index.queue.classes.target_ms[slot]))


class Matcher(MatchIndex):
    """The matching index, and the two choices that it answers."""

    def best_agent(self, interaction: Interaction, now_ms: int) -> Ranked | None:
        """The best agent for a queued interaction, with the runners-up; None if nobody may serve
        it."""
        roster = self.roster
        channel = self.rules.channels[interaction.channel].row
        if not roster.open_count[channel]:
            return None
        slot = self.queue.where(interaction.interaction_id).slot
        mask = self.demands.eligible[slot] & roster.open[channel]
        excluded = _take_out_excluded(self, mask, interaction)
        columns = np.flatnonzero(mask)
        if not len(columns):
            return None
        terms = _agent_terms(self, slot, columns, interaction, now_ms)
        weights = PairWeights(*self.demands.weights[slot].tolist())
        scores = pair_score(weights, *terms)
        choice = choose(roster, columns, scores, RANKED_MAX)
        best = [_scored(self, columns, scores, terms, place) for place in choice.best]
        eligible = int(np.count_nonzero(self.demands.eligible[slot] & roster.available))
        return Ranked(best, choice.tie_break, eligible, len(columns), excluded)

    def best_interaction(self, agent_id: str, now_ms: int) -> str | None:
        """The queued interaction of the highest value to an agent, or None."""
        column = self.roster.column(agent_id)
        classes, demands = self.queue.classes, self.demands
        size = classes.size
        serves = (
            classes.waiting[:size]
            & demands.eligible[:size, column]
            & self.roster.open[:, column][classes.channel[:size]]
        )
        slots = np.flatnonzero(serves)
        if not len(slots):
            return None
        weighted = _class_scores(self, slots, column, now_ms)
        found = _best_head(self, agent_id, slots, weighted, now_ms)
        served = dict(zip(slots.tolist(), weighted.tolist(), strict=True))
        for own in _own_heads(self, agent_id, served, now_ms):
            found = own if found is None else max(found, own)
        return found.interaction_id if found else None


def _take_out_excluded(index: MatchIndex, mask: NDArray[np.bool_], interaction: Interaction) -> int:
    """Clear the mask where agents are excluded; how many that removed."""
    removed = 0
    barred = {*interaction.excluded_agents, *(e.agent_id for e in interaction.exclusions)}
    for agent_id in barred:
        column = index.roster.get(agent_id)
        if column is not None and mask[column]:
            mask[column] = False
            removed += 1
    return removed


def _agent_terms(
    index: MatchIndex,
    slot: int,
    columns: NDArray[np.intp],
    interaction: Interaction,
    now_ms: int,
) -> tuple[Ints, Ints, Ints, Ints]:
    """Skill, history, load and idle terms of the candidates."""
    roster = index.roster
    history = np.zeros(len(columns), dtype=np.int64)
    for agent_id, ppm in interaction.preferred:
        column = roster.get(agent_id)
        if column is not None:
            history[columns == column] = ppm
    return (
        index.demands.fit[slot, columns].astype(np.int64),
        history,
        load_term(roster.capacity[columns], roster.used[columns]),
        idle_term(roster.idle_since_ms[columns], now_ms, index.rules.idle_half_ms),
    )


def _scored(
    index: MatchIndex,
    columns: NDArray[np.intp],
    scores: Ints,
    terms: tuple[Ints, Ints, Ints, Ints],
    place: int,
) -> Scored:
    agent_id = index.roster.ids[columns[place]]
    skill, history, load, idle = (int(term[place]) for term in terms)
    return Scored(agent_id, int(scores[place]), skill, history, load, idle)


def _class_scores(index: MatchIndex, slots: NDArray[np.intp], column: int, now_ms: int) -> Ints:
    """Weighted sums of skill, load and idle terms for one agent and several classes.

    History is added by those who know it, before the division: the mean rounds once.
    """
    roster, demands = index.roster, index.demands
    load = load_term(roster.capacity[column : column + 1], roster.used[column : column + 1])
    since = roster.idle_since_ms[column : column + 1]
    idle = idle_term(since, now_ms, index.rules.idle_half_ms)
    weights = demands.weights[slots]
    fit = demands.fit[slots, column].astype(np.int64)
    weighted: Ints = weights[:, 0] * fit + weights[:, 2] * load + weights[:, 3] * idle
    return weighted


def _value(index: MatchIndex, slot: int, entry: Entry, weighted: int, now_ms: int) -> _Found:
    classes = index.queue.classes
    urgency = urgency_ppm(now_ms, entry.order_key, int(classes.target_ms[slot]))
    pair = weighted // int(index.demands.weight_total[slot])
    value = weighted_urgency(index.rules.urgency_weight, urgency) + pair
    return _Found(value, -entry.order_key, -entry.sequence, entry.interaction_id)


def _best_head(
    index: MatchIndex,
    agent_id: str,
    slots: NDArray[np.intp],
    weighted: Ints,
    now_ms: int,
) -> _Found | None:
    """The best of the first entries, class by class, that do not exclude the agent.

    All heads are valued at once. Only the class in front is looked into: if its head excludes the
    agent it steps back to its next entry, and the comparison goes on.
    """
    classes = index.queue.classes
    urgency = urgency_ppm(now_ms, classes.head_key[slots], classes.target_ms[slots])
    pair = weighted // index.demands.weight_total[slots]
    values = weighted_urgency(index.rules.urgency_weight, urgency) + pair
    keys, sequences = classes.head_key[slots], classes.head_sequence[slots]
    while True:
        place = _front(values, keys, sequences)
        if values[place] == _NOTHING:
            return None
        entry = _first_open(index, agent_id, int(slots[place]))
        if entry is None:
            values[place] = _NOTHING
            continue
        found = _value(index, int(slots[place]), entry, int(weighted[place]), now_ms)
        if entry.sequence == sequences[place]:
            return found
        values[place], keys[place], sequences[place] = found.value, entry.order_key, entry.sequence


def _front(values: Ints, keys: Ints, sequences: Ints) -> int:
    """The place of the best head: highest value, then oldest, then first to arrive."""
    place = int(values.argmax())
    tied = np.flatnonzero(values == values[place])
    if len(tied) == 1:
        return place
    tied = tied[keys[tied] == keys[tied].min()]
    return int(tied[sequences[tied].argmin()])


def _first_open(index: MatchIndex, agent_id: str, slot: int) -> Entry | None:
    """The first entry of a class that does not exclude the agent."""
    return index.queue.classes.entries(slot).first(
        lambda interaction_id: not index.state.interactions[interaction_id].excludes(agent_id)
    )


def _own_heads(
    index: MatchIndex, agent_id: str, served: dict[int, int], now_ms: int
) -> Iterator[_Found]:
    """The first entries of the lists that history ties to this agent, valued with that history."""
    for slot, history_ppm, entries in index.queue.personal.of(agent_id):
        if slot in served:
            entry = entries.first(
                lambda interaction_id: not index.state.interactions[interaction_id].excludes(agent_id)
            )
            if entry is not None:
                weight = int(index.demands.weights[slot, 1])
                weighted = served[slot] + weight * history_ppm
                yield _value(index, slot, entry, weighted, now_ms)
