"""Steps of a workflow as rules: what each makes of the requirements, and until when it lasts.

Pure functions of what was asked and how old the interaction is (docs/workflows.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

from router.commands import Requirement
from router.groups import group_key, while_open
from router.limits import PRIORITY_MAX
from router.overflow import DEFAULT_INBOX
from router.policy import Bounds, Policy, Queue, SkipIf, Step
from router.pools import in_pool
from router.scales import Inside

__all__ = ("StepRule", "Way", "asked_in", "priority_in", "steps_of")

PPM: Final = 1_000_000


class Way(NamedTuple):
    """How agents get to serve a queue: a pool or a group by its name, what they meet, and the step
    that lets them in (0: the queue does)."""

    step: int
    name: str
    members: Requirement


class StepRule(NamedTuple):
    """One step in integers. ``until_ms`` and ``until_ppm`` (of the target) are ages; 0: not so."""

    name: str
    until_ms: int
    until_ppm: int
    only_preferred: bool
    history_at_least_ppm: int
    """The least history term of the agents for whom it is then."""

    free_in_time_ppm: int
    """How probable it must be that one of those is free before the end, where that is known."""

    require: tuple[Requirement, ...] | None
    drop: frozenset[str]
    lower: dict[str, int]
    widen: tuple[Requirement, ...]
    add: tuple[Requirement, ...]
    pool: str | None
    open_if: tuple[Bounds, ...]
    ways: tuple[Way, ...]
    """The ways in so far; none where everybody may serve."""

    members: tuple[Requirement, ...]
    """What the agents meet who have come by any of these ways; nothing where there are none."""

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
        found[name] = _pooled(members, _ways_of(name, queue, members), steps)
    return found


def asked_in(
    steps: tuple[StepRule, ...],
    number: int,
    asked: tuple[Requirement, ...],
    shut: tuple[int, ...] = (),
) -> tuple[Requirement, ...]:
    """What is asked in the step of this number (from 1) of an interaction that asks for this, to
    which the pools of the steps ``shut`` have not opened.

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
    step = steps[number - 1]
    members = _members(way for way in step.ways if way.step not in shut) if shut else step.members
    return asked + added + members


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
        history_at_least_ppm=round(step.history_at_least * PPM),
        free_in_time_ppm=round(step.free_in_time * PPM),
        require=None if step.require is None else inside(step.requirements("require")),
        drop=frozenset(step.drop),
        lower=step.lower,
        widen=inside(step.requirements("widen")),
        add=inside(step.requirements("add")),
        pool=step.pool,
        open_if=tuple(step.open_if or ()),
        ways=(),
        members=(),
        points=step.priority,
        expedite=step.expedite,
        tell=step.tell or "",
        skip_if=step.skip_if,
        queue=step.queue,
        divert=step.divert,
        inbox=step.inbox or DEFAULT_INBOX,
    )


def _ways_of(name: str, queue: Queue, members: dict[str, Requirement]) -> tuple[Way, ...]:
    """The ways in that are there from the first: the queue's pool, and its groups."""
    own = () if queue.pool is None else (Way(0, queue.pool, members[queue.pool]),)
    pools = () if queue.activation is None else (each.pool for each in queue.activation.groups)
    groups = (
        Way(0, group_key(name, pool), while_open(name, pool, members[pool])) for pool in pools
    )
    return (*own, *groups)


def _pooled(
    members: dict[str, Requirement], first: tuple[Way, ...], steps: tuple[StepRule, ...]
) -> tuple[StepRule, ...]:
    """Steps with the ways in that there are by then."""
    pooled, ways = [], first
    for number, step in enumerate(steps, 1):
        if step.pool is not None:
            ways = (*ways, Way(number, step.pool, members[step.pool]))
        pooled.append(step._replace(ways=ways, members=_members(ways)))
    return tuple(pooled)


def _members(ways: Iterable[Way]) -> tuple[Requirement, ...]:
    """To have come by one of these ways at least; nothing where there are none."""
    members = tuple({way.name: way.members for way in ways}.values())
    return (Requirement(any_of=members),) if members else ()


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
