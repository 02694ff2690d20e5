"""Steps of a workflow as rules: what each makes of the requirements, and until when it lasts.

Pure functions of what was asked and how old the interaction is (docs/workflows.md).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from router.commands import Requirement
from router.limits import PRIORITY_MAX
from router.overflow import DEFAULT_INBOX
from router.policy import Policy, SkipIf, Step
from router.pools import in_pool
from router.scales import Inside

__all__ = ("StepRule", "asked_in", "priority_in", "steps_of")

PPM: Final = 1_000_000


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
    pool: str | None
    members: tuple[Requirement, ...]
    """What the agents of the pools so far meet; nothing where there are none."""

    points: int
    expedite: bool
    tell: str
    """The inbox that hears of its begin; "": none."""

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


def steps_of(policy: Policy, inside: Inside) -> dict[str, tuple[StepRule, ...]]:
    """The steps of each queue: those of its workflow, or one for all its life where it is not for
    everybody. ``inside`` reads levels as they count inside."""
    workflows = {
        name: tuple(_rule(step, inside) for step in one.steps)
        for name, one in policy.workflows.items()
    }
    members = {name: in_pool(pool, inside) for name, pool in policy.pools.items()}
    found: dict[str, tuple[StepRule, ...]] = {}
    for name, queue in policy.queues.items():
        steps = workflows[queue.workflow] if queue.workflow else ()
        if not steps and (queue.pool or policy.profiles):
            steps = (_rule(Step(), inside),)
        found[name] = _pooled(members, queue.pool, steps)
    return found


def asked_in(
    steps: tuple[StepRule, ...], number: int, asked: tuple[Requirement, ...]
) -> tuple[Requirement, ...]:
    """What is asked in the step of this number (from 1) of an interaction that asks for this.

    Who meets one of the alternatives instead of what is hard may serve as well. What was hard then
    counts on as a wish: who meets it is still the better one. Who is in no pool so far may not.
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
    return asked + added + steps[number - 1].members


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
        pool=step.pool,
        members=(),
        points=step.priority,
        expedite=step.expedite,
        tell=step.tell or "",
        skip_if=step.skip_if,
        queue=step.queue,
        divert=step.divert,
        inbox=step.inbox or DEFAULT_INBOX,
    )


def _pooled(
    members: dict[str, Requirement], first: str | None, steps: tuple[StepRule, ...]
) -> tuple[StepRule, ...]:
    """Steps with the pools that have been named by then."""
    names = [first, *(step.pool for step in steps)]
    if not any(names):
        return steps
    return tuple(
        step._replace(members=(_in_any(members, names[: number + 1]),))
        for number, step in enumerate(steps, 1)
    )


def _in_any(members: dict[str, Requirement], names: list[str | None]) -> Requirement:
    """To be of one of these pools at least."""
    named = dict.fromkeys(name for name in names if name is not None)
    return Requirement(any_of=tuple(members[name] for name in named))


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
