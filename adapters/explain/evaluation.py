"""One agent and one interaction: what stands between them, or what the pair scores.

docs/matching.md, "Who may be offered what" and "Pair score", by the checker's formulas: no code of
the matcher has a part in it. This is the room to change when the definition grows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

from adapters.explain.replay import Moment
from adapters.explain.words import clock, printable
from adapters.verify import floor, model
from adapters.verify.terms import ONE_PPM, Requirement, satisfies, skill_term
from router.lifecycle import AgentStatus
from router.state import Agent, Interaction

__all__ = ("FILTERS", "Case", "Filter", "Obstacle", "Score", "Term", "absence_words")

Filter: TypeAlias = Literal["not_available", "no_capacity", "lacking_skill", "excluded"]

FILTERS: Final[tuple[Filter, ...]] = ("not_available", "no_capacity", "lacking_skill", "excluded")
"""In the order in which they are asked; named as a decision record counts them."""

HELD_SHOWN: Final = 5


class Obstacle(NamedTuple):
    """Why an agent may not serve an interaction: the filter, a code, and the reason in words."""

    filter: Filter
    code: str
    reason: str


class Term(NamedTuple):
    """One term of the pair score: ``weight`` in thousandths, ``value`` in ppm."""

    name: str
    weight: int
    value: int

    @property
    def points(self) -> int:
        """What it adds before the sum is divided by the sum of the weights."""
        return self.weight * self.value


@dataclass(frozen=True, slots=True)
class Score:
    """A pair score in ppm: ``total = sum(points) // sum(weights)``."""

    total: int
    terms: tuple[Term, ...]

    @property
    def weights(self) -> int:
        """The sum of all weights, in thousandths."""
        return sum(term.weight for term in self.terms)


class Case:
    """One interaction at one moment, held against one agent after another."""

    def __init__(self, moment: Moment, interaction: Interaction) -> None:
        self._moment = moment
        self._policy = moment.policy
        self._interaction = interaction
        self._requirements = tuple(
            Requirement(r.skill, r.op, r.level, r.level_max, r.hard, r.weight)
            for r in interaction.requirements
        )
        self._weights = self._policy.queue_weights[interaction.queue] or self._policy.weights

    def obstacles(self, agent: Agent) -> Iterator[Obstacle]:
        """Everything that keeps the agent from it; the first is what a decision counts."""
        yield from self.lasting_obstacles(agent)
        yield from self._exclusions(agent)

    def lasting_obstacles(self, agent: Agent) -> Iterator[Obstacle]:
        """Those that stand for every interaction with the same channel and requirements."""
        yield from self._absence(agent)
        yield from self._lack_of_room(agent)
        yield from self._lacking(agent)

    def score(
        self, agent: Agent, *, history_ppm: int | None = None, idle_since_ms: int | None = None
    ) -> Score:
        """The pair score; what is given stands in for the history or the idle time as they are."""
        now_ms = self._moment.now_ms
        idle_since_ms = agent.idle_since_ms if idle_since_ms is None else idle_since_ms
        if history_ppm is None:
            history_ppm = self._interaction.history_ppm(agent.agent_id)
        values = (
            skill_term(agent.skills, self._requirements, self._policy.levels),
            history_ppm,
            (max(0, agent.capacity - agent.used) * ONE_PPM) // max(1, agent.capacity),
            self._policy.idle_ppm(max(0, now_ms - idle_since_ms)),
        )
        terms = zip(self._weights._fields, self._weights, values, strict=True)
        total = self._policy.pair_ppm(self._interaction.queue, values)
        return Score(total, tuple(Term(*term) for term in terms))

    def _absence(self, agent: Agent) -> Iterator[Obstacle]:
        if agent.status is AgentStatus.AVAILABLE:
            return
        code = "logged_out" if agent.status is AgentStatus.OFFLINE else agent.status.value
        yield Obstacle("not_available", code, absence_words(self._moment, agent.agent_id))

    def _lacking(self, agent: Agent) -> Iterator[Obstacle]:
        for requirement in self._requirements:
            held = agent.skills.get(requirement.skill, 0)
            if requirement.hard and not satisfies(held, requirement):
                words = f"{requirement.skill}: holds {held}, needs {_needed(requirement)}"
                yield Obstacle("lacking_skill", "lacking_skill", printable(words))

    def _lack_of_room(self, agent: Agent) -> Iterator[Obstacle]:
        problem = floor.room_problem(_ledger(agent), self._interaction.channel, self._policy)
        if problem is not None:
            code, words = problem
            yield Obstacle("no_capacity", code, printable(words + self._held_words(agent)))

    def _held_words(self, agent: Agent) -> str:
        """What the agent has in hand, each with its channel and state."""
        open_ones = self._moment.state.interactions
        shown = [
            f"{name} ({item.channel}, {open_ones[name].state.replace('_', ' ')})"
            for name, item in list(agent.held.items())[:HELD_SHOWN]
        ]
        more = len(agent.held) - len(shown)
        words = ", ".join(shown) + (f" and {more} more" if more else "")
        return f"; has {words}" if shown else ""

    def _exclusions(self, agent: Agent) -> Iterator[Obstacle]:
        interaction, agent_id = self._interaction, agent.agent_id
        if agent_id in interaction.excluded_agents:
            words = "is among the excluded agents that the interaction came with"
            yield Obstacle("excluded", "excluded_agent", words)
        for exclusion in interaction.exclusions:
            if exclusion.agent_id == agent_id:
                why = self._moment.notes.exclusion(interaction.interaction_id, agent_id)
                words = printable(f"{why or 'has refused it'}; excluded until ")
                yield Obstacle("excluded", "exclusion", words + clock(exclusion.until_ms))


def absence_words(moment: Moment, agent_id: str) -> str:
    """Why an agent is not available, since when."""
    note = moment.notes.agents.get(agent_id)
    if note is None:
        return "had not signed in yet"
    since = f" since {clock(note.at_ms)}"
    detail = printable(note.detail)
    match note.event:
        case "logged_in":
            return f"signed in{since}, not yet available"
        case "not_responding":
            return f"not responding{since}: let offer {detail} expire"
        case _:
            return note.event.replace("_", " ") + since + (f": {detail}" if detail else "")


def _needed(requirement: Requirement) -> str:
    if requirement.op == "between":
        return f"between {requirement.level} and {requirement.level_max}"
    return f"{requirement.op} {requirement.level}"


def _ledger(agent: Agent) -> model.Agent:
    """The agent's limits and what they hold, as the checker's formulas want them."""
    ledger = model.Agent(agent.agent_id, capacity=agent.capacity, maximums=agent.maximums)
    for interaction_id, item in agent.held.items():
        ledger.hold(interaction_id, model.Item(item.channel, item.cost, item.exclusive, item.light))
    return ledger
