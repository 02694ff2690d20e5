"""Levels by the page (docs/policy.md, "Skill"): a scale is the list of the names of its levels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from router.commands import AskedRequirement, Requirement
from router.policy import Policy


def called(policy: Policy, skill: str) -> list[int | str]:
    """What the levels of a skill are called, the worst first."""
    one = policy.skills[skill]
    if isinstance(one.levels, list):
        return list(one.levels)
    numbers: list[int | str] = list(range(one.lowest, one.lowest + one.levels))
    return numbers[::-1] if one.best == "lowest" else numbers


def place(policy: Policy, skill: str, told: Any) -> int | None:
    """The place of a level on its scale, from 1; off a scale of 1 to N a number is what it is."""
    names = called(policy, skill)
    if told in names:
        return names.index(told) + 1
    from_one = names == list(range(1, len(names) + 1))
    return told if from_one and isinstance(told, int) else None


def inside(policy: Policy, document: Mapping[str, Any]) -> dict[str, Any]:
    """A requirement with places for levels; what is on no scale counts as 1."""
    found = dict(document)
    for kind in ("all", "any"):
        if kind in found:
            found[kind] = [inside(policy, each) for each in found[kind]]
    if "not" in found:
        found["not"] = inside(policy, found["not"])
    for name in ("level", "level_max"):
        if name in found and found.get("skill") in policy.skills:
            level = place(policy, found["skill"], found[name])
            found[name] = 1 if level is None else level
    return found


def all_inside(policy: Policy, asked: tuple[AskedRequirement, ...]) -> tuple[Requirement, ...]:
    """Requirements of a command as events have them."""
    documents = [inside(policy, msgspec.to_builtins(each)) for each in asked]
    return msgspec.convert(documents, tuple[Requirement, ...])


def skills_inside(policy: Policy, skills: Mapping[str, int | str]) -> dict[str, int | None]:
    """An agent's skills as events have them (None: on no scale)."""
    return {skill: place(policy, skill, told) for skill, told in skills.items()}


def policy_inside(policy: Policy) -> Policy:
    """A policy whose rules, steps and pools ask for places."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            asks = "skill" in value and not isinstance(value["skill"], dict)
            walked = {name: walk(each) for name, each in value.items()}
            return inside(policy, walked) if asks and value["skill"] in policy.skills else walked
        return [walk(each) for each in value] if isinstance(value, list) else value

    document = policy.model_dump(mode="json")
    for part in ("classification", "workflows", "pools"):
        document[part] = walk(document[part])
    return Policy.model_validate(document)
