"""Plans: what is known of a requirement once and for all, whoever asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import msgspec

from router.commands import AskedRequirement, Requirement
from router.eligibility.expression import Expression, expression_of
from router.eligibility.tree import nodes_of
from router.errors import ExpressionError

__all__ = (
    "Packed",
    "Plan",
    "Wanted",
    "expressions_in",
    "plan_of",
    "skills_in",
    "wanted_of",
)


Packed: TypeAlias = bytes | msgspec.Raw
"""A map as it stands in a command or an event."""


class Wanted(NamedTuple):
    """A condition that is asked for: a requirement apart from its weight and hardness, and the
    bound texts of its expressions, outermost first (None: cannot be evaluated)."""

    requirement: Requirement
    texts: tuple[str | None, ...]


class Plan(NamedTuple):
    """A requirement with its expressions (None: not to be taken)."""

    requirement: Requirement
    expressions: tuple[Expression | None, ...]

    @property
    def reads_interaction(self) -> bool:
        """Whether it asks for different things of interactions with different attributes."""
        return any(each is not None and each.profile.interaction for each in self.expressions)

    def wanted(self, attributes: Mapping[str, Any]) -> Wanted:
        """What an interaction with these attributes asks for."""
        return Wanted(self.requirement, tuple(_bound(e, attributes) for e in self.expressions))


def wanted_of(requirements: tuple[Requirement, ...], attributes: Packed) -> tuple[Wanted, ...]:
    """The conditions among an interaction's requirements, in their order.

    ``attributes`` is the interaction's packed map.
    """
    plans = [plan_of(each) for each in requirements if not each.skill]
    if not plans:
        return ()
    values: Mapping[str, Any] = {}
    if any(plan.reads_interaction for plan in plans):
        values = msgspec.msgpack.decode(attributes)
    return tuple(plan.wanted(values) for plan in plans)


@lru_cache(maxsize=4_096)
def skills_in(requirement: AskedRequirement) -> frozenset[str]:
    """The skills that a requirement names, in whatever form."""
    named = {node.requirement.skill for node in nodes_of(requirement, "")} - {""}
    expressions = (each for each in expressions_in(requirement) if each is not None)
    return frozenset(named.union(*(each.profile.skills for each in expressions)))


@lru_cache(maxsize=4_096)
def plan_of(requirement: Requirement) -> Plan:
    """The plan of a requirement; equal ones share it."""
    plain = msgspec.structs.replace(requirement, hard=True, weight=1)
    return Plan(plain, expressions_in(requirement))


def expressions_in(requirement: AskedRequirement) -> tuple[Expression | None, ...]:
    """The expressions that stand in a requirement (None: not to be taken), outermost first."""
    texts = [node.requirement.expression for node in nodes_of(requirement, "")]
    return tuple(_known(text) for text in texts if text is not None)


def _known(text: str) -> Expression | None:
    # a journal may hold what a release before or after this one takes
    try:
        return expression_of(text)
    except ExpressionError:
        return None


def _bound(expression: Expression | None, attributes: Mapping[str, Any]) -> str | None:
    if expression is None:
        return None
    try:
        return expression.bound(attributes)
    except ExpressionError:
        return None
