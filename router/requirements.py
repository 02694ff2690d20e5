"""Requirements: what an interaction asks of an agent, as it is told and as it counts inside."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from router import limits

__all__ = (
    "AskedRequirement",
    "AskedRequirements",
    "Identifier",
    "Operator",
    "Requirement",
    "ToldLevel",
)

Identifier: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=limits.IDENTIFIER_MAX, pattern=r"^[^\x00-\x1f\x7f]+\Z")
]
Level: TypeAlias = Annotated[int, Meta(ge=0, le=limits.LEVEL_MAX)]
LevelName: TypeAlias = Annotated[str, Meta(min_length=1, max_length=limits.IDENTIFIER_MAX)]
ToldLevel: TypeAlias = Level | LevelName
"""A level on the scale of its skill: a number or a name (router/scales.py)."""

Operator: TypeAlias = Literal["=", "!=", "<", "<=", ">", ">=", "between"]


class AskedRequirement(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    repr_omit_defaults=True,
    cache_hash=True,
    gc=False,
    rename={"all_of": "all", "any_of": "any", "negated": "not"},
):
    """What an interaction asks of an agent: a level in one skill, a tree, or an expression.

    Of ``skill``, ``all_of``, ``any_of``, ``negated`` and ``expression`` one is given. With a skill,
    ``op`` and ``level`` ask for a level on its scale (None: for the skill, at any);
    ``level_max`` is the better end of the range for the operator ``between``. A hard requirement
    filters agents; a soft one (``hard`` false) only scores them. ``weight`` is its share in the
    fit. It is asked for until the interaction is ``ttl_s`` old (0: for good); while an ``expedite``
    one is, priority is highest.
    """

    skill: Identifier = ""
    op: Operator = ">="
    level: ToldLevel | None = None
    level_max: ToldLevel | None = None
    hard: bool = True
    weight: Annotated[int, Meta(ge=1, le=100)] = 1
    all_of: tuple[AskedRequirement, ...] | None = None
    any_of: tuple[AskedRequirement, ...] | None = None
    negated: AskedRequirement | None = None
    expression: str | None = None
    ttl_s: Annotated[int, Meta(ge=0, le=31_622_400)] = 0
    expedite: bool = False


class Requirement(AskedRequirement, frozen=True, forbid_unknown_fields=False):
    """A requirement as events and the state hold it: levels count from 1, the worst (0 means: does
    not have it), whatever the scale of the skill.

    What is asked by pools and groups (router/groups.py) may have one more leaf than a command.
    """

    level: Level = 1
    level_max: Level = 0
    all_of: tuple[Requirement, ...] | None = None
    any_of: tuple[Requirement, ...] | None = None
    negated: Requirement | None = None
    group: str = ""
    """In place of a skill: met by everybody while this group of a queue is open."""


AskedRequirements: TypeAlias = Annotated[
    tuple[AskedRequirement, ...], Meta(max_length=limits.REQUIREMENTS_MAX)
]
