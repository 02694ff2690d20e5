"""Classification: rules that say, on arrival, where an interaction belongs and what it asks for.

Rules are tried in their order; the first that applies is the last, unless it says otherwise
(docs/classification.md).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from router import limits
from router.eligibility.expression import expression_of
from router.errors import ExpressionError
from router.policy.elements import NUMBER, Element, Label, Name, Points, Text
from router.policy.elements import Target as TargetSeconds
from router.policy.requirements import Requirements

__all__ = ("RULES_MAX", "Condition", "DirectMap", "Effect", "Rule", "Share", "Target")

RULES_MAX = 1_000
SHARES_MAX = 100
VALUES_MAX = 10_000


def _reads_interactions_only(text: str) -> str:
    try:
        profile = expression_of(text).profile
    except ExpressionError as error:
        raise ValueError(str(error)) from None
    if profile.attributes or profile.skills or profile.any_skill:
        raise ValueError("there is no agent yet: it can read the interaction only")
    return text


Condition = Annotated[
    str,
    Field(max_length=limits.EXPRESSION_CHARACTERS_MAX),
    AfterValidator(_reads_interactions_only),
]


class Target(Element):
    """Who is asked first: an agent by name, or whom an attribute names."""

    agent: Text | None = None
    attribute: Text | None = None
    over_capacity: bool = False

    @model_validator(mode="after")
    def _names_one(self) -> Target:
        if (self.agent is None) == (self.attribute is None):
            raise ValueError("give an agent, or the attribute that names one")
        return self


class Effect(Element):
    """What a rule does: a queue, points of priority, further requirements, a label, who is asked
    first, the wait that is allowed."""

    queue: Name | None = None
    priority: Points = 0
    add: Requirements = Field(default_factory=list)
    label: Name | None = None
    target: Target | None = None
    target_s: TargetSeconds | None = None


class Share(Effect):
    """One share of a split: ``weight`` among the weights of all."""

    weight: Annotated[int, Field(ge=1, le=1_000_000), NUMBER]


class DirectMap(Element):
    """An effect for each value of one attribute (``customer.tier`` reads a map within a map)."""

    attribute: Text
    values: Annotated[dict[str, Effect], Field(min_length=1, max_length=VALUES_MAX)]
    otherwise: Effect | None = None


class Rule(Effect):
    """One rule: ``when`` it applies (always, if that is left out), and what it does then."""

    name: Label = ""
    description: str = ""
    owner: str = ""
    when: Condition | None = None
    map: DirectMap | None = None
    split: Annotated[list[Share], Field(max_length=SHARES_MAX)] = Field(default_factory=list)
    then: Literal["stop", "continue"] = "stop"

    @model_validator(mode="after")
    def _does_something(self) -> Rule:
        own = self.queue or self.priority or self.add or self.label or self.target or self.target_s
        if not (own or self.map or self.split):
            raise ValueError(
                "it does nothing: give queue, priority, add, label, target, target_s, map or split"
            )
        if self.split and not self.name:
            raise ValueError("a split needs a name: who gets which share hangs on it")
        return self

    def effects(self) -> list[tuple[tuple[str | int, ...], Effect]]:
        """All that it may do, each with its path within the rule."""
        found: list[tuple[tuple[str | int, ...], Effect]] = [((), self)]
        if self.map is not None:
            found += [(("map", "values", value), one) for value, one in self.map.values.items()]
            if self.map.otherwise is not None:
                found.append((("map", "otherwise"), self.map.otherwise))
        return [*found, *((("split", place), one) for place, one in enumerate(self.split))]
