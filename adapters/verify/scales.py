"""Scales of skills: events hold levels counted from 1, the worst; policies tell them in words of
their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

__all__ = ("Scale", "all_inside", "level_told", "read_scale", "steps_inside")

Scale: TypeAlias = tuple[Any, ...]
"""The levels of a skill as people tell them, from the worst to the best."""


def read_scale(skill: Mapping[str, Any]) -> Scale:
    """The scale of a skill of the policy document."""
    levels = skill.get("levels", 5)
    if isinstance(levels, list | tuple):
        return tuple(levels)
    lowest = int(skill.get("lowest", 1))
    numbers = range(lowest, lowest + int(levels))
    return tuple(reversed(numbers)) if skill.get("best") == "lowest" else tuple(numbers)


def level_told(scale: Scale, level: int) -> Any:
    """A level of an event as people tell it."""
    return scale[level - 1] if 0 < level <= len(scale) else level


def steps_inside(
    steps: Iterable[Mapping[str, Any]], scales: Mapping[str, Scale]
) -> tuple[Mapping[str, Any], ...]:
    """The steps of a workflow, their levels as events have them."""
    asking = ("require", "widen", "add")
    return tuple(
        {**step} | {name: all_inside(step[name], scales) for name in asking if step.get(name)}
        for step in steps
    )


def all_inside(
    asked: Iterable[Mapping[str, Any]], scales: Mapping[str, Scale]
) -> list[Mapping[str, Any]]:
    """Requirements of a policy, their levels as events have them."""
    return [_inside(one, scales) for one in asked]


def _inside(asked: Mapping[str, Any], scales: Mapping[str, Scale]) -> dict[str, Any]:
    found = dict(asked)
    for kind in ("all", "any"):
        if found.get(kind):
            found[kind] = all_inside(found[kind], scales)
    if found.get("not"):
        found["not"] = _inside(found["not"], scales)
    scale = scales.get(found.get("skill", ""), ())
    if scale != tuple(range(1, len(scale) + 1)):
        for name in ("level", "level_max"):
            if found.get(name) is not None:
                found[name] = scale.index(found[name]) + 1
    return found
