"""Joint matching: several agents and several interactions assigned to one another at once.

docs/matching.md, "Joint assignment". What each side could get in the best case is collected from
the index (as many as there are contestants, so that the best assignment is among them), and the
assignment is solved exactly. Its size is bounded by cells, never by a clock.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, TypeAlias

from queues.entry import Entry
from router.contestants import Contestants
from router.decide.turn import Turn
from router.matcher import Matcher
from router.state import Agent, Interaction
from scoring.arrays import RANKED_MAX, ClassChoice
from scoring.assignment import assign

__all__ = ("Contest", "Contests", "contest_of")

CONTESTANTS_MAX: Final = 16
"""Agents and interactions of one contest, together."""


class Contest(NamedTuple):
    """Agents and interactions that look for one another, and who gets what."""

    agents: list[Agent]
    interactions: list[Interaction]
    pairs: list[tuple[str, str]]
    """(interaction id, agent id), the interactions in their order."""

    size: tuple[int, int]
    """How many agents and interactions were compared."""


Contests: TypeAlias = Callable[[Turn, Contestants, int], Contest | None]
"""Finds the next contest of a turn, within so many cells."""


def contest_of(turn: Turn, contestants: Contestants, cells_max: int) -> Contest | None:
    """The next contest among what the batch has touched; None when there is none (any more)."""
    agents, interactions = _sides(contestants, cells_max)
    if max(len(agents), len(interactions)) < 2:
        return None
    values = _values(turn, agents, interactions)
    columns = sorted({interaction_id for _, interaction_id in values}, key=contestants.place)
    rows = sorted({agent_id for agent_id, _ in values}, key=contestants.turn)
    if min(len(rows), len(columns)) == 1:
        return None
    row, column = _numbered(rows), _numbered(columns)
    cells = {(row[a], column[i]): value for (a, i), value in values.items()}
    assigned = assign(len(rows), len(columns), cells)
    pairs = [(columns[at], rows[by]) for at, by in sorted((c, r) for r, c in assigned)]
    return Contest(agents, interactions, pairs, (len(rows), len(columns)))


def _sides(contestants: Contestants, cells_max: int) -> tuple[list[Agent], list[Interaction]]:
    """The agents idle longest, and the oldest interactions that fit beside all of them."""
    agents = contestants.agents(CONTESTANTS_MAX)
    # an agent left out beside an interaction could be given it, past older ones that wait
    interactions = contestants.interactions(CONTESTANTS_MAX - len(agents))
    few, some = len(agents), len(interactions)
    while _cells(few, some) > cells_max:
        if some:
            some -= 1
        else:
            few -= 1
    return agents[:few], interactions[:some]


def _cells(agents: int, interactions: int) -> int:
    """The most cells that so many contestants can bring: each as many partners as there are."""
    contestants = agents + interactions
    return (agents + interactions * contestants) * (interactions + agents * contestants)


def _values(
    turn: Turn, agents: list[Agent], interactions: list[Interaction]
) -> dict[tuple[str, str], int]:
    """The value of each pair (agent id, interaction id) that may be assigned."""
    index, now_ms = turn.world.index, turn.now_ms
    most = len(agents) + len(interactions)
    values: dict[tuple[str, str], int] = {}
    for agent in agents:
        for interaction_id, value in _best_for(index, agent.agent_id, most, now_ms):
            values[agent.agent_id, interaction_id] = value
    for interaction in interactions:
        for agent_id, value in index.best_agents(interaction, most, now_ms):
            values[agent_id, interaction.interaction_id] = value
    return values


class _Candidate(NamedTuple):
    """The next entry of a class or an own entry of an agent; compares as the page orders."""

    minus_value: int
    order_key: int
    sequence: int
    number: int
    """Of the list that it came from: no two candidates are equal."""

    entry: Entry
    rest: Iterator[Entry]
    pair: int


def _best_for(index: Matcher, agent_id: str, most: int, now_ms: int) -> list[tuple[str, int]]:
    """The interactions of the highest value to an agent: (id, value), at most ``most``."""
    own = index.queue.personal.of(agent_id)
    column = index.roster.column(agent_id)
    # twice as many lists as are wanted: some of their entries may exclude the agent
    asked = min(2 * most, RANKED_MAX)
    heads = index.choices.ranked(column, now_ms, own, asked)
    found, last = _merged(index, agent_id, heads, most, now_ms)
    if len(heads) == asked and (len(found) < most or last > _rank(heads[-1])):
        # so many exclude the agent that a list which was not looked at may hold a better one
        return index.best_interactions(agent_id, most, now_ms)
    return found


def _merged(
    index: Matcher, agent_id: str, lists: list[ClassChoice], most: int, now_ms: int
) -> tuple[list[tuple[str, int]], tuple[int, int, int]]:
    """The best of several lists, given by their heads, and the place of the last of them."""
    heads = deque(enumerate(lists))
    heap: list[_Candidate] = []
    found: dict[str, int] = {}
    last = (0, 0, 0)
    while (heap or heads) and len(found) < most:
        while heads and (not heap or _rank(heads[0][1]) < heap[0][:3]):
            heapq.heappush(heap, _opened(index, *heads.popleft(), now_ms))
        best = heap[0]
        if best.entry.interaction_id not in found and not index.excludes(best.entry, agent_id):
            found[best.entry.interaction_id] = -best.minus_value
            last = best[:3]
        following = next(best.rest, None)
        if following is None:
            heapq.heappop(heap)
        else:
            heapq.heapreplace(heap, _following(index, best, following, now_ms))
    return list(found.items()), last


def _rank(choice: ClassChoice) -> tuple[int, int, int]:
    return -choice.value, choice.key, choice.sequence


def _opened(index: Matcher, number: int, choice: ClassChoice, now_ms: int) -> _Candidate:
    """The first entry of a class, or an own entry, with what comes after it."""
    if choice.own < 0:
        rest = iter(index.queue.classes.entries(choice.slot))
        entry = next(rest)
    else:
        rest, entry = iter(()), index.queue.entry(choice.slot, choice.key, choice.sequence)
    pair = choice.value - index.weighted_urgency(entry, now_ms)
    return _Candidate(*_rank(choice), number, entry, rest, pair)


def _following(index: Matcher, before: _Candidate, entry: Entry, now_ms: int) -> _Candidate:
    """The next entry of the same class: only its urgency is another."""
    value = index.weighted_urgency(entry, now_ms) + before.pair
    return before._replace(
        minus_value=-value, order_key=entry.order_key, sequence=entry.sequence, entry=entry
    )


def _numbered(names: list[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(names)}
