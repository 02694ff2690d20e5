"""Baselines that no policy can express, as matchers of their own in the real engine.

They look at all free agents and all waiting calls, so they are for small scenarios. A table says
what a pair is worth, by type and agent; the scenario's agents are told apart by their ids.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np
from scipy.optimize import linear_sum_assignment

from benchmarks.quality.scenario import Floats, Scenario, type_of
from router.lifecycle import AgentStatus, InteractionState
from router.matcher import Matcher, Ranked
from router.rules import Rules
from router.state import Agent, Interaction, State

__all__ = ("MatcherMaker", "assignment_every", "choosy", "generalised_c_mu", "priced")

MatcherMaker: TypeAlias = Callable[[], type[Matcher]]
"""Makes a matcher type; it can be sent to another process, which a type made here cannot."""


class _Lookout(Matcher):
    """Knows who is free and who waits, by looking at all of them."""

    def __init__(self, rules: Rules, state: State) -> None:
        self._may_serve: dict[tuple[int, str], bool] = {}
        super().__init__(rules, state)

    def _free_agents(self) -> list[Agent]:
        """By id: the state keeps no order that means anything."""
        agents = self.state.agents.values()
        free = [a for a in agents if a.status is AgentStatus.AVAILABLE and not a.held]
        return sorted(free, key=lambda agent: agent.agent_id)

    def _waiting_calls(self) -> list[Interaction]:
        """In order of arrival."""
        interactions = self.state.interactions.values()
        waiting = [i for i in interactions if i.state is InteractionState.QUEUED]
        return sorted(waiting, key=lambda interaction: interaction.sequence)

    def _serves(self, agent: Agent, interaction: Interaction) -> bool:
        key = (type_of(interaction.interaction_id), agent.agent_id)
        known = self._may_serve.get(key)
        if known is None:
            known = self._may_serve[key] = self.is_skilled(agent, interaction.requirements)
        return known

    def _with_agent(self, interaction: Interaction, now_ms: int, agent_id: str) -> Ranked | None:
        """The engine's own answer, with another agent in it."""
        ranked = super().best_agent(interaction, now_ms)
        if ranked is None:
            return None
        return ranked._replace(best=[ranked.best[0]._replace(agent_id=agent_id)])


class _Scored(_Lookout):
    """The best pair by two scores; ties go to the longest idle, and to the oldest."""

    @abstractmethod
    def _agent_score(self, kind: int, agent_id: str) -> float: ...

    @abstractmethod
    def _call_score(self, kind: int, agent_id: str, waited_ms: int) -> float: ...

    def _accepts(self, interaction: Interaction, agent_id: str, now_ms: int) -> bool:
        """Whether a pair may be made now."""
        del interaction, agent_id, now_ms
        return True

    def best_agent(self, interaction: Interaction, now_ms: int) -> Ranked | None:
        kind = type_of(interaction.interaction_id)
        able = [
            agent
            for agent in self._free_agents()
            if self._serves(agent, interaction)
            and self._accepts(interaction, agent.agent_id, now_ms)
        ]
        if not able:
            return None
        best = max(able, key=lambda a: (self._agent_score(kind, a.agent_id), -a.idle_since_ms))
        return self._with_agent(interaction, now_ms, best.agent_id)

    def best_interaction(self, agent_id: str, now_ms: int) -> str | None:
        agent = self.state.agents[agent_id]
        if agent.held:
            return None
        heads: dict[int, Interaction] = {}
        for interaction in self._waiting_calls():
            if self._serves(agent, interaction) and self._accepts(interaction, agent_id, now_ms):
                heads.setdefault(type_of(interaction.interaction_id), interaction)
        if not heads:
            return None
        best = max(
            heads,
            key=lambda kind: (
                self._call_score(kind, agent_id, now_ms - heads[kind].origin_ms),
                -heads[kind].sequence,
            ),
        )
        return heads[best].interaction_id


@dataclass(frozen=True, slots=True)
class _Table:
    """A number for each type and agent."""

    columns: Mapping[str, int]
    rows: list[list[float]]

    @classmethod
    def of(cls, scenario: Scenario, values: Floats) -> _Table:
        columns = {agent.agent_id: n for n, agent in enumerate(scenario.agents)}
        return cls(columns, values.tolist())

    def __call__(self, kind: int, agent_id: str) -> float:
        return self.rows[kind][self.columns[agent_id]]


def priced(scenario: Scenario, agent_scores: Floats, call_scores: Floats) -> MatcherMaker:
    """The agent of the highest ``agent_scores``, the call of the highest ``call_scores``."""
    return partial(_priced, _Table.of(scenario, agent_scores), _Table.of(scenario, call_scores))


def _priced(agents: _Table, calls: _Table) -> type[Matcher]:
    class Priced(_Scored):
        """Scores of pairs, whatever the wait."""

        def _agent_score(self, kind: int, agent_id: str) -> float:
            return agents(kind, agent_id)

        def _call_score(self, kind: int, agent_id: str, waited_ms: int) -> float:
            del waited_ms
            return calls(kind, agent_id)

    return Priced


def choosy(scenario: Scenario, scores: Floats, hold_ms: int) -> MatcherMaker:
    """Pairs of a score below 0 are made only once the call has waited for ``hold_ms``; among the
    others the highest. The simulation must look again at a call after that time."""
    return partial(_choosy, _Table.of(scenario, scores), hold_ms)


def _choosy(scores: _Table, hold_ms: int) -> type[Matcher]:
    class Choosy(_Scored):
        """Waits for a good match, for a while."""

        def _agent_score(self, kind: int, agent_id: str) -> float:
            return scores(kind, agent_id)

        def _call_score(self, kind: int, agent_id: str, waited_ms: int) -> float:
            del waited_ms
            return scores(kind, agent_id)

        def _accepts(self, interaction: Interaction, agent_id: str, now_ms: int) -> bool:
            waited_ms = now_ms - interaction.origin_ms
            return waited_ms >= hold_ms or self._pair(interaction, agent_id) >= 0

        def _pair(self, interaction: Interaction, agent_id: str) -> float:
            return scores(type_of(interaction.interaction_id), agent_id)

    return Choosy


def generalised_c_mu(scenario: Scenario) -> MatcherMaker:
    """The fastest agent; the call of the highest wait times service rate (quadratic waiting
    costs)."""
    return partial(_generalised_c_mu, _Table.of(scenario, 1 / scenario.handle_min))


def _generalised_c_mu(rates: _Table) -> type[Matcher]:
    class GeneralisedCMu(_Scored):
        """Wait times service rate."""

        def _agent_score(self, kind: int, agent_id: str) -> float:
            return rates(kind, agent_id)

        def _call_score(self, kind: int, agent_id: str, waited_ms: int) -> float:
            return waited_ms * rates(kind, agent_id)

    return GeneralisedCMu


def assignment_every(scenario: Scenario, values: Floats, window_ms: int) -> MatcherMaker:
    """Nothing between, and at every multiple of the window the assignment of the highest total
    value. The simulation must tick at those moments."""
    return partial(_assignment_every, _Table.of(scenario, values), window_ms)


def _assignment_every(values: _Table, window_ms: int) -> type[Matcher]:
    class AssignmentEvery(_Lookout):
        """One assignment problem per window, everyone idle and everything waiting in it."""

        _planned_ms = -1
        _agent_of: dict[str, str]
        _call_of: dict[str, str]

        def best_agent(self, interaction: Interaction, now_ms: int) -> Ranked | None:
            self._plan(now_ms)
            agent_id = self._agent_of.get(interaction.interaction_id)
            return None if agent_id is None else self._with_agent(interaction, now_ms, agent_id)

        def best_interaction(self, agent_id: str, now_ms: int) -> str | None:
            self._plan(now_ms)
            return self._call_of.pop(agent_id, None)

        def _plan(self, now_ms: int) -> None:
            if now_ms == self._planned_ms:
                return
            self._planned_ms = now_ms
            self._agent_of, self._call_of = {}, {}
            if now_ms % window_ms:
                return
            agents = [agent.agent_id for agent in self._free_agents()]
            calls = [call.interaction_id for call in self._waiting_calls()]
            if agents and calls:
                worth = np.array([[values(type_of(c), a) for a in agents] for c in calls])
                rows, columns = linear_sum_assignment(worth, maximize=True)
                pairs = [(calls[r], agents[c]) for r, c in zip(rows, columns, strict=True)]
                self._agent_of = dict(pairs)
                self._call_of = {agent: call for call, agent in pairs}

    return AssignmentEvery
