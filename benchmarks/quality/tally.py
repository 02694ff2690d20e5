"""What became of the calls of one batch, counted by type."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.quality.scenario import Scenario

__all__ = ("Tally",)


@dataclass(slots=True)
class Tally:
    """Counts and sums of one batch of calls. A call belongs to the batch in which it arrived, an
    agent's work to the batch in which it began. ``brought``: the amounts of work that calls came
    with, each 1 on average."""

    arrived: list[int]
    brought: list[float]
    served: list[int]
    abandoned: list[int]
    blocked: list[int]
    in_time: list[int]
    late: list[int]
    wait_ms: list[float]
    value: list[float]
    work_ms: list[float]
    length_ms: float = 0.0

    @classmethod
    def empty(cls, scenario: Scenario) -> Tally:
        """Nothing has happened yet."""
        n = len(scenario.types)
        return cls(
            arrived=[0] * n,
            brought=[0.0] * n,
            served=[0] * n,
            abandoned=[0] * n,
            blocked=[0] * n,
            in_time=[0] * n,
            late=[0] * n,
            wait_ms=[0.0] * n,
            value=[0.0] * n,
            work_ms=[0.0] * len(scenario.agents),
        )
