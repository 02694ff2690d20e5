"""One requirement and one agent, evaluated there and then: for the rare case without a row."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from router.commands import Requirement
from router.eligibility.building import satisfied_levels
from router.eligibility.expression import compiled, context_of, expression_of, verdict
from router.eligibility.facts import Facts
from router.eligibility.plan import Wanted
from router.eligibility.profile import SKILLS
from router.eligibility.projection import Reads
from router.errors import ExpressionError

__all__ = ("holds_for",)


def holds_for(
    wanted: Wanted,
    facts: Facts,
    known_skills: Iterable[str],
    open_groups: Container[str] = (),
) -> bool:
    """Whether a condition holds for an agent; ``known_skills`` are those of the policy."""
    return _holds(wanted.requirement, iter(wanted.texts), facts, known_skills, open_groups)


def _holds(
    requirement: Requirement,
    texts: Iterator[str | None],
    facts: Facts,
    known_skills: Iterable[str],
    open_groups: Container[str],
) -> bool:
    if requirement.skill:
        held = facts.skills.get(requirement.skill, 0)
        levels = satisfied_levels(requirement.op, requirement.level, requirement.level_max)
        return bool(levels[held])
    if requirement.expression is not None:
        return _evaluated(requirement.expression, next(texts), facts, known_skills)
    if requirement.negated is not None:
        return not _holds(requirement.negated, texts, facts, known_skills, open_groups)
    if requirement.group:
        return requirement.group in open_groups
    parts = requirement.all_of or requirement.any_of or ()
    # all of them, whatever the first ones say: each takes its texts
    found = [_holds(each, texts, facts, known_skills, open_groups) for each in parts]
    return all(found) if requirement.all_of is not None else any(found)


def _evaluated(
    text: str, bound_text: str | None, facts: Facts, known_skills: Iterable[str]
) -> bool:
    if bound_text is None:
        return False
    try:
        program = compiled(bound_text)
    except ExpressionError:
        return False
    reads = Reads.by(expression_of(text).profile, known_skills)
    skills = {name: facts.skills.get(name, 0) for name in reads.skills}
    return verdict(program, context_of({**facts.attributes, SKILLS: skills})).holds
