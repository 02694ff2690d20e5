"""The world that events act on: the state, and what is derived from it for speed.

One object, so that a fold changes state, index and timers together and none can be forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Final, TypeAlias, TypeVar

from router.errors import InvariantError
from router.lifecycle import AgentStatus
from router.matcher import Matcher
from router.policy import Policy
from router.rules import Rules
from router.state import Agent, Interaction, State
from router.timers import Timers

__all__ = ("MatcherFactory", "World")

Value = TypeVar("Value", bound=Hashable)

MatcherFactory: TypeAlias = Callable[[Rules, State], Matcher]

SHARED_MAX: Final = 100_000
"""Different values that are kept to be shared; past it, they are collected anew."""


class World:
    """State, matching index, timers, and what the events of this batch have touched."""

    def __init__(self, state: State, new_matcher: MatcherFactory = Matcher) -> None:
        self.state = state
        self.timers = Timers()
        self.touched_agents: set[str] = set()
        self.touched_interactions: set[str] = set()
        self.departed: dict[str, Agent] = {}
        self._shared: dict[Any, Any] = {}
        self._new_matcher = new_matcher
        self._index: Matcher | None = None
        self._faults_before = 0

    @property
    def has_policy(self) -> bool:
        """Whether a policy is in force."""
        return self._index is not None

    @property
    def index(self) -> Matcher:
        """The matching index; there is none before the first policy."""
        if self._index is None:
            raise InvariantError("nothing can be matched before a policy is in force")
        return self._index

    @property
    def expression_faults(self) -> int:
        """Evaluations of expressions that have failed so far."""
        return self._faults_before + (self._index.conditions.faults if self._index else 0)

    @property
    def rules(self) -> Rules:
        """The policy in force, as integers."""
        return self.index.rules

    def install_policy(self, document: dict[str, object]) -> None:
        """Build the index anew for a policy that is in force from here on."""
        self._faults_before = self.expression_faults
        self._index = self._new_matcher(Rules(Policy.model_validate(document)), self.state)
        self.touch_everything()

    def touch_everything(self) -> None:
        """Let the next matching look at every available agent, which covers everything waiting."""
        self.touched_agents.update(self.state.agents)
        self.touched_interactions.clear()

    def shared(self, value: Value) -> Value:
        """Equal values as one object: what waits in great numbers names and asks the same."""
        if len(self._shared) > SHARED_MAX:
            self._shared.clear()
        shared: Value = self._shared.setdefault(value, value)
        return shared

    def agent_changed(self, agent: Agent, *, skills: bool = False) -> None:
        """Bring the index up to date with an agent, and touch them if they may now take more."""
        self.index.agent_changed(agent, skills=skills)
        if agent.status is AgentStatus.AVAILABLE:
            self.touched_agents.add(agent.agent_id)

    def drop_idle_offline(self, agent: Agent) -> None:
        """Forget an agent who is offline and holds nothing."""
        if agent.status is AgentStatus.OFFLINE and not agent.held:
            self.departed[agent.agent_id] = self.state.agents.pop(agent.agent_id)
            self.index.agent_gone(agent.agent_id)

    def enqueue(self, interaction: Interaction) -> None:
        """An interaction waits from now on, and looks for an agent."""
        self.index.enqueue(interaction)
        self.touched_interactions.add(interaction.interaction_id)
