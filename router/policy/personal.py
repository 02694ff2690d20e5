"""What of an interaction is personal data of a customer (docs/privacy.md)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from router import limits
from router.policy.elements import Element

__all__ = ("PersonalData",)

AttributeName = Annotated[str, StringConstraints(min_length=1, max_length=limits.IDENTIFIER_MAX)]


class PersonalData(Element):
    """Which ``attributes`` are personal, by name (or all of them), and what else is.

    ``texts`` are the reasons and outcomes that people write, and details of refusals;
    ``requirements`` are the texts of expressions in them. Routing does not look at any of this: it
    says what is told to whom, and what is erased.
    """

    description: str = ""
    owner: str = ""
    attributes: Annotated[list[AttributeName], Field(max_length=256)] = Field(default_factory=list)
    all_attributes: bool = False
    customer_id: bool = False
    conversation_id: bool = False
    notes: bool = False
    texts: bool = False
    requirements: bool = False

    @model_validator(mode="after")
    def _names_attributes_once(self) -> PersonalData:
        if self.all_attributes and self.attributes:
            raise ValueError("all_attributes is said: leave out attributes")
        if len(set(self.attributes)) < len(self.attributes):
            raise ValueError("attributes names one twice")
        return self
