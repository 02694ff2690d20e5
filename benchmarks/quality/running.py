"""Runs the rows of an instance, replicated, on all cores."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass

import numpy as np

from benchmarks.quality.instance import Instance, Row
from benchmarks.quality.measures import Spread, measure_all, occupancy_spread
from benchmarks.quality.simulation import Plan, simulate
from benchmarks.quality.tally import Tally
from benchmarks.simulator.estimates import Estimate
from router.matcher import Matcher

__all__ = ("Effort", "RowResult", "run_instance")

WARM_UP_SHARE = 0.1
"""Calls before the first that counts, as a share of those that count in one replication."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is simulated: ``calls`` that count for each row, over all replications."""

    calls: int
    seed: int
    replications: int = 2
    batches: int = 20

    @property
    def plan(self) -> Plan:
        """The plan of one replication."""
        batch_calls = max(1, self.calls // (self.replications * self.batches))
        warm_up = int(batch_calls * self.batches * WARM_UP_SHARE)
        return Plan(self.batches, batch_calls, warm_up)


@dataclass(frozen=True, slots=True)
class RowResult:
    """The measures of one row."""

    row: Row
    measures: dict[str, Estimate]
    spread: Spread


def run_instance(
    instance: Instance,
    effort: Effort,
    pool: ProcessPoolExecutor,
    progress: Callable[[int, int], None],
) -> list[RowResult]:
    """Every row under the same seeds, so that all meet the same calls. ``progress`` is told how
    many of how many replications are done."""
    futures: dict[Future[list[Tally]], tuple[int, int]] = {}
    for number, row in enumerate(instance.rows):
        for replication in range(effort.replications):
            future = pool.submit(_replicate, row, effort.plan, effort.seed, replication)
            futures[future] = (number, replication)
    tallies: dict[tuple[int, int], list[Tally]] = {}
    for done, future in enumerate(as_completed(futures), start=1):
        tallies[futures[future]] = future.result()
        progress(done, len(futures))
    return [
        _result(row, [t for r in range(effort.replications) for t in tallies[number, r]])
        for number, row in enumerate(instance.rows)
    ]


def _replicate(row: Row, plan: Plan, seed: int, replication: int) -> list[Tally]:
    new_matcher = Matcher if row.matcher is None else row.matcher()
    seeds = np.random.SeedSequence([seed, replication])
    return simulate(row.scenario, dict(row.policy), plan, seeds, new_matcher, row.rechecks)


def _result(row: Row, tallies: list[Tally]) -> RowResult:
    return RowResult(row, measure_all(tallies, row.scenario), occupancy_spread(tallies))
