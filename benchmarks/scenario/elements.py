"""What every part of a scenario is made of: numbers with their bounds, and rates."""

from __future__ import annotations

from typing import Annotated, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from router.policy.elements import DAY_S, NUMBER, Element

__all__ = (
    "COUNT_MAX",
    "LONGEST_S",
    "Count",
    "Duration",
    "Element",
    "Factor",
    "Floats",
    "Moment",
    "PerTime",
    "Rated",
    "Share",
)

Floats = NDArray[np.float64]

COUNT_MAX: Final = 10_000_000
"""Of anything that is counted: ten million contacts are a day of the largest centers."""

RATE_MAX: Final = 1_000_000.0
LONGEST_S: Final = 366 * DAY_S

Duration = Annotated[float, Field(gt=0, le=LONGEST_S), NUMBER]
Moment = Annotated[float, Field(ge=0, le=LONGEST_S), NUMBER]
"""Seconds after the scenario begins."""

Share = Annotated[float, Field(ge=0, le=1), NUMBER]
Factor = Annotated[float, Field(gt=0, le=10_000), NUMBER]
Count = Annotated[int, Field(ge=1, le=COUNT_MAX), NUMBER]
PerTime = Annotated[float, Field(ge=0, le=RATE_MAX * 3_600), NUMBER]


class Rated(Element):
    """Something that happens so often; exactly one of the three says how often."""

    per_hour: PerTime | None = None
    per_minute: PerTime | None = None
    per_second: PerTime | None = None

    @model_validator(mode="after")
    def _one_rate(self) -> Rated:
        given = [
            one for one in (self.per_hour, self.per_minute, self.per_second) if one is not None
        ]
        if len(given) != 1:
            raise ValueError("give one of per_hour, per_minute, per_second")
        return self

    @property
    def per_s(self) -> float:
        """How often a second."""
        if self.per_second is not None:
            return self.per_second
        if self.per_minute is not None:
            return self.per_minute / 60
        return (self.per_hour or 0.0) / 3_600
