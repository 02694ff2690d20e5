"""The document of a simulation, for other programs to read (``onequeue-simulation-1``)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from benchmarks.engine.environment import environment
from benchmarks.scenario.document import Scenario
from benchmarks.simulator.estimates import Estimate
from benchmarks.simulator.figures import Figures
from benchmarks.simulator.measures import AgentMeasures, Measures, Scope

__all__ = ("FORMAT", "Effort", "speed_of", "to_document")

FORMAT: Final = "onequeue-simulation-1"


@dataclass(frozen=True, slots=True)
class Effort:
    """How much was simulated, and how long that took (wall clock)."""

    seed: int
    replications: int
    batches: int
    jobs: int
    took_s: float


def speed_of(runs: Sequence[Figures]) -> float:
    """Contacts simulated in a second of processor time."""
    cpu_s = sum(run.cpu_s for run in runs)
    return sum(run.contacts for run in runs) / cpu_s if cpu_s else 0.0


def to_document(
    scenario: Scenario, effort: Effort, measures: Measures, runs: Sequence[Figures]
) -> dict[str, Any]:
    """Everything that was found; what is not a number is null."""
    return {
        "format": FORMAT,
        "scenario": scenario.name,
        "description": scenario.description,
        "seed": effort.seed,
        "replications": effort.replications,
        "batches": effort.batches,
        "horizon_s": scenario.horizon_s,
        "warm_up_s": scenario.warm_up_s,
        "interactions": sum(run.contacts for run in runs),
        "interactions_per_cpu_s": speed_of(runs),
        "took_s": effort.took_s,
        "jobs": effort.jobs,
        "all": _scope(measures.everything),
        "types": {name: _scope(scope) for name, scope in measures.types.items()},
        "channels": {name: _scope(scope) for name, scope in measures.channels.items()},
        "groups": {name: _estimates(found) for name, found in measures.groups.items()},
        "agents": _agents(scenario, measures.agents),
        "occupancy_spread": measures.spread._asdict(),
        "series": _series(measures, runs),
        "policy": scenario.policy,
        "environment": environment(),
    }


def _scope(scope: Scope) -> dict[str, Any]:
    return _estimates(scope.one) | {name: _estimates(found) for name, found in scope.many.items()}


def _estimates(found: dict[str, Estimate]) -> dict[str, Any]:
    return {name: estimate.to_dict() for name, estimate in found.items()}


def _agents(scenario: Scenario, found: AgentMeasures) -> dict[str, Any]:
    columns = (
        found.occupancy.tolist(),
        found.occupancy_half_width.tolist(),
        found.served.tolist(),
        found.served_half_width.tolist(),
    )
    return {
        person.agent_id: {
            "group": person.group,
            "occupancy": {"mean": occupancy, "half_width": _number(width)},
            "served": {"mean": served, "half_width": _number(served_width)},
        }
        for person, occupancy, width, served, served_width in zip(
            scenario.people, *columns, strict=True
        )
    }


def _series(measures: Measures, runs: Sequence[Figures]) -> dict[str, Any]:
    """Means over runs at each point; counts are of the time since the point before."""
    step_s = runs[0].series.step_s
    found: dict[str, Any] = {
        "step_s": step_s,
        "at_s": [step_s * number for number in range(len(measures.depth))],
        "depth": [estimate.mean for estimate in measures.depth],
        "depth_half_width": [_number(estimate.half_width) for estimate in measures.depth],
    }
    for name, key in (("busy", "busy_agents"), ("staffed", "staffed_agents")):
        found[key] = _mean_of(runs, name).tolist()
    for name, key in (("arrived", "arrivals"), ("served", "served"), ("abandoned", "abandoned")):
        found[key] = np.diff(_mean_of(runs, name), prepend=0.0).tolist()
    found["depth_max"] = measures.depth_max.to_dict()
    return found


def _mean_of(runs: Sequence[Figures], name: str) -> Any:
    return np.mean([getattr(run.series, name) for run in runs], axis=0)


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
