"""Objectives: what a center wants to reach, with whom to ask about it (docs/policy.md).

The engine does not look at them: `/v1/objectives` and the console compare them with what came out.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field, model_validator

from router.policy.elements import NUMBER, Element, Name

__all__ = ("AT_LEAST", "OBJECTIVES_MAX", "SHARES", "Measure", "Objective")

OBJECTIVES_MAX: Final = 100
DAY_S: Final = 86_400
WITHIN_S_MAX: Final = 31 * DAY_S

Measure: TypeAlias = Literal[
    "service_level",
    "abandonment",
    "mean_wait_s",
    "handle_mean_s",
    "acceptance",
    "occupancy",
    "skill_fit",
    "preferred_agents",
    "first_contact",
]
"""What is measured, of the figures of docs/statistics.md."""

SHARES: Final = frozenset(
    {
        "service_level",
        "abandonment",
        "acceptance",
        "occupancy",
        "skill_fit",
        "preferred_agents",
        "first_contact",
    }
)
"""Measures from 0 to 1; the others are seconds."""

AT_LEAST: Final = frozenset(
    {"service_level", "acceptance", "skill_fit", "preferred_agents", "first_contact"}
)
"""Measures of which more is better; of the others at most the target is wanted, unless the
objective says otherwise."""


class Objective(Element):
    """A goal: its measure of a queue, a channel, both or everything, and the target for it.

    ``want`` says on which side of the target it is reached; left out, on the usual one.
    ``within_s`` goes with ``first_contact`` only: in what time a customer who comes again has not
    been helped (a day, unless it is given).
    """

    description: str = ""
    owner: str = ""
    measure: Measure
    queue: Name | None = None
    channel: Name | None = None
    target: Annotated[float, Field(ge=0, le=31_622_400), NUMBER]
    want: Literal["at_least", "at_most"] | None = None
    within_s: Annotated[int, Field(ge=60, le=WITHIN_S_MAX), NUMBER] | None = None

    @model_validator(mode="after")
    def _is_within_its_measure(self) -> Objective:
        if self.measure in SHARES and self.target > 1:
            raise ValueError(f"{self.measure} is a share: a target from 0 to 1, as 0.8 for 80 %")
        if self.measure == "occupancy" and (self.queue or self.channel):
            raise ValueError("occupancy is that of all agents: it has no queue and no channel")
        if self.within_s is not None and self.measure != "first_contact":
            raise ValueError("within_s goes only with measure: first_contact")
        return self

    @property
    def again_within_s(self) -> int:
        """In what time a customer who comes again has not been helped."""
        return self.within_s or DAY_S

    @property
    def wants_more(self) -> bool:
        """Whether at least the target is wanted."""
        return self.measure in AT_LEAST if self.want is None else self.want == "at_least"
