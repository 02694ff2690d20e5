"""One run of a scenario: the real engine, its customers and agents, in virtual time."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from math import inf, nextafter
from typing import Final

from benchmarks.scenario.document import Scenario
from benchmarks.scenario.policies import policy_of
from benchmarks.scenario.streams import Seed
from benchmarks.scenario.workload import contacts
from benchmarks.simulator.customers import Customers
from benchmarks.simulator.desks import Desks, without_answers
from benchmarks.simulator.kernel import NO_RECHECKS, Kernel, Rechecks
from benchmarks.simulator.tally import Series, Tally
from router.commands import ReplacePolicy
from router.engine import Engine
from router.matcher import Matcher

__all__ = ("Run", "simulate", "without_collector")

FOLLOWED: Final = 2.0
"""Contacts that count are followed, with others arriving behind them, for so many horizons."""

SERIES_POINTS_MAX: Final = 600
STEPS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 86_400)

COLLECT_EVERY: Final = 200_000
"""Contacts between two looks of the garbage collector."""


@dataclass(slots=True)
class Run:
    """What one run has found: its stretches, how things stood over time, how many contacts there
    were in all, and how much processor time they took."""

    tallies: list[Tally]
    series: Series
    contacts: int
    cpu_s: float


def simulate(
    scenario: Scenario,
    seed: Seed,
    *,
    batches: int = 1,
    new_matcher: type[Matcher] = Matcher,
    rechecks: Rechecks = NO_RECHECKS,
    engine: Engine | None = None,
) -> Run:
    """One replication. Equal arguments give equal tallies.

    ``engine``: a new one of a kind that does more than decide.

    The time from ``warm_up_s`` to ``horizon_s`` is cut into ``batches`` of equal length; contacts
    belong to that in which they first came. Raises :class:`SimulationError` when the engine
    refuses what the scenario asks of it.
    """
    with without_collector():
        kernel = Kernel(new_matcher, rechecks, engine=engine)
        return _Run(scenario, seed, batches, kernel, rechecks).play()


class _Run:
    """The parts of a run, put together."""

    def __init__(
        self,
        scenario: Scenario,
        seed: Seed,
        batches: int,
        kernel: Kernel,
        rechecks: Rechecks,
    ) -> None:
        self._scenario = scenario
        self._horizon_ms = scenario.horizon_s * 1_000
        given = scenario.policy if isinstance(scenario.policy, dict) else policy_of(scenario)
        policy = without_answers(scenario, given)
        self._kernel = kernel
        self._desks = Desks(scenario, policy, kernel, seed)
        self._customers = Customers(scenario, kernel, self._desks, seed, rechecks.after_ms)
        self._contacts = contacts(scenario, seed, until_s=scenario.horizon_s * FOLLOWED)
        self._series = Series(_step_s(scenario.horizon_s))
        self._tallies: list[Tally] = []
        kernel.tell(ReplacePolicy(policy=policy))
        self._desks.open()
        self._plan(batches)
        kernel.begin_rechecks()

    def play(self) -> Run:
        """Run to the end."""
        began_s = time.process_time()
        number = 0
        for number, contact in enumerate(self._contacts, start=1):
            at_ms = contact.at_s * 1_000
            self._kernel.advance(at_ms)
            if at_ms >= self._horizon_ms and not self._customers.pending:
                break
            self._customers.arrive(contact)
            if not number % COLLECT_EVERY:
                gc.collect()
        # what is due at the very horizon happens, too: seconds at work are counted up to there
        self._kernel.advance(nextafter(self._horizon_ms, inf))
        while self._customers.pending and self._kernel.now_ms < self._horizon_ms * FOLLOWED:
            if not self._kernel.advance_once():
                break
        self._series.depth_max = self._customers.depth_max
        return Run(self._tallies, self._series, number, time.process_time() - began_s)

    def _plan(self, batches: int) -> None:
        """Cut the time that counts, and look at everything every now and then."""
        warm_up_s, horizon_s = self._scenario.warm_up_s, self._scenario.horizon_s
        length_s = (horizon_s - warm_up_s) / batches
        bounds = [warm_up_s + n * length_s for n in range(batches)] + [horizon_s]
        for begin_s, end_s in pairwise(bounds):
            tally = Tally.empty(self._scenario, begin_s, end_s - begin_s)
            self._tallies.append(tally)
            self._count_from(begin_s, tally)
        self._count_from(horizon_s, None)
        self._kernel.at(0.0, self._look, 0)

    def _count_from(self, begin_s: float, tally: Tally | None) -> None:
        """Count into a tally (or none) from a moment on: before whatever happens at it."""
        begin_ms = begin_s * 1_000
        self._kernel.at(nextafter(begin_ms, -inf), self._count_into, (tally, begin_ms))

    def _count_into(self, what: tuple[Tally | None, float]) -> None:
        tally, begin_ms = what
        self._customers.tally = tally
        self._desks.floor.count_into(tally, begin_ms)

    def _look(self, number: int) -> None:
        series, customers, floor = self._series, self._customers, self._desks.floor
        series.depth.append(customers.depth)
        series.busy.append(floor.busy)
        series.staffed.append(floor.staffed)
        series.arrived.append(customers.arrived)
        series.served.append(customers.served)
        series.abandoned.append(customers.abandoned)
        at_s = (number + 1) * series.step_s
        if at_s <= self._scenario.horizon_s:
            self._kernel.at(at_s * 1_000, self._look, number + 1)


def _step_s(horizon_s: float) -> float:
    """The distance of the points of a series, round where the horizon is long enough."""
    for step_s in STEPS_S:
        if horizon_s / step_s <= SERIES_POINTS_MAX:
            return min(float(step_s), horizon_s / 20)
    return horizon_s / SERIES_POINTS_MAX


@contextmanager
def without_collector() -> Iterator[None]:
    """Without the garbage collector, which finds next to nothing here and looks at everything."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
