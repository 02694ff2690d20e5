"""What is simulated: who calls, who serves, how long it takes, what a match is worth.

Everything random is a distribution of mean 1 (or a process) with parameters; a scenario itself is
fixed. Times are milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from router.commands import Requirement

__all__ = (
    "CHANNEL",
    "MINUTE_MS",
    "QUEUE",
    "CallType",
    "Floats",
    "Scenario",
    "SimulatedAgent",
    "call_id",
    "type_of",
)

Floats = NDArray[np.float64]

CHANNEL: Final = "voice"
QUEUE: Final = "calls"
"""The channel and the queue of every simulated call."""

MINUTE_MS: Final = 60_000.0


@dataclass(frozen=True, slots=True)
class CallType:
    """One stream of calls: Poisson arrivals, exponential patience (None: nobody gives up)."""

    name: str
    per_minute: float
    requirements: tuple[Requirement, ...] = ()
    patience_min: float | None = None


@dataclass(frozen=True, slots=True)
class SimulatedAgent:
    """An agent who takes one call at a time."""

    agent_id: str
    skills: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """A model with its numbers. ``handle_min`` and ``value`` are by (type, agent).

    ``places``: how many may wait (None: any number); who finds them taken is blocked. A served call
    is late when it waited for more than ``late_s``. ``groups`` are agents whose occupancy is of
    interest.
    """

    types: tuple[CallType, ...]
    agents: tuple[SimulatedAgent, ...]
    handle_min: Floats
    value: Floats | None = None
    threshold_s: float = 20.0
    late_s: float | None = None
    places: int | None = None
    levels: int = 5
    groups: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shape = (len(self.types), len(self.agents))
        for table in (self.handle_min, self.value):
            if table is not None and table.shape != shape:
                raise ValueError(f"a table by type and agent has shape {table.shape}, not {shape}")

    @property
    def skill_names(self) -> tuple[str, ...]:
        """Every skill that an agent holds or a call asks for."""
        asked = {r.skill for kind in self.types for r in kind.requirements}
        return tuple(sorted(asked.union(*(agent.skills for agent in self.agents))))


def call_id(kind: int, number: int) -> str:
    """The id of a call; it tells the type, so that baselines need no second bookkeeping."""
    return f"{kind}-{number}"


def type_of(interaction_id: str) -> int:
    """The type that an interaction id tells."""
    return int(interaction_id.partition("-")[0])
