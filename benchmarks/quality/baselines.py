"""Baselines that no policy can express, as matchers of their own in the real engine.

The engine says who may serve whom, and in which order all else being equal (by the policy: the
longest idle first, the oldest first); these look at all of them, so they are for small scenarios.
A table says what a pair is worth, by type and agent.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping
from functools import partial

import numpy as np
from scipy.optimize import linear_sum_assignment

from benchmarks.quality.center import Floats
from benchmarks.quality.lookout import Lookout, MatcherMaker
from benchmarks.quality.tables import Table
from benchmarks.scenario.document import Scenario
from benchmarks.scenario.workload import type_of
from benchmarks.simulator.kernel import BEGIN_MS
from router.lifecycle import AgentStatus
from router.matcher import Matcher, Ranked
from router.state import Interaction

__all__ = (
    "assignment_every",
    "choosy",
    "fixed_queue_ratio",
    "generalised_c_mu",
    "priced",
)


class _Scored(Lookout):
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
            agent_id
            for agent_id in self.able_agents(interaction, now_ms)
            if self._accepts(interaction, agent_id, now_ms)
        ]
        if not able:
            return None
        best = max(able, key=lambda agent_id: self._agent_score(kind, agent_id))
        return self.with_agent(interaction, now_ms, best)

    def best_interaction(self, agent_id: str, now_ms: int) -> str | None:
        heads: dict[int, Interaction] = {}
        for call in self.able_calls(agent_id, now_ms):
            if self._accepts(call, agent_id, now_ms):
                heads.setdefault(type_of(call.interaction_id), call)
        if not heads:
            return None
        best = max(
            heads,
            key=lambda kind: self._call_score(kind, agent_id, now_ms - heads[kind].origin_ms),
        )
        return heads[best].interaction_id


def priced(scenario: Scenario, agent_scores: Floats, call_scores: Floats) -> MatcherMaker:
    """The agent of the highest ``agent_scores``, the call of the highest ``call_scores``."""
    return partial(_priced, Table.of(scenario, agent_scores), Table.of(scenario, call_scores))


def _priced(agents: Table, calls: Table) -> type[Matcher]:
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
    return partial(_choosy, Table.of(scenario, scores), hold_ms)


def _choosy(scores: Table, hold_ms: int) -> type[Matcher]:
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


def generalised_c_mu(scenario: Scenario, rates: Floats, costs: Floats) -> MatcherMaker:
    """The fastest agent; the call of the highest cost times wait times service rate: costs of
    waiting grow with its square. ``rates`` are by type and agent, ``costs`` by type."""
    weighted = Table.of(scenario, rates * costs[:, None])
    return partial(_generalised_c_mu, Table.of(scenario, rates), weighted)


def _generalised_c_mu(rates: Table, weighted: Table) -> type[Matcher]:
    class GeneralisedCMu(_Scored):
        """Wait times service rate."""

        def _agent_score(self, kind: int, agent_id: str) -> float:
            return rates(kind, agent_id)

        def _call_score(self, kind: int, agent_id: str, waited_ms: int) -> float:
            return waited_ms * weighted(kind, agent_id)

    return GeneralisedCMu


def fixed_queue_ratio(
    shares: Mapping[int, float], pools: Mapping[str, int], pool_shares: Mapping[int, float]
) -> MatcherMaker:
    """Queues are kept at fixed ratios, and so is idleness (Gurvich and Whitt 2009): an agent takes
    the head of the queue that is furthest above its share of all that wait, a call goes to the pool
    that is furthest above its share of all who are idle. ``shares`` of the waiting by type,
    ``pools`` by agent id, ``pool_shares`` of the idle by pool; each sums to 1."""
    return partial(_fixed_queue_ratio, dict(shares), dict(pools), dict(pool_shares))


def _fixed_queue_ratio(
    shares: Mapping[int, float], pools: Mapping[str, int], pool_shares: Mapping[int, float]
) -> type[Matcher]:
    class FixedQueueRatio(Lookout):
        """Furthest above its share."""

        def best_agent(self, interaction: Interaction, now_ms: int) -> Ranked | None:
            able = self.able_agents(interaction, now_ms)
            if not able:
                return None
            idle = Counter(map(pools.__getitem__, self._idle_for(interaction)))
            everyone = idle.total()
            best = max(able, key=lambda a: idle[pools[a]] - pool_shares[pools[a]] * everyone)
            return self.with_agent(interaction, now_ms, best)

        def best_interaction(self, agent_id: str, now_ms: int) -> str | None:
            calls = self.able_calls(agent_id, now_ms)
            if not calls:
                return None
            waiting = Counter(type_of(call.interaction_id) for call in self.waiting_calls())
            everyone = waiting.total()

            def above_share(call: Interaction) -> float:
                kind = type_of(call.interaction_id)
                return waiting[kind] - shares[kind] * everyone

            return max(calls, key=above_share).interaction_id

        def _idle_for(self, interaction: Interaction) -> list[str]:
            """Who has room for one more on its channel, whether they have the skill or not."""
            roster, row = self.roster, self.row_of(interaction)
            columns = roster.open_columns().tolist()
            return [roster.ids[c] for c in columns if roster.open_channels(c) >> row & 1]

    return FixedQueueRatio


def assignment_every(scenario: Scenario, values: Floats, window_ms: int) -> MatcherMaker:
    """Nothing between, and at every multiple of the window the assignment of the highest total
    value. The simulation must tick at those moments."""
    return partial(_assignment_every, Table.of(scenario, values), window_ms)


def _assignment_every(values: Table, window_ms: int) -> type[Matcher]:
    class AssignmentEvery(Lookout):
        """One assignment problem per window, everyone idle and everything waiting in it: of agents
        who hold one call at a time, and all may serve all."""

        _planned_ms = -1
        _agent_of: dict[str, str]
        _call_of: dict[str, str]

        def best_agent(self, interaction: Interaction, now_ms: int) -> Ranked | None:
            self._plan(now_ms)
            agent_id = self._agent_of.get(interaction.interaction_id)
            return None if agent_id is None else self.with_agent(interaction, now_ms, agent_id)

        def best_interaction(self, agent_id: str, now_ms: int) -> str | None:
            self._plan(now_ms)
            return self._call_of.pop(agent_id, None)

        def _plan(self, now_ms: int) -> None:
            if now_ms == self._planned_ms:
                return
            self._planned_ms = now_ms
            self._agent_of, self._call_of = {}, {}
            if (now_ms - BEGIN_MS) % window_ms:
                return
            agents = self._free_agents()
            calls = [call.interaction_id for call in self.waiting_calls()]
            if agents and calls:
                worth = np.array([[values(type_of(c), a) for a in agents] for c in calls])
                rows, columns = linear_sum_assignment(worth, maximize=True)
                pairs = [(calls[r], agents[c]) for r, c in zip(rows, columns, strict=True)]
                self._agent_of = dict(pairs)
                self._call_of = {agent: call for call, agent in pairs}

        def _free_agents(self) -> list[str]:
            """By id: the state keeps no order that means anything."""
            agents = self.state.agents.values()
            return sorted(
                a.agent_id for a in agents if a.status is AgentStatus.AVAILABLE and not a.held
            )

    return AssignmentEvery
