"""Runs the rows of an instance, replicated, on all cores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from math import ceil

from rich.progress import Progress

from adapters.cli.output import error_console
from benchmarks.quality.instance import Instance, Row
from benchmarks.quality.measures import Measured, measure_all, measured
from benchmarks.scenario.document import Scenario
from benchmarks.scenario.workload import expected
from benchmarks.simulator.estimates import Estimate
from benchmarks.simulator.figures import Figures, figures_of, layout_of
from benchmarks.simulator.run import simulate
from router.matcher import Matcher

__all__ = ("Effort", "Plan", "RowResult", "replicated", "result_of", "run_followed", "run_instance")

WARM_UP_SHARE = 0.1
"""Time before the first that counts, as a share of what counts in one replication."""

DAYS_MIN = 5
"""Fewer days say nothing about how days differ."""


@dataclass(frozen=True, slots=True)
class Plan:
    """So many replications, of which what lies between two moments counts, in so many stretches."""

    warm_up_s: float
    horizon_s: float
    replications: int
    batches: int
    depth_at_s: float | None = None


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is simulated: about so many ``calls`` that count for each row, all replications
    together."""

    calls: int
    seed: int
    replications: int = 2
    batches: int = 20

    def plan(self, instance: Instance) -> Plan:
        """How the rows of an instance are run: all alike, since they meet the same calls."""
        scenario = instance.rows[0].scenario
        if instance.days:
            a_day = _expected(scenario, scenario.warm_up_s, scenario.horizon_s)
            days = max(DAYS_MIN, ceil(self.calls / a_day))
            return Plan(scenario.warm_up_s, scenario.horizon_s, days, 1, instance.depth_at_s)
        per_s = _expected(scenario, 0.0, scenario.horizon_s) / scenario.horizon_s
        counted_s = self.calls / self.replications / per_s
        warm_up_s = WARM_UP_SHARE * counted_s
        return Plan(warm_up_s, warm_up_s + counted_s, self.replications, self.batches)


def _expected(scenario: Scenario, from_s: float, until_s: float) -> float:
    return sum(expected(scenario, name, from_s, until_s) for name in scenario.types)


@dataclass(frozen=True, slots=True)
class RowResult:
    """The measures of one row, and the stretches that they come of."""

    row: Row
    run: Measured
    measures: dict[str, Estimate]


def run_followed(
    name: str, instance: Instance, effort: Effort, pool: ProcessPoolExecutor
) -> list[RowResult]:
    """Run with a bar on standard error, or one line where that is no terminal."""
    errors = error_console()
    if not errors.is_terminal:
        errors.print(f"{name} ...", markup=False)
        return run_instance(instance, effort, pool, lambda _done, _of: None)
    with Progress(console=errors, transient=True) as bar:
        task = bar.add_task(name)
        return run_instance(
            instance, effort, pool, lambda done, of: bar.update(task, completed=done, total=of)
        )


def run_instance(
    instance: Instance,
    effort: Effort,
    pool: ProcessPoolExecutor,
    progress: Callable[[int, int], None],
) -> list[RowResult]:
    """Every row under the same seeds, so that all meet the same calls. ``progress`` is told how
    many of how many replications are done."""
    plan = effort.plan(instance)
    futures: dict[Future[Figures], tuple[int, int]] = {}
    for number, row in enumerate(instance.rows):
        for replication in range(plan.replications):
            future = pool.submit(replicated, row, plan, (effort.seed, replication))
            futures[future] = (number, replication)
    found: dict[tuple[int, int], Figures] = {}
    for done, future in enumerate(as_completed(futures), start=1):
        found[futures[future]] = future.result()
        progress(done, len(futures))
    return [
        result_of(row, plan, [found[number, r] for r in range(plan.replications)])
        for number, row in enumerate(instance.rows)
    ]


def replicated(row: Row, plan: Plan, seed: tuple[int, int]) -> Figures:
    """One replication of a row, in this process."""
    scenario = _planned(row.scenario, plan)
    matcher = Matcher if row.matcher is None else row.matcher()
    run = simulate(scenario, seed, batches=plan.batches, new_matcher=matcher, rechecks=row.rechecks)
    return figures_of(run, layout_of(scenario, plan.batches))


def result_of(row: Row, plan: Plan, runs: Sequence[Figures]) -> RowResult:
    """What the replications of a row come to."""
    scenario = _planned(row.scenario, plan)
    run = measured(scenario, layout_of(scenario, plan.batches), runs, plan.depth_at_s)
    return RowResult(row, run, measure_all(run))


def _planned(scenario: Scenario, plan: Plan) -> Scenario:
    lengths = {"warm_up_s": plan.warm_up_s, "horizon_s": plan.horizon_s}
    return scenario.model_copy(update=lengths)
