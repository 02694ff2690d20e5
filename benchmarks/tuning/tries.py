"""Tries: candidates played on all cores, each replication once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, as_completed
from contextlib import contextmanager
from typing import Any, Final

from adapters.tuning.figures import Figure
from benchmarks.scenario.elements import Floats
from benchmarks.simulator.workers import workers
from benchmarks.tuning.evidence import Evidence
from benchmarks.tuning.ground import Ground

__all__ = ("Candidate", "Tries", "begin", "tries")


class Candidate:
    """One policy that is tried: the place of each knob's value (None: the base itself), the
    document, how many knobs are ``moved``, and what has been seen of it."""

    def __init__(
        self, places: tuple[int, ...] | None, policy: dict[str, Any], moved: int = 0
    ) -> None:
        self.places, self.policy, self.moved = places, policy, moved
        self.evidence = Evidence()


class Tries:
    """The processes that play. ``runs`` counts replications."""

    def __init__(self, pool: Executor) -> None:
        self._pool = pool
        self.runs = 0

    def play(
        self,
        wanted: Iterable[tuple[Candidate, Sequence[int]]],
        progress: Callable[[], None] = lambda: None,
    ) -> None:
        """Have candidates play replications that they have not played yet. The order in which they
        are done changes nothing."""
        asked: dict[Future[Floats], tuple[Candidate, int]] = {}
        for candidate, replications in wanted:
            for number in replications:
                if number not in candidate.evidence.runs:
                    asked[self._pool.submit(_play, candidate.policy, number)] = (candidate, number)
        for future in as_completed(asked):
            candidate, number = asked[future]
            candidate.evidence.runs[number] = future.result()
            self.runs += 1
            progress()


@contextmanager
def tries(ground: Ground, figures: Sequence[Figure], jobs: int) -> Iterator[Tries]:
    """So many processes, each of which has the ground."""
    with workers(jobs, begin, ground, tuple(figures)) as pool:
        yield Tries(pool)


_STAGE: Final[dict[str, Any]] = {}
"""In a worker: the ground and the figures, which every try has in common."""


def begin(ground: Ground, figures: tuple[Figure, ...]) -> None:
    """Have this process know what every try has in common."""
    _STAGE.update(ground=ground, figures=figures)


def _play(policy: dict[str, Any], replication: int) -> Floats:
    ground: Ground = _STAGE["ground"]
    return ground.play(policy, replication, _STAGE["figures"])
