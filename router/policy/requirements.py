"""Requirements in a policy: the same as in a command (docs/requirements.md)."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from pydantic import AfterValidator, ConfigDict, Field, model_serializer

from router import limits
from router.eligibility.plan import expressions_in
from router.eligibility.tree import wrong_in
from router.policy.elements import DAY_S, NUMBER, Element, Name
from router.policy.levels import ToldLevel
from router.requirements import AskedRequirement, Operator

__all__ = ("Asked", "Requirements", "StepRequirements")

Children = Annotated[list["Asked"], Field(max_length=limits.REQUIREMENT_NODES_MAX)]


class Asked(Element):
    """One requirement: a level in one skill, a tree, or an expression over the agent."""

    model_config = ConfigDict(validate_by_name=False, validate_by_alias=True)

    skill: Name | None = None
    op: Operator = ">="
    level: ToldLevel | None = None
    level_max: ToldLevel | None = None
    hard: bool = True
    weight: Annotated[int, Field(ge=1, le=100), NUMBER] = 1
    all_of: Children | None = Field(default=None, alias="all")
    any_of: Children | None = Field(default=None, alias="any")
    negated: Asked | None = Field(default=None, alias="not")
    expression: Annotated[str, Field(max_length=limits.EXPRESSION_CHARACTERS_MAX)] | None = None
    ttl_s: Annotated[int, Field(ge=0, le=366 * DAY_S), NUMBER] = 0
    expedite: bool = False

    def requirement(self) -> AskedRequirement:
        """As a command has it."""
        return AskedRequirement(
            skill=self.skill or "",
            op=self.op,
            level=self.level,
            level_max=self.level_max,
            hard=self.hard,
            weight=self.weight,
            all_of=_tuple(self.all_of),
            any_of=_tuple(self.any_of),
            negated=None if self.negated is None else self.negated.requirement(),
            expression=self.expression,
            ttl_s=self.ttl_s,
            expedite=self.expedite,
        )

    @model_serializer
    def _plain(self) -> dict[str, Any]:
        plain: dict[str, Any] = msgspec.to_builtins(self.requirement())
        return plain


def _tuple(asked: list[Asked] | None) -> tuple[AskedRequirement, ...] | None:
    return None if asked is None else tuple(each.requirement() for each in asked)


def _ask_all_for_the_same(asked: list[Asked]) -> list[Asked]:
    """They are well formed, and ask every interaction for the same."""
    requirements = tuple(each.requirement() for each in asked)
    wrong = wrong_in(requirements)
    if wrong is not None:
        message = f"{wrong.field.removeprefix('requirements')}: {wrong.detail}"
        raise ValueError(message)
    for requirement in requirements:
        if any(one and one.profile.interaction for one in expressions_in(requirement)):
            raise ValueError("an expression of a policy reads agents only, not the interaction")
    return asked


Requirements = Annotated[
    list[Asked], Field(max_length=limits.REQUIREMENTS_MAX), AfterValidator(_ask_all_for_the_same)
]


def _last_as_long_as_the_step(asked: list[Asked]) -> list[Asked]:
    if any(each.ttl_s or each.expedite for each in asked):
        raise ValueError("ttl_s and expedite belong to what interactions ask: a step has its own")
    return asked


StepRequirements = Annotated[Requirements, AfterValidator(_last_as_long_as_the_step)]
