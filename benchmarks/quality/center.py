"""Centers by their tables: what is known of each pair of a type and an agent.

A model in a few numbers becomes a scenario: Poisson arrivals, exponential handling and patience.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.policies import CHANNEL, Choices, policy_for
from benchmarks.scenario.document import Scenario
from benchmarks.scenario.policies import completed_policy

__all__ = ("MINUTE_S", "Center", "CenterAgent", "CenterType", "Floats", "one_type")

Floats = NDArray[np.float64]

MINUTE_S: Final = 60.0
UNTIL_TOLD_S: Final = 3_600.0
"""A horizon, until somebody says how many calls are wanted."""

OTHERS: Final = "agents"
"""The group of agents who are in none."""


@dataclass(frozen=True, slots=True)
class CenterType:
    """One stream of calls: ``asks`` by skill for a level, patience in minutes (None: endless)."""

    name: str
    per_minute: float
    asks: Mapping[str, int] = field(default_factory=dict)
    patience_min: float | None = None


@dataclass(frozen=True, slots=True)
class CenterAgent:
    """An agent who takes one call at a time, counted with a group."""

    agent_id: str
    skills: Mapping[str, int] = field(default_factory=dict)
    group: str = OTHERS


@dataclass(frozen=True, slots=True, eq=False)
class Center:
    """A model with its numbers. ``handle_min`` and ``value`` are by (type, agent).

    ``places``: how many may wait (None: any number); who finds them taken is blocked. A served call
    is late when it waited for more than ``late_s``. ``traits``: more about each type.
    """

    types: tuple[CenterType, ...]
    agents: tuple[CenterAgent, ...]
    handle_min: Floats
    value: Floats | None = None
    threshold_s: float = 20.0
    late_s: float | None = None
    places: int | None = None
    levels: int = 5
    traits: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shape = (len(self.types), len(self.agents))
        for table in (self.handle_min, self.value):
            if table is not None and table.shape != shape:
                raise ValueError(f"a table by type and agent has shape {table.shape}, not {shape}")

    @property
    def skill_names(self) -> tuple[str, ...]:
        """Every skill that an agent holds or a call asks for."""
        asked = {skill for kind in self.types for skill in kind.asks}
        return tuple(sorted(asked.union(*(agent.skills for agent in self.agents))))

    def scenario(self, choices: Choices) -> Scenario:
        """The same as a scenario, routed by a policy of these choices.

        Raises ``PolicyError`` when the choices are not valid.
        """
        policy = policy_for(self.skill_names, self.levels, self.threshold_s, choices)
        document = {
            "horizon_s": UNTIL_TOLD_S,
            "thresholds_s": self._thresholds(),
            "places": self.places,
            "policy": policy,
            "types": {kind.name: self._type(n, kind) for n, kind in enumerate(self.types)},
            "agents": [self._agent(n, agent) for n, agent in enumerate(self.agents)],
            "values": self._values(),
        }
        return completed_policy(Scenario.model_validate(document), Path())

    def _thresholds(self) -> list[float]:
        late = [] if self.late_s is None or self.late_s == self.threshold_s else [self.late_s]
        return [self.threshold_s, *late]

    def _type(self, number: int, kind: CenterType) -> dict[str, Any]:
        mean_s = float(self.handle_min[number].max()) * MINUTE_S
        patience = None
        if kind.patience_min is not None:
            patience = {"kind": "exponential", "mean_s": kind.patience_min * MINUTE_S}
        return {
            "channel": CHANNEL,
            "requirements": [{"skill": s, "level": level} for s, level in kind.asks.items()],
            "arrivals": {"kind": "poisson", "per_minute": kind.per_minute},
            "handle": {"kind": "exponential", "mean_s": mean_s},
            "patience": patience,
            **self.traits,
        }

    def _agent(self, number: int, agent: CenterAgent) -> dict[str, Any]:
        factors = self.handle_min[:, number] / self.handle_min.max(axis=1)
        own = {k.name: float(f) for k, f in zip(self.types, factors, strict=True) if f != 1.0}
        skills = dict(agent.skills)
        return {"id": agent.agent_id, "group": agent.group, "skills": skills, "handle": own}

    def _values(self) -> dict[str, list[float]]:
        if self.value is None:
            return {}
        rows: Sequence[list[float]] = self.value.tolist()
        return {kind.name: row for kind, row in zip(self.types, rows, strict=True)}


def one_type(
    rate: float,
    handle_min: float,
    agents: int,
    patience_min: float | None,
    threshold_s: float,
    late_s: float | None = None,
    **traits: Any,
) -> Center:
    """So many calls a minute of one type, which all agents serve alike."""
    return Center(
        types=(CenterType("call", rate, patience_min=patience_min),),
        agents=tuple(CenterAgent(f"agent-{n:03}") for n in range(agents)),
        handle_min=np.full((1, agents), handle_min),
        threshold_s=threshold_s,
        late_s=late_s,
        traits=traits,
    )
