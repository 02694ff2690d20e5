"""What a policy tells of skills: do they exist, and are the levels on their scales?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from router.commands import AskedRequirement, ToldLevel
from router.eligibility.plan import skills_in
from router.errors import LevelError, PolicyProblem
from router.policy.document import Policy
from router.policy.names import unknown
from router.scales import agent_level, inside, scale_of

__all__ = ("asked_problems", "held_problems")


def asked_problems(
    policy: Policy, asked: AskedRequirement, path: tuple[str | int, ...]
) -> Iterator[PolicyProblem]:
    """Of a requirement: unknown skills, and levels that are not on the scales of known ones."""
    strange = sorted(skills_in(asked) - policy.skills.keys())
    for skill in strange:
        yield PolicyProblem(path, unknown("skill", skill, policy.skills))
    if strange:
        return
    named = {skill: policy.skills[skill] for skill in skills_in(asked)}
    scales = {name: scale_of(one.levels, one.lowest, one.best) for name, one in named.items()}
    try:
        inside(asked, scales)
    except LevelError as error:
        yield PolicyProblem(path, error.detail)


def held_problems(
    policy: Policy, skills: Mapping[str, ToldLevel], path: tuple[str | int, ...]
) -> Iterator[PolicyProblem]:
    """Of skills that agents have: unknown ones, and levels at which nobody can have them."""
    for skill, told in skills.items():
        one = policy.skills.get(skill)
        if one is None:
            yield PolicyProblem((*path, skill), unknown("skill", skill, policy.skills))
            continue
        try:
            agent_level(scale_of(one.levels, one.lowest, one.best), told)
        except LevelError as error:
            yield PolicyProblem((*path, skill), error.detail)
