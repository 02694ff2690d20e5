"""Work conservation: no free agent beside waiting work that they may serve.

A pair can only have come to fit if the agent may take more than before or the interaction may be
served by more than before. So after each record only what its events have touched is looked at, on
both sides against sets and groups; records that were cut (``partial``), and those of a takeover, in
which no matching has run, leave their touched ones to the next. A thorough check also compares
everything with everything now and then, without those sets.

What waits until several agents can be asked at once is not looked at for the sake of a touched
agent, who would have to be counted with all others for each of them: only when it is touched
itself, and in thorough checks.

An exclusion runs until the journal says ``exclusion_ended``; one that should have ended is a matter
of timers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from adapters.verify.floor import room_problem
from adapters.verify.model import Agent, HardRequirements, Interaction, Work
from adapters.verify.picture import Picture
from adapters.verify.terms import PolicyTerms

__all__ = ("THOROUGH_EVERY", "check_everything", "check_touched")

THOROUGH_EVERY: Final = 64
"""Records between two full checks of a thorough run."""


def check_touched(picture: Picture) -> None:
    """At the end of a record that was not cut: look at what has changed since the last look."""
    picture.findings.facts["work_conservation"] += 1
    floor, waiting = picture.floor, picture.waiting
    if picture.policy_changed:
        picture.policy_changed = False
        floor.touched.update(floor.available)
    if waiting.count:
        reported = {interaction.interaction_id for interaction in _of_touched_agents(picture)}
        _of_touched_interactions(picture, reported)
    floor.touched.clear()
    waiting.touched.clear()


def _of_touched_agents(picture: Picture) -> Iterable[Interaction]:
    """Report what touched agents could serve; yields the interactions that were reported."""
    for agent_id in sorted(picture.floor.touched & picture.floor.available):
        for work in picture.waiting.work():
            if agent_id not in picture.floor.takers(work):
                continue
            for (hard, _), group in picture.waiting.groups(work).items():
                if not picture.floor.meets(agent_id, hard):
                    continue
                for interaction in group.values():
                    if not interaction.excludes(agent_id):
                        _report(picture, interaction, agent_id)
                        yield interaction
                        break


def _of_touched_interactions(picture: Picture, reported: set[str]) -> None:
    able_by_need: dict[tuple[Work, HardRequirements], set[str]] = {}
    for interaction in picture.waiting.touched.values():
        need = (interaction.work, interaction.hard)
        able = able_by_need.get(need)
        if able is None:
            able = able_by_need[need] = picture.floor.able(*need)
        if not able or interaction.interaction_id in reported:
            continue
        possible = [agent_id for agent_id in able if not interaction.excludes(agent_id)]
        if len(possible) >= _wanted(picture, interaction):
            _report(picture, interaction, min(possible))


def _wanted(picture: Picture, interaction: Interaction) -> int:
    """How many agents must be free for it, so that they are asked at once."""
    return 1 if interaction.offers else picture.at_once(interaction)[0]


def check_everything(picture: Picture) -> None:
    """Compare every available agent with every interaction that looks for one, from the plain facts
    alone."""
    policy = picture.policy
    if policy is None:
        return
    agents = [agent for agent in picture.floor.agents.values() if agent.available]
    for work in picture.waiting.work():
        if work[0] not in policy.channels:
            continue
        able = [agent for agent in agents if room_problem(agent, work, policy) is None]
        for (hard, _), group in picture.waiting.groups(work).items():
            skilled = [agent for agent in able if picture.floor.has_skills(agent, hard)]
            for interaction in group.values():
                for agent in skilled:
                    if not interaction.excludes(agent.agent_id):
                        _report(picture, interaction, agent.agent_id)
                        break
    _of_held_back(picture, policy, agents)


def _of_held_back(picture: Picture, policy: PolicyTerms, agents: Sequence[Agent]) -> None:
    for interaction in picture.waiting.held_back.values():
        if interaction.channel in policy.channels:
            possible = [a for a in agents if _may_serve(picture, policy, a, interaction)]
            if len(possible) >= _wanted(picture, interaction):
                _report(picture, interaction, min(a.agent_id for a in possible))


def _may_serve(
    picture: Picture, policy: PolicyTerms, agent: Agent, interaction: Interaction
) -> bool:
    return (
        room_problem(agent, interaction.work, policy) is None
        and picture.floor.has_skills(agent, interaction.hard)
        and not interaction.excludes(agent.agent_id)
    )


def _report(picture: Picture, interaction: Interaction, agent_id: str) -> None:
    if interaction.left_waiting_for == agent_id:
        return
    interaction.left_waiting_for = agent_id
    message = (
        f"interaction {interaction.interaction_id!r} ({interaction.channel}) still waits and agent "
        f"{agent_id!r} is free, has the skills and the room, and is not excluded"
    )
    picture.findings.add(
        "work_conservation",
        message,
        interaction_id=interaction.interaction_id,
        agent_id=agent_id,
    )
