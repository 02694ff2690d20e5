"""What a policy marks as personal, ready to be looked up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from router.policy import PersonalData

__all__ = ("EVERYTHING", "NOTHING", "Marks", "marks_of")


class Marks(NamedTuple):
    """Which fields are personal (docs/policy.md, "Personal")."""

    attributes: frozenset[str] = frozenset()
    all_attributes: bool = False
    customer_id: bool = False
    conversation_id: bool = False
    notes: bool = False
    texts: bool = False
    requirements: bool = False

    @property
    def any_attribute(self) -> bool:
        """Whether any attribute is personal."""
        return self.all_attributes or bool(self.attributes)

    def marks_attribute(self, name: object) -> bool:
        """Whether that attribute of an interaction is personal."""
        return self.all_attributes or name in self.attributes

    def or_those_of(self, other: Marks) -> Marks:
        """What either of the two marks."""
        both = (mine or theirs for mine, theirs in zip(self[1:], other[1:], strict=True))
        return Marks(self.attributes | other.attributes, *both)


NOTHING: Final = Marks()
"""Of a policy that says nothing about it."""

EVERYTHING: Final = Marks(
    all_attributes=True,
    customer_id=True,
    conversation_id=True,
    notes=True,
    texts=True,
    requirements=True,
)
"""Where no policy is to be had: nobody knows what is personal, so all of it may be."""


def marks_of(policy: Mapping[str, Any] | None) -> Marks:
    """What a policy document marks, as events and the state have it; None: no policy is known.

    What cannot be read counts as a mark of everything: a policy of a later release may say more.
    """
    if policy is None:
        return EVERYTHING
    if policy.get("personal") is None:
        return NOTHING
    try:
        told = PersonalData.model_validate(policy["personal"])
    except ValidationError:
        return EVERYTHING
    return Marks(
        frozenset(told.attributes),
        told.all_attributes,
        told.customer_id,
        told.conversation_id,
        told.notes,
        told.texts,
        told.requirements,
    )
