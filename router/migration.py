"""Migration: the index of a policy that is to be in force, built beside the one that is.

A few agents and interactions at a time, while the policy in force goes on deciding. What changes
meanwhile is taken out before its event is folded, as it was put in, and put in anew as it is
afterwards. When nothing is left the new index takes the old one's place: between two events, whole.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from itertools import islice
from typing import Final

from router.eligibility.plan import skills_in
from router.events import Event, ScarcityPriced
from router.matcher import Matcher
from router.policy import Policy
from router.state import Interaction, State

__all__ = ("Migration", "lacks")

NEW_CLASS_UNITS: Final = 8
"""What a class of demands costs beside an interaction that finds it there."""

AGENT_UNITS: Final = 2
"""What an agent costs beside such an interaction."""


class Migration:
    """One policy on its way into force, over a state that goes on changing.

    ``lacking`` says in words what open interactions use and the policy lacks.
    """

    def __init__(self, index: Matcher, state: State, policy: Policy) -> None:
        self.index = index
        self.lacking: set[str] = set()
        self._state = state
        self._policy = policy
        # by id: each comes behind all that are ranked
        self._agents = iter(sorted(state.agents))
        self._interactions = state.interactions.gradually()
        self._is_read = False
        self._checked: set[Hashable] = set()
        self._changed_agents: dict[str, None] = {}
        self._changed_interactions: dict[str, None] = {}

    @property
    def is_over(self) -> bool:
        """Whether everything has been looked at, as it is now."""
        return self._is_read and not (self._changed_agents or self._changed_interactions)

    def before(self, event: Event) -> None:
        """An event will be folded: take out what it is about."""
        interaction_id = getattr(event, "interaction_id", "")
        if interaction_id:
            self._take_out(interaction_id)
        agent_id = getattr(event, "agent_id", "")
        if agent_id:
            self._changed_agents[agent_id] = None
        if isinstance(event, ScarcityPriced):
            self._changed_agents.update(dict.fromkeys(event.prices_ppm))

    def advance(self, units: int) -> None:
        """Put in what has changed, and about so much more of the rest."""
        for interaction_id in self._changed_interactions:
            self._put_in(interaction_id)
        self._changed_interactions.clear()
        left = self._read_agents(units)
        if left > 0:
            # not before: whoever came in between others would take the room for their ranks
            cost = self._renew_changed(units // AGENT_UNITS)
            self._read_interactions(max(left - cost, left // 2))

    def _read_agents(self, units: int) -> int:
        """Put in some of the agents; how many units are left."""
        for agent_id in islice(self._agents, units // AGENT_UNITS):
            self._renew(agent_id)
            units -= AGENT_UNITS
        return units if units >= AGENT_UNITS else 0

    def _renew_changed(self, agents: int) -> int:
        """Put in anew some of the agents who have changed; the units that they have cost."""
        changed = list(islice(self._changed_agents, agents))
        for agent_id in changed:
            del self._changed_agents[agent_id]
            self._renew(agent_id)
        return AGENT_UNITS * len(changed)

    def _read_interactions(self, units: int) -> None:
        while units > 0 and not self._is_read:
            interaction_id = next(self._interactions, None)
            if interaction_id is None:
                self._is_read = True
                break
            units -= self._put_in(interaction_id)

    def _take_out(self, interaction_id: str) -> None:
        self._changed_interactions[interaction_id] = None
        interaction = self._state.interactions.get(interaction_id)
        if interaction is not None and interaction_id in self.index.queue:
            self.index.displace(interaction)
        self.index.finished(interaction_id)

    def _put_in(self, interaction_id: str) -> int:
        """Put an interaction in unless it is there, or gone; the units that it has cost."""
        interaction = self._state.interactions.get(interaction_id)
        if interaction is None or interaction_id in self.index.queue:
            return 1
        self._check(interaction)
        if self.lacking:
            return 1
        classes = self.index.queue.classes.size
        self.index.place(interaction)
        return 1 + NEW_CLASS_UNITS * (self.index.queue.classes.size - classes)

    def _check(self, interaction: Interaction) -> None:
        """Look for what the policy lacks; once for all that name and ask the same."""
        progress = interaction.progress
        asked = None if progress is None else progress.requirements
        same = (interaction.channel, interaction.queue, interaction.requirements, asked)
        if same not in self._checked:
            self._checked.add(same)
            self.lacking.update(lacks(interaction, self._policy))

    def _renew(self, agent_id: str) -> None:
        agent = self._state.agents.get(agent_id)
        if agent is not None:
            self.index.agent_changed(agent, skills=True)
            self.index.price_changed(agent)
        elif self.index.roster.get(agent_id) is not None:
            self.index.agent_gone(agent_id)


def lacks(interaction: Interaction, policy: Policy) -> Iterator[str]:
    """What an open interaction uses and a policy lacks, in words."""
    if interaction.channel not in policy.channels:
        yield _missing("channel", interaction.channel)
    if interaction.queue not in policy.queues:
        yield _missing("queue", interaction.queue)
    asked = (*interaction.requirements, *interaction.asked)
    for skill in sorted({skill for each in asked for skill in skills_in(each)}):
        if skill not in policy.skills:
            yield _missing("skill", skill)


def _missing(kind: str, name: str) -> str:
    return f"{kind} {name!r} is used by open interactions and missing from the policy"
