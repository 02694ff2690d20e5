"""What a scenario says about being played live: the map ``live`` of the document."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, ValidationError, model_validator

from benchmarks.scenario.document import Scenario
from benchmarks.scenario.elements import Duration, Element, Factor
from benchmarks.scenario.errors import ScenarioError
from router.policy.elements import NUMBER

__all__ = ("Live", "TargetAsked", "live_of")

PROBES_PER_S_MAX: Final = 1_000
RELAY_SAMPLES: Final = 5_000


class TargetAsked(Element):
    """A bound on one figure of the report, by its path: ``matching_latency_ms.p99``."""

    figure: str
    at_most: Annotated[float, NUMBER] | None = None
    at_least: Annotated[float, NUMBER] | None = None
    words: str = ""

    @model_validator(mode="after")
    def _one_bound(self) -> TargetAsked:
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError("give one of at_most, at_least")
        return self

    @property
    def bound(self) -> str:
        """As people write it."""
        return f"≥ {self.at_least:g}" if self.at_most is None else f"≤ {self.at_most:g}"

    def is_met_by(self, value: float) -> bool:
        """Whether a value keeps the bound."""
        if self.at_most is not None:
            return value <= self.at_most
        return self.at_least is not None and value >= self.at_least


class Live(Element):
    """How it is played and what it is judged by."""

    compression: Factor = 1.0
    """Seconds of the scenario in a real one."""

    probes_per_s: Annotated[float, Field(gt=0, le=PROBES_PER_S_MAX), NUMBER] | None = None
    """Probes of the relay while it runs; without, as many as the length asks for."""

    quiet_s: Duration = 4.0
    """Probes and nothing else, before the opening; and as long at least after the end."""

    relay_samples: Annotated[int, Field(ge=1, le=1_000_000), NUMBER] = RELAY_SAMPLES
    """So many probes there are in all; with fewer than 5,000 the run is not valid."""

    drains: bool = False
    """Whether the figure is how long all the work takes: from the first agent's coming to the last
    end of work."""

    targets: list[TargetAsked] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    """What stands beside the figures: what others were measured at."""


def live_of(scenario: Scenario) -> Live:
    """The map, checked. Raises ``ScenarioError``."""
    try:
        return Live.model_validate(scenario.live)
    except ValidationError as error:
        fault = error.errors()[0]
        path = ".".join(str(part) for part in ("live", *fault["loc"]))
        raise ScenarioError(f"{path}: {fault['msg']}") from None
