"""Quotas: how much the tenant takes in, and from each of those who send (docs/policy.md)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from router import limits
from router.policy.elements import NUMBER, Element, Name

__all__ = ("IntakeQuotas", "Quota")


class Quota(Element):
    """How many interactions may be open at once, and how many may be created a second: ``burst`` of
    them at once, where none have been for long enough."""

    description: str = ""
    owner: str = ""
    open_max: Annotated[int, Field(ge=0, le=limits.OPEN_QUOTA_MAX), NUMBER] | None = None
    creates_per_s: Annotated[float, Field(ge=0.001, le=limits.CREATES_PER_S_MAX), NUMBER] | None = (
        None
    )
    burst: Annotated[int, Field(ge=1, le=limits.CREATES_BURST_MAX), NUMBER] | None = None

    @model_validator(mode="after")
    def _burst_has_its_rate(self) -> Quota:
        if self.burst is not None and self.creates_per_s is None:
            raise ValueError("burst goes with creates_per_s")
        return self


class IntakeQuotas(Quota):
    """The quota of the tenant, those of producers by name, and the one that all others share."""

    producers: Annotated[dict[Name, Quota], Field(max_length=limits.PRODUCERS_MAX)] = Field(
        default_factory=dict
    )
    other_producers: Quota | None = None
