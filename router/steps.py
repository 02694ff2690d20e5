"""Steps of a workflow as rules: what each makes of the requirements, and until when it lasts.

Pure functions of what was asked and how old the interaction is (docs/workflows.md).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

import msgspec

from router.commands import AskedRequirement, Requirement
from router.limits import PRIORITY_MAX
from router.overflow import DEFAULT_INBOX
from router.policy import SkipIf, Step, Workflow

__all__ = ("Inside", "StepRule", "asked_in", "priority_in", "step_rules")

PPM: Final = 1_000_000

Inside: TypeAlias = Callable[[tuple[AskedRequirement, ...]], tuple[Requirement, ...]]
"""Reads requirements of a policy in the levels that count inside."""


class StepRule(NamedTuple):
    """One step in integers. ``until_ms`` and ``until_ppm`` (of the target) are ages; 0: not so."""

    name: str
    until_ms: int
    until_ppm: int
    only_preferred: bool
    require: tuple[Requirement, ...] | None
    drop: frozenset[str]
    lower: dict[str, int]
    widen: tuple[Requirement, ...]
    add: tuple[Requirement, ...]
    points: int
    expedite: bool
    skip_if: SkipIf | None
    queue: str | None
    divert: str | None
    inbox: str

    @property
    def leaves(self) -> bool:
        """Whether it sends the interaction away."""
        return self.queue is not None or self.divert is not None

    def ends_at_ms(self, origin_ms: int, target_ms: int) -> int | None:
        """When it ends for an interaction of this origin; None: it is the last."""
        if self.until_ms:
            return origin_ms + self.until_ms
        if self.until_ppm:
            return origin_ms + target_ms * self.until_ppm // PPM
        return None


def step_rules(workflow: Workflow, inside: Inside) -> tuple[StepRule, ...]:
    """The steps of a workflow; ``inside`` reads levels as they count inside."""
    return tuple(_rule(step, inside) for step in workflow.steps)


def asked_in(
    steps: tuple[StepRule, ...], number: int, asked: tuple[Requirement, ...]
) -> tuple[Requirement, ...]:
    """What is asked in the step of this number (from 1) of an interaction that asks for this.

    Who meets one of the alternatives instead of what is hard may serve as well. What was hard then
    counts on as a wish: who meets it is still the better one.
    """
    alternatives: tuple[tuple[Requirement, ...], ...] = ()
    added: tuple[Requirement, ...] = ()
    for step in steps[:number]:
        if step.require is not None:
            asked, alternatives, added = step.require, (), ()
        asked, added = _eased(step, asked), _eased(step, added) + step.add
        alternatives += (step.widen,) if step.widen else ()
    hard = tuple(each for each in asked if each.hard)
    if hard and alternatives:
        either = Requirement(any_of=tuple(_all_of(each) for each in (hard, *alternatives)))
        asked = (*(msgspec.structs.replace(each, hard=False) for each in asked), either)
    return asked + added


def priority_in(
    steps: tuple[StepRule, ...], number: int, priority: int, asked: tuple[Requirement, ...]
) -> int:
    """The priority in the step of this number (from 1; 0: none) of what asks for this: raised so
    far, or the highest there is."""
    if number and steps[number - 1].expedite:
        return PRIORITY_MAX
    if asked and any(each.expedite for each in asked):
        return PRIORITY_MAX
    return min(PRIORITY_MAX, priority + sum(step.points for step in steps[:number]))


def _rule(step: Step, inside: Inside) -> StepRule:
    return StepRule(
        name=step.name,
        until_ms=round((step.until_s or 0) * 1_000),
        until_ppm=round((step.until_target or 0) * PPM),
        only_preferred=step.only == "preferred",
        require=None if step.require is None else inside(step.requirements("require")),
        drop=frozenset(step.drop),
        lower=step.lower,
        widen=inside(step.requirements("widen")),
        add=inside(step.requirements("add")),
        points=step.priority,
        expedite=step.expedite,
        skip_if=step.skip_if,
        queue=step.queue,
        divert=step.divert,
        inbox=step.inbox or DEFAULT_INBOX,
    )


def _eased(step: StepRule, asked: tuple[Requirement, ...]) -> tuple[Requirement, ...]:
    """Without what a step drops, with minimums as low as it sets them."""
    if not (step.drop or step.lower):
        return asked
    return tuple(_lowered(each, step.lower) for each in asked if each.skill not in step.drop)


def _lowered(requirement: Requirement, lower: dict[str, int]) -> Requirement:
    """A minimum that is so many levels lower, but still asks for the skill."""
    by = lower.get(requirement.skill, 0) if requirement.skill else 0
    lowest = {">=": 1, "between": 1, ">": 0}.get(requirement.op)
    if not by or lowest is None:
        return requirement
    level = min(requirement.level, max(lowest, requirement.level - by))
    return msgspec.structs.replace(requirement, level=level)


def _all_of(requirements: tuple[Requirement, ...]) -> Requirement:
    return requirements[0] if len(requirements) == 1 else Requirement(all_of=requirements)
