"""One agent and one interaction: what stands between them, or what the pair scores.

docs/matching.md, "Who may be offered what" and "Pair score", by the checker's formulas: no code of
the matcher has a part in it. This is the room to change when the definition grows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import msgspec

from adapters.explain.obstacles import level_words, why_not
from adapters.explain.replay import Moment
from adapters.explain.words import clock, printable
from adapters.verify import floor, model
from adapters.verify.queue_terms import PREDICTED, Standing, Terms
from adapters.verify.terms import (
    ONE_PPM,
    Held,
    Requirement,
    meets,
    read_requirements,
    skill_term,
)
from adapters.verify.waits import advance_ms
from router.ledger import used_capacity
from router.lifecycle import AgentStatus
from router.state import Agent, Interaction

__all__ = (
    "COUNTED",
    "FILTERS",
    "Case",
    "Filter",
    "Obstacle",
    "Score",
    "Term",
    "Turn",
    "absence_words",
    "asked_of",
    "place_of",
    "standing_of",
)

Filter: TypeAlias = Literal[
    "not_available", "no_capacity", "lacking_skill", "excluded", "passed_over"
]

COUNTED: Final[tuple[Filter, ...]] = ("not_available", "no_capacity", "lacking_skill", "excluded")
"""In the order in which they are asked; named as a decision record counts them."""

FILTERS: Final[tuple[Filter, ...]] = (*COUNTED, "passed_over")
"""And, of those who could serve it, who is passed over because of what comes first for agents."""

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
    """A pair score in ppm: ``total = sum(points) // sum(weights)``, 0 where no term counts.

    ``terms`` are those that count by the queue's strategy, ``values`` all, whether they do or not.
    """

    total: int
    terms: tuple[Term, ...]
    values: Terms

    @property
    def weights(self) -> int:
        """The sum of all weights, in thousandths."""
        return sum(term.weight for term in self.terms)


class Turn(NamedTuple):
    """What decides between equal scores: the rule, and the agent's place by it (lowest first).

    By attributes, ``standing`` is the place by each of ``attributes``, and ``place``, the idle
    time, decides between those who stand alike.
    """

    rule: str
    place: int
    standing: tuple[int, ...] = ()
    attributes: tuple[str, ...] = ()


class Case:
    """One interaction at one moment, held against one agent after another."""

    def __init__(self, moment: Moment, interaction: Interaction) -> None:
        self._moment = moment
        self._policy = moment.policy
        self._interaction = interaction
        label = moment.state.labels.get(interaction.interaction_id, "")
        self._work = (interaction.channel, label)
        self._requirements = asked_of(interaction)
        self._queue = self._policy.queues[interaction.queue]

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
        queue = self._queue
        spare = max(0, agent.capacity - used_capacity(agent))
        values = Terms(
            skill_term(
                agent.skills,
                self._requirements,
                self._policy.levels,
                queue.strategy,
                agent.attributes,
                self._moment.state.open_groups,
            ),
            history_ppm,
            (spare * ONE_PPM) // max(1, agent.capacity),
            self._policy.idle_ppm(max(0, now_ms - idle_since_ms)),
            ONE_PPM - agent.price_ppm if self._policy.asks_for_scarcity else 0,
            min(spare, ONE_PPM),
        )
        every = (Term(*term) for term in zip(Terms._fields, queue.weights, values, strict=True))
        terms = tuple(term for term in every if term.weight or _is_scored(queue.strategy, term))
        return Score(queue.pair_ppm(values), terms, values)

    def turn(self, agent: Agent, *, idle_since_ms: int | None = None) -> Turn:
        """The agent's place among equals; who is away would have it when they come back."""
        rule = self._queue.turn_rule
        *standing, place = self._queue.turn(agent, self._moment.state.offers_made + 1)
        if rule in ("longest_idle", "by_attributes") and idle_since_ms is not None:
            place = idle_since_ms
        if rule == "target_share" and agent.status is not AgentStatus.AVAILABLE:
            agents = self._moment.state.agents.values()
            passes = (a.share_pass for a in agents if a.status is AgentStatus.AVAILABLE)
            place = max(place, min(passes, default=0))
        attributes = tuple(name for name, _ in self._queue.order_by)
        return Turn(rule, place, tuple(standing), attributes)

    def _absence(self, agent: Agent) -> Iterator[Obstacle]:
        if agent.status is AgentStatus.AVAILABLE:
            return
        code = "logged_out" if agent.status is AgentStatus.OFFLINE else agent.status.value
        yield Obstacle("not_available", code, absence_words(self._moment, agent.agent_id))

    def _lacking(self, agent: Agent) -> Iterator[Obstacle]:
        open_groups = self._moment.state.open_groups
        held = Held(agent.skills, agent.attributes, self._policy.levels, open_groups)
        for requirement in self._requirements:
            if not requirement.hard or meets(held, requirement):
                continue
            if requirement.condition is not None:
                words = why_not(requirement.condition, held, show=self._moment.show_attributes)
            else:
                words = level_words(held, *requirement[:4], scales=self._policy.scales)
            yield Obstacle("lacking_skill", "lacking_skill", printable(words))

    def _lack_of_room(self, agent: Agent) -> Iterator[Obstacle]:
        problem = floor.offers_problem(len(agent.offers), self._policy)
        if problem is None:
            problem = floor.room_problem(_ledger(agent), self._work, self._policy)
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
        if interaction.offers and interaction.interaction_id in agent.held:
            yield Obstacle("excluded", "asked", "has an open offer of it already")
        if interaction.history_ppm(agent_id) < interaction.kept_from_ppm:
            until_ms = interaction.progress.until_ms if interaction.progress else 0
            known = "not known" if interaction.kept_from_ppm == 1 else "not known well enough"
            words = f"is {known} to the customer; kept for who is until {clock(until_ms)}"
            yield Obstacle("excluded", "kept", words)
        for exclusion in interaction.exclusions:
            if exclusion.agent_id == agent_id:
                why = self._moment.notes.exclusion(interaction.interaction_id, agent_id)
                words = printable(f"{why or 'has refused it'}; excluded until ")
                yield Obstacle("excluded", "exclusion", words + clock(exclusion.until_ms))


def _is_scored(strategy: str, term: Term) -> bool:
    """Whether a term belongs to a strategy whatever its weight."""
    return strategy == "score" and term.name not in ("scarcity", "spare")


def absence_words(moment: Moment, agent_id: str) -> str:
    """Why an agent is not available, since when."""
    note = moment.notes.agents.get(agent_id)
    if note is None and moment.notes.begun_ms:
        return f"was not logged in, nor had been since {clock(moment.notes.begun_ms)}"
    if note is None:
        return "had not signed in yet"
    since = f" since {clock(note.at_ms)}"
    detail = printable(note.detail)
    match note.event:
        case "logged_in":
            return f"signed in{since}, not yet available"
        case "not_responding":
            let = f": let offer {detail} expire" if detail else ""
            return f"not responding{since}{let}"
        case _:
            return note.event.replace("_", " ") + since + (f": {detail}" if detail else "")


def asked_of(interaction: Interaction) -> tuple[Requirement, ...]:
    """What an interaction asks for: equal for those whom the same agents may serve."""
    if all(each.skill for each in interaction.requirements):
        return tuple(
            Requirement(r.skill, r.op, r.level, r.level_max, r.hard, r.weight)
            for r in interaction.requirements
        )
    fields = msgspec.to_builtins(interaction.requirements)
    return read_requirements(fields, msgspec.msgpack.decode(interaction.attributes))


def standing_of(moment: Moment, interaction: Interaction) -> Standing:
    """What decides where an interaction comes in its queue."""

    def facts() -> dict[str, Any]:
        attributes: dict[str, Any] = msgspec.msgpack.decode(interaction.attributes)
        names = ("channel", "queue", "priority", "customer_id", "conversation_id")
        return attributes | {name: getattr(interaction, name) for name in names}

    one, target_ms = interaction, moment.state.targets.get(interaction.interaction_id, 0)
    return Standing(one.channel, one.queue, one.priority, one.origin_ms, facts, target_ms)


def place_of(moment: Moment, interaction: Interaction) -> tuple[int, int]:
    """Its ``order_key``, and how urgent it is at that moment."""
    place, now_ms = moment.policy.place(standing_of(moment, interaction)), moment.now_ms
    if moment.policy.queues[interaction.queue].order == PREDICTED:
        known = moment.state.departures.get(interaction.queue)
        now_ms += advance_ms(known.last) if known is not None else 0
    return place.order_key, place.urgency_ppm(now_ms)


def _ledger(agent: Agent) -> model.Agent:
    """The agent's limits and what they hold, as the checker's formulas want them."""
    ledger = model.Agent(
        agent.agent_id,
        capacity=agent.capacity,
        maximums=agent.maximums,
        closed=frozenset(agent.closed_channels),
    )
    ledger.waking += agent.waking
    for interaction_id, held in agent.held.items():
        item = model.Item(held.channel, held.cost, held.exclusive, held.light, held.label)
        ledger.hold(interaction_id, item)
    return ledger
