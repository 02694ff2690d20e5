"""Groups as rules: who serves a queue only while it needs them, and when that is.

A group is the agents of a pool, or the reserve of a level (docs/groups.md). Whether it is open is
a fact of the state; what agents must meet reads it as a leaf of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from router.commands import Requirement
from router.policy import Activation, Bounds, Policy

__all__ = (
    "ActivationRule",
    "GroupRule",
    "activations_of",
    "group_key",
    "keys_of",
    "queue_and_group",
    "reserve_of",
    "while_open",
)

AllOf: TypeAlias = tuple[Bounds, ...]


class GroupRule(NamedTuple):
    """When a group opens: all bounds of any alternative hold; and when it closes (None: when it
    would not open)."""

    name: str
    opens: tuple[AllOf, ...]
    closes: AllOf | None


class ActivationRule(NamedTuple):
    """The groups of a queue, in their order, and how often they are looked at."""

    every_ms: int
    groups: tuple[GroupRule, ...]


def activations_of(policy: Policy) -> dict[str, ActivationRule]:
    """By queue; those without any group are left out."""
    return {
        name: ActivationRule(round(queue.activation.every_s * 1_000), _groups(queue.activation))
        for name, queue in policy.queues.items()
        if queue.activation is not None
    }


def group_key(queue: str, group: str) -> str:
    """What a group is called among those of all queues: no name holds a slash."""
    return f"{queue}/{group}"


def queue_and_group(key: str) -> tuple[str, str]:
    """The queue and the group that a key tells of."""
    queue, _, group = key.partition("/")
    return queue, group


def reserve_of(level: int) -> str:
    """What the reserve of a level is called among the groups of its queue: no pool has a space."""
    return f"reserve {level}"


def while_open(queue: str, group: str, members: Requirement) -> Requirement:
    """To be of these members while their group is open."""
    return Requirement(all_of=(Requirement(group=group_key(queue, group)), members))


def _groups(activation: Activation) -> tuple[GroupRule, ...]:
    groups = [
        GroupRule(
            group.pool,
            (tuple(group.open_if),),
            None if group.close_if is None else tuple(group.close_if),
        )
        for group in activation.groups
    ]
    overload = activation.overload
    if overload is not None:
        beyond = () if overload.second is None else ((overload.second,),)
        # whoever is past the second threshold is past the first
        groups.append(GroupRule(reserve_of(1), ((overload.first,), *beyond), None))
        groups += [GroupRule(reserve_of(2), beyond, None)] if beyond else []
    return tuple(groups)


def keys_of(activations: Mapping[str, ActivationRule]) -> set[str]:
    """What the groups of all queues are called."""
    return {
        group_key(queue, group.name)
        for queue, activation in activations.items()
        for group in activation.groups
    }
