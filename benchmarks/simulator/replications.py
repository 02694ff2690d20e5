"""Independent replications of a scenario, on all cores."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, as_completed

from benchmarks.scenario.document import Scenario
from benchmarks.simulator.figures import Figures, figures_of, layout_of
from benchmarks.simulator.run import simulate

__all__ = ("replicate",)

Progress = Callable[[Figures], None]


def replicate(
    scenario: Scenario,
    pool: ProcessPoolExecutor,
    *,
    seed: int,
    replications: int,
    batches: int,
    progress: Progress,
) -> list[Figures]:
    """So many runs, each with random numbers of its own, in their order; ``progress`` is told of
    each that is done. Equal arguments give equal figures, however many processes there are."""
    futures: dict[Future[Figures], int] = {
        pool.submit(_one, scenario, seed, number, batches): number for number in range(replications)
    }
    found: dict[int, Figures] = {}
    for future in as_completed(futures):
        found[futures[future]] = figures = future.result()
        progress(figures)
    return [found[number] for number in range(replications)]


def _one(scenario: Scenario, seed: int, number: int, batches: int) -> Figures:
    """In a worker: one run."""
    run = simulate(scenario, (seed, number), batches=batches)
    return figures_of(run, layout_of(scenario, batches))
