"""What a scenario says about every pair of a type and an agent, as tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.quality.center import Floats
from benchmarks.scenario.document import ContactType, Scenario
from benchmarks.scenario.people import Person, Scaled
from benchmarks.scenario.workload import expected

__all__ = ("Table", "arrival_shares", "handle_s", "pools", "targets_s")


@dataclass(frozen=True, slots=True)
class Table:
    """A number for each type and agent; types go by their number, agents by their id."""

    columns: Mapping[str, int]
    rows: list[list[float]]

    @classmethod
    def of(cls, scenario: Scenario, values: Floats) -> Table:
        """By the types and agents of a scenario."""
        columns = {person.agent_id: n for n, person in enumerate(scenario.people)}
        return cls(columns, values.tolist())

    def __call__(self, kind: int, agent_id: str) -> float:
        """The number of one pair."""
        return self.rows[kind][self.columns[agent_id]]


def handle_s(scenario: Scenario) -> Floats:
    """The mean handle time by type and agent."""
    return np.array(
        [
            [_handle_s(name, kind, person) for person in scenario.people]
            for name, kind in scenario.types.items()
        ]
    )


def _handle_s(name: str, kind: ContactType, person: Person) -> float:
    own = person.worker.handle.get(name)
    if own is None:
        mean_s = kind.handle.expected_s
    elif isinstance(own, Scaled):
        mean_s = kind.handle.expected_s * own.factor
    else:
        mean_s = own.expected_s
    return mean_s * person.worker.handle_factor


def targets_s(scenario: Scenario) -> Floats:
    """The wait by which the service level of each type is counted, by number."""
    return np.array([scenario.thresholds_of(name)[0] for name in scenario.types])


def arrival_shares(scenario: Scenario) -> Floats:
    """How much of all that is expected is of each type, by number."""
    counts = np.array(
        [expected(scenario, name, 0.0, scenario.horizon_s) for name in scenario.types]
    )
    shares: Floats = counts / counts.sum()
    return shares


def pools(scenario: Scenario) -> dict[str, int]:
    """Agents by the pool of those who are like them: the same skills on the same channels."""
    numbers: dict[object, int] = {}
    return {
        person.agent_id: numbers.setdefault(_alike(person), len(numbers))
        for person in scenario.people
    }


def _alike(person: Person) -> object:
    worker = person.worker
    return frozenset(worker.skills.items()), frozenset(worker.maximums.items())
