"""How the queue looked, and which free agent chose the interaction from it.

An offer of the trigger ``agent`` was chosen by an agent whom the batch had touched, who need not be
the one who got it (docs/matching.md, "When they are made"). Where the policy puts anything
first for an agent, the journal names who has chosen; else they are the first of the touched, in
their order, who may serve anything that waits.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from adapters.explain.evaluation import Case, asked_of, place_of
from adapters.explain.replay import Moment
from adapters.verify.terms import Requirement
from router.events import Chosen, Decision
from router.lifecycle import AgentStatus, InteractionState
from router.state import Agent, Interaction

__all__ = ("Choice", "Chooser", "QueueView", "first_for", "look_at_queue", "looks")

CHOICES_SHOWN: Final = 4
LOOKS_MAX: Final = 1_000_000
"""Agents × kinds of waiting work that are looked at before the chooser is called unknown."""

_Order: TypeAlias = tuple[int, int, int]
_Place: TypeAlias = tuple[int, int, int, int]
_Kind: TypeAlias = tuple[str, str, str, int, tuple[Requirement, ...]]


class Choice(NamedTuple):
    """One interaction as its chooser valued it, in ppm; ``pair`` is what the pair adds.

    ``precedence`` is how early it comes for them, the lowest first, whatever its value.
    """

    interaction_id: str
    value: int
    urgency_ppm: int
    pair: int
    precedence: int = 1


class Chooser(NamedTuple):
    """The agent who chose, and what they could have had: what comes first, the most valuable first.

    ``certain`` is false where matching went on from an earlier record.
    """

    agent_id: str
    choices: tuple[Choice, ...]
    certain: bool


class QueueView(NamedTuple):
    """What looked for an agent at that moment, the interaction itself included.

    ``chooser`` is None for the triggers ``interaction`` and ``joint``, for what was offered to
    somebody already, and where it cannot be derived.
    """

    waiting: int
    more_urgent: int
    chooser: Chooser | None


class _Alike:
    """Waiting interactions that ask for the same, in the same channel, queue and priority, with the
    same label."""

    def __init__(self, moment: Moment, first: Interaction) -> None:
        policy = moment.policy
        self.case = Case(moment, first)
        self.members: list[Interaction] = []
        self.queue = policy.queues[first.queue]
        self._moment = moment
        self._least = policy.at_once(first.channel, first.queue)[0]
        self._agents = list(moment.state.agents.values()) if self._least > 1 else []

    def order(self, one: Interaction) -> _Order:
        """Sorts the most urgent first, then by ``order_key``, then by ``sequence``."""
        order_key, urgency = place_of(self._moment, one)
        return -urgency, order_key, one.sequence

    def is_held_back(self, one: Interaction) -> bool:
        """Whether fewer could be asked for it than its queue wants to be asked at once."""
        if self._least == 1 or one.offers:
            return False
        able = (a for a in self._agents if next(self.case.lasting_obstacles(a), None) is None)
        return sum(not one.excludes(agent.agent_id) for agent in able) < self._least


def look_at_queue(moment: Moment, interaction: Interaction, decision: Decision) -> QueueView:
    """The queue at the moment at which an interaction is chosen."""
    kinds = _waiting(moment)
    mine = kinds[_kind(moment, interaction)].order(interaction)
    orders = [alike.order(one) for alike in kinds.values() for one in alike.members]
    more_urgent = sum(order < mine for order in orders)
    chooser = None
    if decision.trigger == "agent" and not interaction.offers:
        if decision.chosen is None:
            chooser = _chooser(moment, list(kinds.values()), interaction)
        else:
            chooser = _named(moment, list(kinds.values()), decision.chosen)
    return QueueView(len(orders), more_urgent, chooser)


def _kind(moment: Moment, one: Interaction) -> _Kind:
    label = moment.state.labels.get(one.interaction_id, "")
    return one.channel, label, one.queue, one.priority, asked_of(one)


def _waiting(moment: Moment) -> dict[_Kind, _Alike]:
    kinds: dict[_Kind, _Alike] = {}
    for one in moment.state.interactions.values():
        if looks(moment, one):
            kind = _kind(moment, one)
            alike = kinds.get(kind)
            if alike is None:
                alike = kinds[kind] = _Alike(moment, one)
            alike.members.append(one)
    return kinds


def looks(moment: Moment, one: Interaction) -> bool:
    """Whether it waits, or may be offered to more agents than it is."""
    if one.state is not InteractionState.OFFERED:
        return one.state is InteractionState.QUEUED
    direct = any(moment.state.offers[offer_id].direct for offer_id in one.offers)
    return not direct and len(one.offers) < moment.policy.at_once(one.channel, one.queue)[1]


def _chooser(moment: Moment, kinds: Sequence[_Alike], chosen: Interaction) -> Chooser | None:
    looks_left = LOOKS_MAX
    for agent in moment.touched.agents(moment.state):
        if agent.status is not AgentStatus.AVAILABLE:
            continue
        looks_left -= len(kinds)
        if looks_left < 0:
            return None
        best = heapq.nsmallest(CHOICES_SHOWN, _valued(moment, kinds, agent))
        if best:
            choices = tuple(choice for _, choice in best)
            if choices[0].interaction_id != chosen.interaction_id:
                return None
            return Chooser(agent.agent_id, choices, moment.touched.certain)
    return None


def _named(moment: Moment, kinds: Sequence[_Alike], chosen: Chosen) -> Chooser | None:
    """The agent whom the journal names, with what they could have had."""
    agent = moment.state.agents.get(chosen.agent_id)
    if agent is None:
        return None
    best = heapq.nsmallest(CHOICES_SHOWN, _valued(moment, kinds, agent))
    if not best:
        return None
    return Chooser(agent.agent_id, tuple(choice for _, choice in best), certain=True)


def first_for(moment: Moment, agent: Agent) -> Choice | None:
    """What comes first for an agent, of all that looks for one."""
    found = min(_valued(moment, _waiting(moment).values(), agent), default=None)
    return found[1] if found else None


def _valued(
    moment: Moment, kinds: Iterable[_Alike], agent: Agent
) -> Iterator[tuple[_Place, Choice]]:
    """All that an agent may serve, with keys that sort as best_interaction chooses."""
    weight = moment.policy.urgency_weight
    for alike in kinds:
        if next(alike.case.lasting_obstacles(agent), None) is not None:
            continue
        pairs: dict[int, int] = {}
        for one in alike.members:
            if one.excludes(agent.agent_id) or one.interaction_id in agent.held:
                continue
            if alike.is_held_back(one):
                continue
            history = one.history_ppm(agent.agent_id)
            if history not in pairs:
                score = alike.case.score(agent, history_ppm=history)
                pairs[history] = alike.queue.match_ppm(score.total)
            minus_urgency, order_key, sequence = alike.order(one)
            value = (weight * -minus_urgency) // 1_000 + pairs[history]
            precedence = moment.policy.precedences.of(agent.attributes, one.queue, tied=history > 0)
            choice = Choice(one.interaction_id, value, -minus_urgency, pairs[history], precedence)
            yield (precedence, -value, order_key, sequence), choice
