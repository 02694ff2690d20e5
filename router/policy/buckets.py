"""Buckets of a queue: which of its interactions come before all others, and in what order."""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field, model_validator

from router.policy.classification import Condition
from router.policy.elements import Element, Label, Text

__all__ = ("BUCKETS_MAX", "Bucket", "BucketOrder", "Buckets")

BUCKETS_MAX: Final = 16
"""Urgencies stay below 2^53 with so many, and are whole numbers in any language that reads JSON."""

BucketOrder: TypeAlias = Literal[
    "deadline",
    "priority",
    "ageing",
    "oldest_first",
    "newest_first",
    "lowest_first",
    "highest_first",
]
"""Which interaction of a bucket comes first. Urgencies overtake each other while they wait: they
would not fit between two buckets."""


class Bucket(Element):
    """What comes before all that stands in a later bucket, or in none."""

    name: Label = ""
    description: str = ""
    owner: str = ""
    when: Condition | None = None
    order: BucketOrder = "deadline"
    attribute: Text | None = None

    @model_validator(mode="after")
    def _has_an_attribute_to_go_by(self) -> Bucket:
        if self.goes_by_attribute and self.attribute is None:
            raise ValueError(f"the order {self.order} needs an attribute to go by")
        if not self.goes_by_attribute and self.attribute is not None:
            raise ValueError("an attribute counts only with the orders lowest_first, highest_first")
        return self

    @property
    def goes_by_attribute(self) -> bool:
        """Whether the value of an attribute says who comes first."""
        return self.order in {"lowest_first", "highest_first"}


Buckets = Annotated[list[Bucket], Field(max_length=BUCKETS_MAX)]
