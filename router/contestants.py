"""Who looks for one another at the end of a batch: what it has touched, in order, round by round.

docs/matching.md, "Joint assignment". A contest takes a few from the front and most of the others
stand in the next one too: their order is found once, not once for each contest.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from itertools import islice
from typing import TypeAlias

from router.decide.turn import Turn
from router.lifecycle import InteractionState
from router.state import Agent, Interaction

__all__ = ("Contestants",)

Place: TypeAlias = tuple[int, int] | tuple[int, str]


class Contestants:
    """The touched agents and interactions of one turn, while nothing but contests is going on.

    Each offer takes room and frees none: who has no room, and what nobody with room may serve, is
    out for the rest of the turn.
    """

    def __init__(self, turn: Turn) -> None:
        self._world = turn.world
        self._agents = _Line(self.turn, self._has_room)
        self._interactions = _Line(self.place, self._has_a_chance)

    def agents(self, most: int) -> list[Agent]:
        """Touched agents with room, the longest idle first."""
        found = self._agents.first(self._world.touched_agents, most)
        return [self._world.state.agents[agent_id] for agent_id in found]

    def interactions(self, most: int) -> list[Interaction]:
        """Touched interactions that somebody with room may serve, the oldest first."""
        found = self._interactions.first(self._world.touched_interactions, most)
        return [self._world.state.interactions[interaction_id] for interaction_id in found]

    def turn(self, agent_id: str) -> tuple[int, str]:
        """What puts agents in order."""
        return self._world.state.agents[agent_id].idle_since_ms, agent_id

    def place(self, interaction_id: str) -> tuple[int, int]:
        """What puts interactions in order."""
        entry = self._world.index.queue.where(interaction_id)
        return entry.order_key, entry.sequence

    def _has_room(self, agent_id: str) -> bool:
        roster = self._world.index.roster
        return agent_id in self._world.state.agents and bool(
            roster.open_channels(roster.column(agent_id))
        )

    def _has_a_chance(self, interaction_id: str) -> bool:
        index = self._world.index
        interaction = self._world.state.interactions.get(interaction_id)
        if interaction is None or interaction.state is not InteractionState.QUEUED:
            return False
        return bool(index.roster.open_count[index.row_of(interaction)])


class _Line:
    """One side: who was touched, in order, as long as they can take part."""

    def __init__(self, place: Callable[[str], Place], can: Callable[[str], bool]) -> None:
        self._place = place
        self._can = can
        self._known: set[str] = set()
        self._order: list[tuple[Place, str]] = []

    def first(self, touched: Set[str], most: int) -> list[str]:
        """The first of those who are touched now and can take part."""
        self._take_in(touched)
        rest = iter(self._order)
        found = list(islice((standing for standing in rest if self._can(standing[1])), most))
        self._order = [*found, *rest]
        return [ident for _, ident in found]

    def _take_in(self, touched: Set[str]) -> None:
        # who was let go and is touched again is new
        self._order = [standing for standing in self._order if standing[1] in touched]
        new = touched - self._known
        self._known = set(touched)
        if new:
            self._order += [(self._place(ident), ident) for ident in new if self._can(ident)]
            self._order.sort()
