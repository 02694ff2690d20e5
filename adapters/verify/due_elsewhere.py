"""What comes first for an agent, of all that looks for one.

docs/matching.md, "What comes first": nobody gets what comes later for them while something that
comes earlier, and that they may serve, looks for an agent.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from adapters.verify.floor import room_problem
from adapters.verify.model import Agent, Interaction
from adapters.verify.picture import Picture
from adapters.verify.precedence import ALIKE, TIED
from adapters.verify.terms import PolicyTerms

__all__ = ("comes", "comes_earlier", "servable")


def comes(policy: PolicyTerms, agent: Agent, interaction: Interaction) -> int:
    """How early an interaction comes for an agent, the lowest first."""
    tied = interaction.preferred.get(agent.agent_id, 0) > 0
    return policy.precedences.of(agent.attributes, interaction.queue, tied=tied)


def comes_earlier(
    picture: Picture, policy: PolicyTerms, agent: Agent, interaction: Interaction
) -> Interaction | None:
    """Something that the agent may serve and that comes earlier for them than this."""
    limit = comes(policy, agent, interaction)
    early = chain(
        _known_first(picture, policy, agent) if limit > TIED else (),
        _of_queues_before(picture, policy, agent, limit) if limit > ALIKE else (),
    )
    return next((one for one in early if _may_serve(picture, policy, agent, one)), None)


def servable(picture: Picture, policy: PolicyTerms, agent: Agent) -> Iterator[Interaction]:
    """All that looks for an agent and may be offered to this one."""
    for work in picture.waiting.work():
        for group in picture.waiting.groups(work).values():
            yield from (one for one in group.values() if _may_serve(picture, policy, agent, one))
    held_back = picture.waiting.held_back.values()
    yield from (one for one in held_back if _may_serve(picture, policy, agent, one))


def _known_first(picture: Picture, policy: PolicyTerms, agent: Agent) -> Iterator[Interaction]:
    """What history ties to the agent in queues that put that first."""
    first = policy.precedences.preferred_first
    if first:
        known = picture.waiting.known_to(agent.agent_id)
        yield from (one for one in known if one.queue in first)


def _of_queues_before(
    picture: Picture, policy: PolicyTerms, agent: Agent, limit: int
) -> Iterator[Interaction]:
    """What looks for an agent in queues that come earlier for this one."""

    def is_before(queue: str) -> bool:
        return policy.precedences.of(agent.attributes, queue, tied=False) < limit

    for work in picture.waiting.work():
        for (hard, queue), group in picture.waiting.groups(work).items():
            if is_before(queue) and picture.floor.has_skills(agent, hard):
                yield from group.values()
    yield from (one for one in picture.waiting.held_back.values() if is_before(one.queue))


def _may_serve(
    picture: Picture, policy: PolicyTerms, agent: Agent, interaction: Interaction
) -> bool:
    if interaction.channel not in policy.channels:
        return False
    if room_problem(agent, interaction.work, policy) is not None:
        return False
    if not picture.floor.has_skills(agent, interaction.hard):
        return False
    if interaction.excludes(agent.agent_id):
        return False
    return interaction.offers != () or _are_enough(picture, interaction)


def _are_enough(picture: Picture, interaction: Interaction) -> bool:
    """Whether as many can be asked at once as its queue wants."""
    least = picture.at_once(interaction)[0]
    if least == 1:
        return True
    able = picture.floor.able(interaction.work, interaction.hard)
    return sum(not interaction.excludes(agent_id) for agent_id in able) >= least
