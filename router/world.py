"""The world that events act on: the state, and what is derived from it for speed.

One object, so that a fold changes state, index and timers together and none can be forgotten.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator
from typing import Any, Final, TypeAlias, TypeVar

from queues.shards import Shards
from router import limits
from router.errors import InvariantError
from router.lifecycle import AgentStatus
from router.matcher import Matcher
from router.migration import Migration
from router.policy import Policy
from router.rules import Rules
from router.state import Agent, Interaction, State
from router.timers import Timers

__all__ = ("MatcherFactory", "World")

Value = TypeVar("Value", bound=Hashable)

MatcherFactory: TypeAlias = Callable[[Rules, State], Matcher]

SHARED_MAX: Final = 512
"""Different values of a shard that are kept to be shared; past it, they are collected anew."""


class World:
    """State, matching index, timers, and what the events of this batch have touched."""

    def __init__(
        self,
        state: State,
        new_matcher: MatcherFactory = Matcher,
        policy_at_once_max: int = limits.POLICY_AT_ONCE_MAX,
    ) -> None:
        self.state = state
        self.policy_at_once_max = policy_at_once_max
        self.timers = Timers()
        self.touched_agents: set[str] = set()
        self.touched_interactions: set[str] = set()
        self.claimants: set[str] = set()
        self.departed: dict[str, Agent] = {}
        self.migration: Migration | None = None
        """The policy that is on its way into force."""

        self.unclassified: Iterator[str] | None = None
        """The interactions that are still to be classified anew."""

        self.listens = False
        """Whether the policy in force signs off agents of whom nothing is heard."""

        self._anew: deque[int] = deque()
        self._retired: list[Matcher] = []
        self._shared: Shards[Any, Any] = Shards()
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

    @property
    def is_behind(self) -> bool:
        """Whether a policy is on its way into force, or has left something to do."""
        unfinished = self.migration is not None or self.unclassified is not None
        return bool(unfinished or self._anew or self._retired)

    @property
    def has_anew(self) -> bool:
        """Whether there are agents who have not been looked at since the policy changed."""
        return bool(self._anew)

    def sign_off_due_ms(self) -> int | None:
        """When the agent of whom nothing has been heard for longest is to be signed off, or
        None."""
        if not self.state.quiet:
            return None
        return next(iter(self.state.quiet.values())) + (self.rules.sign_off_ms or 0)

    def begin(self) -> Iterator[None]:
        """Build what is derived by the policy from a state that was folded elsewhere, a little
        with each step."""
        state = self.state
        if not state.policy_version:
            return
        self._index = self._empty_index(Policy.model_validate(state.policy))
        yield from self._index.filling()
        self.listens = self.rules.sign_off_ms is not None
        self.begin_unfinished()

    def begin_unfinished(self) -> None:
        """Begin once more what a policy had left to do: how far it had come, nothing tells."""
        state = self.state
        self._anew.clear()
        if state.announced is not None:
            self.announce_policy(state.announced.policy)
        if state.reclassifying:
            self.unclassified = state.interactions.gradually()

    def announce_policy(self, document: dict[str, object]) -> None:
        """Begin to build the index of a policy that is to be in force."""
        policy = Policy.model_validate(document)
        self.migration = Migration(self._empty_index(policy), self.state, policy)

    def install_policy(self, document: dict[str, object]) -> None:
        """Decide by a policy from here on: with the index that was built for it, or a new one."""
        self._faults_before = self.expression_faults
        migration, self.migration = self.migration, None
        self._let_all_claim()
        # who only follows may have looked while something was open that lacked, and is over
        if migration is not None and migration.is_over and not migration.lacking:
            self._take_over(migration.index)
            return
        self._anew.clear()
        self._index = self._empty_index(Policy.model_validate(document))
        self._index.fill()
        self.touch_everything()

    def _take_over(self, index: Matcher) -> None:
        if self._index is not None:
            self._retired.append(self._index)
        self._index = index
        index.predict()
        index.begin_shares()
        self.touched_interactions.clear()
        self.look_anew()

    def catch_up(self, agents: int) -> None:
        """Let the next matching look at some more agents; once it has looked at all, let go of some
        of what is past."""
        if self._retired and not self._anew:
            self._let_go(self._retired[-1])
        for _ in range(min(agents, len(self._anew))):
            # whoever has left since is not found, and whoever has come was touched by that
            self.touched_agents.add(self.index.roster.ids[self._anew.popleft()])

    def _let_go(self, index: Matcher) -> None:
        if not index.dismantle(limits.LET_GO_AT_ONCE):
            self._retired.pop()

    def keep_up(self) -> bool:
        """For who only folds, after each record: do a little of what a policy has left to do, as no
        matching will come to it. Whether something is left to do."""
        if self.migration is not None:
            self.migration.advance(limits.MIGRATED_AT_ONCE)
        self.catch_up(limits.LOOKED_AT_AT_ONCE)
        self.forget_touched()
        unfinished = self.migration is not None and not self.migration.is_over
        return bool(unfinished or self._anew or self._retired)

    def group_changed(self, group: str) -> None:
        """A group has opened or closed: whoever is of it may serve, or may not, from now on."""
        self.index.conditions.group_changed(group)
        if self.migration is not None:
            self.migration.index.conditions.group_changed(group)

    def look_anew(self) -> None:
        """Let matchings look at everybody who could take something, some agents with each."""
        self._anew = deque(self.index.open_by_idleness())

    def _empty_index(self, policy: Policy) -> Matcher:
        return self._new_matcher(Rules(policy), self.state)

    def touch_everything(self) -> None:
        """Let the next matching look at every available agent, which covers everything waiting."""
        self.touched_agents.update(self.state.agents)
        self.touched_interactions.clear()
        self._let_all_claim()

    def forget_touched(self) -> None:
        """Let no matching look at what has changed: somebody else has matched."""
        self.touched_agents.clear()
        self.touched_interactions.clear()
        self.claimants.clear()

    def _let_all_claim(self) -> None:
        """Let whoever waits for room be looked at, wherever there may be some now."""
        assignments = self.state.assignments
        self.claimants.update(assignments[name].agent_id for name in self.state.waking)

    def shared(self, value: Value) -> Value:
        """Equal values as one object: what waits in great numbers names and asks the same."""
        values = self._shared.of(value)
        if len(values) > SHARED_MAX:
            values.clear()
        shared: Value = values.setdefault(value, value)
        return shared

    def agent_changed(self, agent: Agent, *, skills: bool = False) -> None:
        """Bring the index up to date with an agent, and touch them if they may now take more."""
        self.index.agent_changed(agent, skills=skills)
        if agent.status is AgentStatus.AVAILABLE:
            self.touched_agents.add(agent.agent_id)
            if agent.waking:
                self.claimants.add(agent.agent_id)

    def drop_idle_offline(self, agent: Agent) -> None:
        """Forget an agent who is offline and has nothing in hand."""
        if agent.status is AgentStatus.OFFLINE and not agent.has_work:
            self.departed[agent.agent_id] = self.state.agents.pop(agent.agent_id)
            self.index.agent_gone(agent.agent_id)

    def place(self, interaction: Interaction) -> None:
        """An interaction has changed: it looks for an agent again, if it is to look at all."""
        if self.index.place(interaction):
            self.touched_interactions.add(interaction.interaction_id)

    def enqueue(self, interaction: Interaction) -> None:
        """An interaction waits from now on, and looks for an agent."""
        self.index.enqueue(interaction)
        self.touched_interactions.add(interaction.interaction_id)
