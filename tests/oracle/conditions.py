"""Trees and expressions by brute force: plain recursion, and expressions as CEL has them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from router.commands import AskedRequirement, Requirement
from tests.oracle import expressions
from tests.oracle.rules import Rules
from tests.oracle.things import Agent, Interaction

SKILL: Final = re.compile(r"agent\.skills(?:\.(\w+)|\['(\w+)'\])")
PATH: Final = re.compile(r"interaction((?:\.\w+(?!\w*\())+)")


def satisfies(requirement: Requirement, held: int) -> bool:
    level = requirement.level
    match requirement.op:
        case "=":
            return held == level
        case "!=":
            return held != level
        case "<":
            return held < level
        case "<=":
            return held <= level
        case ">":
            return held > level
        case ">=":
            return held >= level
        case "between":
            return level <= held <= requirement.level_max


def meets(rules: Rules, requirement: Requirement, agent: Agent, interaction: Interaction) -> bool:
    """Whether an agent satisfies one requirement of an interaction, whatever its form."""
    if requirement.all_of is not None:
        return all(meets(rules, each, agent, interaction) for each in requirement.all_of)
    if requirement.any_of is not None:
        return any(meets(rules, each, agent, interaction) for each in requirement.any_of)
    if requirement.negated is not None:
        return not meets(rules, requirement.negated, agent, interaction)
    if requirement.group:
        return requirement.group in rules.open_groups
    if requirement.expression is not None:
        return is_true(rules, requirement.expression, agent, interaction)
    return satisfies(requirement, agent.skills.get(requirement.skill, 0))


def is_true(rules: Rules, expression: str, agent: Agent, interaction: Interaction) -> bool:
    skills = {skill: agent.skills.get(skill, 0) for skill in rules.policy.skills}
    seen = {
        "agent": {**agent.attributes, "skills": skills},
        "interaction": interaction.attributes,
    }
    return expressions.is_true(expression, seen)


def leaves(requirements: Iterable[AskedRequirement]) -> Iterator[AskedRequirement]:
    """What asks for a level or is an expression, at any depth."""
    for requirement in requirements:
        parts = requirement.all_of or requirement.any_of or ()
        if requirement.negated is not None:
            parts = (requirement.negated,)
        if parts:
            yield from leaves(parts)
        else:
            yield requirement


def skills_in(requirements: Iterable[AskedRequirement]) -> set[str]:
    """The skills that requirements name."""
    named: set[str] = set()
    for leaf in leaves(requirements):
        if leaf.expression is None:
            named.update({leaf.skill} - {""})
        else:
            named.update("".join(found) for found in SKILL.findall(leaf.expression))
    return named


def cannot_be_read(requirements: Iterable[AskedRequirement], attributes: dict[str, Any]) -> bool:
    """Whether an expression reads something of the interaction that is no value for it."""
    for leaf in leaves(requirements):
        for path in PATH.findall(leaf.expression or ""):
            value: Any = attributes
            for name in path.strip(".").split("."):
                value = value.get(name) if isinstance(value, dict) else None
            items = value if isinstance(value, list) else [value]
            if any(isinstance(item, dict | list) for item in items) or len(items) > 64:
                return True
    return False
