"""Measures: what is kept of queues only because a condition of the policy asks for it."""

from __future__ import annotations

from typing import Final, NamedTuple

from router.commands import Requirement
from router.policy import Policy
from router.policy.conditions import placed
from router.pools import in_pool
from router.scales import Inside

__all__ = ("Measures", "measures_of")

_LEVELS: Final = ("service_level_below", "service_level_at_least")
_AGES: Final = ("longest_wait_above_s", "longest_wait_below_s")


class Measures(NamedTuple):
    """The queues whose service level is counted, those whose oldest is known, and what the members
    of the pools meet that are counted."""

    levels: frozenset[str]
    ages: frozenset[str]
    pools: dict[str, Requirement]


def measures_of(policy: Policy, inside: Inside) -> Measures:
    """What the conditions of a policy ask for."""
    every = list(placed(policy))
    return Measures(
        levels=frozenset(q for one in every if one.bounds.gives(_LEVELS) for q in one.read),
        ages=frozenset(q for one in every if one.bounds.gives(_AGES) for q in one.read),
        pools={
            name: in_pool(policy.pools[name], inside)
            for name in sorted({each.bounds.pool for each in every if each.bounds.pool})
        },
    )
