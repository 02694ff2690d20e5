"""Whether those for whom something is kept will be free in time: what is probable.

Written from docs/workflows.md, "Free in time", alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from typing import Final, NamedTuple

from adapters.verify.floor import ledger_problem
from adapters.verify.model import Agent, Interaction, Item, Work
from adapters.verify.picture import Picture
from adapters.verify.queue_terms import ONE_PPM
from adapters.verify.terms import PolicyTerms

__all__ = ("free_in_time",)

_ITEMS_MAX: Final = 6


class _Chance(NamedTuple):
    """Something in hand, and how probably it is over in time."""

    ends: Fraction
    name: str

    @property
    def rank(self) -> tuple[int, str]:
        """The likeliest come first."""
        return -int(self.ends * ONE_PPM), self.name


def free_in_time(
    picture: Picture,
    policy: PolicyTerms,
    interaction: Interaction,
    agents: Iterable[Agent],
    end_ms: int,
) -> Fraction:
    """The probability that one of these agents has room for it before then."""
    nobody = Fraction(1)
    for agent in agents:
        nobody *= 1 - _one_is(picture, policy, interaction, agent, end_ms)
    return 1 - nobody


def _one_is(
    picture: Picture, policy: PolicyTerms, interaction: Interaction, agent: Agent, end_ms: int
) -> Fraction:
    if interaction.is_offered_to(agent.agent_id):
        return Fraction(1)
    if interaction.exclusions.get(agent.agent_id, 0) >= end_ms:
        return Fraction(0)
    agent = _with_waking(picture, agent)
    chances = (_chance(picture, name, end_ms) for name in agent.items)
    likeliest = sorted(chances, key=lambda chance: chance.rank)[:_ITEMS_MAX]
    room = _room(policy, agent, interaction.work, likeliest)
    if agent.available:
        return room
    spells, now_ms = picture.spells, picture.now_ms
    away_ms = now_ms - spells.away_ms.get(agent.agent_id, now_ms)
    return room * spells.absence_ends(away_ms, end_ms - now_ms)


def _with_waking(picture: Picture, agent: Agent) -> Agent:
    """The agent as if what is waking had its room."""
    known = picture.interactions
    waking = [known[name] for name in agent.waking if name in known]
    items = dict(agent.items)
    for interaction in waking:
        terms = picture.channel_terms(interaction)
        cost = terms.cost if terms is not None else 0
        items[interaction.interaction_id] = picture.item(interaction, cost)
    return _holding(agent, items)


def _holding(agent: Agent, items: dict[str, Item]) -> Agent:
    """The agent with these items alone."""
    held = dict(Counter(item.channel for item in items.values()))
    return replace(agent, items=items, held=held)


def _chance(picture: Picture, name: str, end_ms: int) -> _Chance:
    """How probably something in hand is over before then; what is offered or waking begins now."""
    spells, now_ms = picture.spells, picture.now_ms
    interaction = picture.interactions.get(name)
    if interaction is None:  # what has ended is held no longer, as far as it is known
        return _Chance(Fraction(1), name)
    kind = (interaction.queue, interaction.channel)
    running = spells.running.get(name)
    if running is None:
        return _Chance(spells.work_ends(kind, 0, end_ms - now_ms), name)
    if not running.completed_ms:
        ends = spells.work_ends(kind, now_ms - running.since_ms, end_ms - now_ms)
        return _Chance(ends, name)
    if 0 < interaction.wrap_up_until_ms < end_ms:
        return _Chance(Fraction(1), name)
    lasted_ms = now_ms - running.completed_ms
    return _Chance(spells.wrap_up_ends(kind, lasted_ms, end_ms - now_ms), name)


def _room(policy: PolicyTerms, agent: Agent, work: Work, chances: Sequence[_Chance]) -> Fraction:
    """The probability of all ways to end in which there is room for one more of this work."""
    room = Fraction(0)
    for count in range(len(chances) + 1):
        for over in combinations(chances, count):
            items = dict(agent.items)
            way = Fraction(1)
            for chance in chances:
                way *= chance.ends if chance in over else 1 - chance.ends
                if chance in over:
                    del items[chance.name]
            if way and ledger_problem(_holding(agent, items), work, policy) is None:
                room += way
    return room
