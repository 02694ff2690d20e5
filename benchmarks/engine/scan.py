"""The naive way, done well: every choice scans all that waits, or all agents, with NumPy.

The same rules as docs/matching.md and no index: what an index is worth is measured against it. It
is also an oracle: it must choose exactly as the engine's matcher does.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks.engine.scan_tables import AgentTable, DemandTable, WaitingTable
from router.commands import Requirement
from router.ledger import open_channels, used_capacity
from router.lifecycle import AgentStatus, InteractionState
from router.matcher import Matcher, Ranked, Scored
from router.rules import Rules
from router.state import Agent, Interaction, State

__all__ = ("ScanMatcher",)

Ints: TypeAlias = NDArray[np.int64]
TieBreak: TypeAlias = Literal["", "longest_idle", "agent_id"]

RANKED_MAX: Final = 3
MILLION: Final = 1_000_000
NOTHING: Final = int(np.iinfo(np.int64).min)
"""Below every value."""


class ScanMatcher(Matcher):
    """Answers both questions by looking at everything.

    For policies that name no strategy and no order, put nothing first, let everybody serve every
    queue, and ask one agent at a time without a cap on offers. Joint assignment is left to the
    engine. Until ``begin_scan`` it chooses by the index, as the engine does.
    """

    scan: Scan | None = None

    def enqueue(self, interaction: Interaction) -> None:
        """An interaction waits from now on."""
        super().enqueue(interaction)
        if self.scan is not None:
            self.scan.enqueue(interaction)

    def dequeue(self, interaction: Interaction) -> None:
        """An interaction waits no longer."""
        super().dequeue(interaction)
        if self.scan is not None:
            self.scan.waiting.remove(interaction.interaction_id)

    def agent_changed(self, agent: Agent, *, skills: bool = False) -> None:
        """An agent has changed."""
        super().agent_changed(agent, skills=skills)
        if self.scan is not None:
            self.scan.agent_changed(agent, skills=skills)

    def agent_worked(self, agent: Agent) -> None:
        """Only the time of an agent's last work has changed."""
        super().agent_worked(agent)
        if self.scan is not None:
            self.scan.agent_changed(agent, skills=False)

    def agent_gone(self, agent_id: str) -> None:
        """An agent is neither logged in nor at work."""
        super().agent_gone(agent_id)
        if self.scan is not None:
            self.scan.agents.remove(agent_id)

    def best_agent(self, interaction: Interaction, now_ms: int) -> Ranked | None:
        """The best of all agents."""
        if self.scan is None:
            return super().best_agent(interaction, now_ms)
        return self.scan.best_agent(interaction, now_ms)

    def best_interaction(self, agent_id: str, now_ms: int) -> str | None:
        """The best of all that waits."""
        if self.scan is None:
            return super().best_interaction(agent_id, now_ms)
        return self.scan.best_interaction(agent_id, now_ms)

    def begin_scan(self) -> None:
        """Scan from now on; the tables are filled before this returns, and kept true."""
        self.scan = Scan(self.rules, self.state)

    def end_scan(self) -> None:
        """Choose by the index again."""
        self.scan = None


class Scan:
    """Tables of everything, and the two scans over them."""

    def __init__(self, rules: Rules, state: State) -> None:
        self._rules = rules
        self._state = state
        self.agents = AgentTable(len(rules.channels))
        self.demands = DemandTable(self.agents)
        self.waiting = WaitingTable()
        self._numbers: dict[tuple[str, str, tuple[Requirement, ...]], int] = {}
        for agent in state.agents.values():
            self.agent_changed(agent, skills=True)
        for interaction in state.interactions.values():
            if interaction.state is InteractionState.QUEUED:
                self.enqueue(interaction)

    def enqueue(self, interaction: Interaction) -> None:
        """Give an interaction a row."""
        rules, column = self._rules, self.agents.column
        target_ms = rules.target_ms(interaction.channel, interaction.queue)
        credit_ms = interaction.priority * rules.priority_step * target_ms // 1_000
        order_key = interaction.origin_ms - credit_ms
        demand = self._demand(interaction)
        row = self.waiting.add(interaction.interaction_id, demand, order_key, interaction.sequence)
        self.waiting.set_preferred(row, [(column(a), ppm) for a, ppm in interaction.preferred])

    def agent_changed(self, agent: Agent, *, skills: bool) -> None:
        """Bring a column up to date; levels only when the agent is new, or ``skills``."""
        table, channels = self.agents, self._rules.channels
        skills = skills or agent.agent_id not in table.columns
        column = table.column(agent.agent_id)
        available = agent.status is AgentStatus.AVAILABLE
        table.available[column] = available
        table.capacity[column] = agent.capacity
        used = used_capacity(agent)
        table.used[column] = used
        table.idle_since_ms[column] = agent.idle_since_ms
        opened = open_channels(agent, used, channels) if available else 0
        for row in range(len(channels)):
            table.open[row, column] = opened >> row & 1
        if skills:
            table.set_levels(column, agent.skills)

    def best_agent(self, interaction: Interaction, now_ms: int) -> Ranked | None:
        """Evaluate the demand for every agent, score them all, take the best."""
        table = self.agents
        number = self._demand(interaction)
        skilled, fit = self.demands.of_all_agents(number)
        opened = table.available & table.open[int(self.demands.channel[number])]
        able = opened & skilled
        candidates = able.copy()
        for agent_id in _barred(interaction):
            candidates[table.column(agent_id)] = False
        columns = np.flatnonzero(candidates)
        if not len(columns):
            return None
        history = np.zeros(len(candidates), dtype=np.int64)
        for agent_id, ppm in interaction.preferred:
            history[table.column(agent_id)] = ppm
        terms = (
            fit[columns],
            history[columns],
            self._load(columns),
            self._idle(columns, now_ms),
        )
        weights = self.demands.weights[number]
        weighted = sum(weight * term for weight, term in zip(weights, terms, strict=True))
        scores = weighted // weights.sum()
        places, tie_break = self._order(columns, scores)
        return Ranked(
            best=[self._scored(columns, scores, terms, place) for place in places],
            tie_break=tie_break,
            open=int(np.count_nonzero(opened)),
            candidates=len(columns),
            excluded=int(np.count_nonzero(able)) - len(columns),
        )

    def best_interaction(self, agent_id: str, now_ms: int) -> str | None:
        """Look at everything that waits, value what the agent can serve, take the best."""
        column, waiting, demands = self.agents.column(agent_id), self.waiting, self.demands
        size = waiting.size
        skilled, fit = demands.of_all_demands(column)
        opened = self.agents.open[:, column][demands.channel[: demands.size]]
        rows = np.flatnonzero(waiting.alive[:size] & (skilled & opened)[waiting.demand[:size]])
        if not len(rows):
            return None
        numbers = waiting.demand[rows]
        own = waiting.prefers[:, rows] == column
        history = (own * waiting.history[:, rows]).sum(axis=0, dtype=np.int64)
        values = self._pairs(column, fit, now_ms, numbers, history)
        values += self._urgency(now_ms - waiting.order_key[rows], demands.target_ms[numbers])
        return self._first_open(rows, values, agent_id)

    def _pairs(
        self,
        column: int,
        fit: Ints,
        now_ms: int,
        numbers: NDArray[np.int32],
        history: Ints,
    ) -> Ints:
        """Pair scores of one agent with what they can serve."""
        only = np.array([column])
        load, idle = self._load(only), self._idle(only, now_ms)
        weights = self.demands.weights[: self.demands.size]
        known = weights[:, 0] * fit + weights[:, 2] * load + weights[:, 3] * idle
        weighted = known[numbers] + weights[:, 1][numbers] * history
        pairs: Ints = weighted // weights.sum(axis=1)[numbers]
        return pairs

    def _first_open(self, rows: NDArray[np.intp], values: Ints, agent_id: str) -> str | None:
        """The interaction of the highest value that does not exclude the agent."""
        while True:
            place = self._first(rows, values)
            if values[place] == NOTHING:
                return None
            interaction_id = self.waiting.ids[int(rows[place])]
            if not self._state.interactions[interaction_id].excludes(agent_id):
                return interaction_id
            values[place] = NOTHING

    def _load(self, columns: NDArray[np.intp]) -> Ints:
        capacity, used = self.agents.capacity[columns], self.agents.used[columns]
        load: Ints = np.maximum(capacity - used, 0) * MILLION // capacity
        return load

    def _idle(self, columns: NDArray[np.intp], now_ms: int) -> Ints:
        idle_ms: Ints = np.maximum(now_ms - self.agents.idle_since_ms[columns], 0)
        return idle_ms * MILLION // (idle_ms + self._rules.idle_half_ms)

    def _urgency(self, waited_ms: Ints, target_ms: Ints) -> Ints:
        """Weighted; whole targets apart from the rest, to stay within 64 bits."""
        weight = self._rules.urgency_weight
        urgency = waited_ms // target_ms * MILLION + waited_ms % target_ms * MILLION // target_ms
        weighted: Ints = urgency // 1_000 * weight + urgency % 1_000 * weight // 1_000
        return weighted

    def _first(self, rows: NDArray[np.intp], values: Ints) -> int:
        """The place of the highest value; then the lowest order key, then the lowest sequence."""
        tied = np.flatnonzero(values == values.max())
        keys = self.waiting.order_key[rows[tied]]
        tied = tied[keys == keys.min()]
        return int(tied[self.waiting.sequence[rows[tied]].argmin()])

    def _order(self, columns: NDArray[np.intp], scores: Ints) -> tuple[list[int], TieBreak]:
        """Places of the best few; score, then longest idle, then id. What decided the first."""
        idle_since = self.agents.idle_since_ms[columns]
        # only those that score no less than the third best are sorted
        least = np.partition(scores, -RANKED_MAX)[-RANKED_MAX] if len(scores) > RANKED_MAX else 0
        front = np.flatnonzero(scores >= least).tolist()
        keys = {
            place: (
                -int(scores[place]),
                int(idle_since[place]),
                self.agents.ids[columns[place]],
            )
            for place in front
        }
        places = sorted(front, key=keys.__getitem__)[:RANKED_MAX]
        if len(places) < 2 or keys[places[0]][0] != keys[places[1]][0]:
            return places, ""
        tied = keys[places[0]][1] == keys[places[1]][1]
        return places, "agent_id" if tied else "longest_idle"

    def _scored(
        self,
        columns: NDArray[np.intp],
        scores: Ints,
        terms: tuple[Ints, Ints, Ints, Ints],
        place: int,
    ) -> Scored:
        skill, history, load, idle = (int(term[place]) for term in terms)
        agent_id = self.agents.ids[columns[place]]
        return Scored(agent_id, int(scores[place]), skill, history, load, idle, scarcity=0)

    def _demand(self, interaction: Interaction) -> int:
        """The number of an interaction's demand, given at its first use."""
        rules = self._rules
        key = (interaction.channel, interaction.queue, interaction.requirements)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = self.demands.add(
                rules.channels[interaction.channel].row,
                rules.target_ms(interaction.channel, interaction.queue),
                rules.weights[interaction.queue][:4],
                rules.demands(interaction.requirements),
            )
        return number


def _barred(interaction: Interaction) -> set[str]:
    return {*interaction.excluded_agents, *(e.agent_id for e in interaction.exclusions)}
