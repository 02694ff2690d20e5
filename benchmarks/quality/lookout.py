"""Matchers that look at everybody: who could serve whom just now, by the engine's own rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from router.lifecycle import InteractionState
from router.matcher import Matcher, Ranked
from router.state import Interaction

__all__ = ("Lookout", "MatcherMaker")

MatcherMaker: TypeAlias = Callable[[], type[Matcher]]
"""Makes a matcher type; it can be sent to another process, which a type made here cannot."""

ALL: Final = 1_000_000
"""More than may be looked at here."""


class Lookout(Matcher):
    """Knows who could serve whom just now, by looking at all of them."""

    def able_agents(self, interaction: Interaction, now_ms: int) -> list[str]:
        """Who may be offered it now, the longest idle first."""
        return [agent_id for agent_id, _ in self.best_agents(interaction, ALL, now_ms)]

    def able_calls(self, agent_id: str, now_ms: int) -> list[Interaction]:
        """What an agent may be offered now, the oldest first."""
        found = self.best_interactions(agent_id, ALL, now_ms)
        return [self.state.interactions[interaction_id] for interaction_id, _ in found]

    def waiting_calls(self) -> list[Interaction]:
        """Whatever waits, in order of arrival."""
        interactions = self.state.interactions.values()
        waiting = [i for i in interactions if i.state is InteractionState.QUEUED]
        return sorted(waiting, key=lambda interaction: interaction.sequence)

    def with_agent(self, interaction: Interaction, now_ms: int, agent_id: str) -> Ranked | None:
        """The engine's own answer, with another agent in it."""
        ranked = super().best_agent(interaction, now_ms)
        if ranked is None:
            return None
        return ranked._replace(best=[ranked.best[0]._replace(agent_id=agent_id)])
