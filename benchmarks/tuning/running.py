"""One search from its beginning to what fresh numbers say of it, within its time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final

from adapters.tuning.objective import Objective
from benchmarks.tuning.follow import Follow
from benchmarks.tuning.ground import Ground
from benchmarks.tuning.knobs import KnobGroup, knobs_of
from benchmarks.tuning.merit import Terms
from benchmarks.tuning.report import Effort, search_document, tuning_document
from benchmarks.tuning.search import SHORTLIST_MAX, Search, Searched
from benchmarks.tuning.tries import Tries, tries
from benchmarks.tuning.validation import Point, distinct, points_of, validate

__all__ = ("Plan", "tuned")

SPARE: Final = 1.1
"""What is kept for fresh numbers, of what they are expected to take."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is tried. ``replications`` of each candidate in the search, ``fresh`` of the best
    afterwards; ``seconds`` None: as long as it takes."""

    groups: tuple[KnobGroup, ...]
    trials: int
    seconds: float | None
    seed: int
    replications: int
    fresh: int
    jobs: int


def tuned(
    ground: Ground, objective: Objective, plan: Plan, follow: Follow
) -> tuple[dict[str, Any], list[Point]]:
    """The document of a search, and its points, the base first.

    Raises :class:`GroundError` and :class:`KnobError` for what cannot be asked here.
    """
    terms = Terms(objective)
    ground.check(terms.figures)
    with tries(ground, terms.figures, plan.jobs) as pool:
        return _Running(ground, terms, plan, follow, pool).run()


class _Running:
    """The parts of a search, with its clock."""

    def __init__(
        self, ground: Ground, terms: Terms, plan: Plan, follow: Follow, pool: Tries
    ) -> None:
        self._ground, self._terms, self._plan = ground, terms, plan
        self._follow, self._tries = follow, pool
        self._knobs = knobs_of(ground.policy, plan.groups)
        self._began_s = time.monotonic()
        self._ended_by = "trials"
        self._trials = 0

    def run(self) -> tuple[dict[str, Any], list[Point]]:
        """Search, then validate."""
        plan = self._plan
        self._follow.stage("searching", 0, plan.trials)
        search = Search(
            self._ground.policy,
            self._knobs,
            self._terms,
            self._tries,
            seed=plan.seed,
            replications=plan.replications,
        )
        search.run(plan.trials, self._has_time, self._tell)
        searched = search.found
        document = search_document(
            self._ground, self._terms, self._knobs, searched, self._effort(searched)
        )
        points = self._validated(searched)
        effort = self._effort(searched)
        return tuning_document(document, self._ground, points, effort), points

    def _validated(self, searched: Searched) -> list[Point]:
        shortlist = searched.shortlist()
        total, done = (len(shortlist) + 1) * self._plan.fresh, 0

        def advance() -> None:
            nonlocal done
            done += 1
            self._follow.stage("validating on fresh numbers", done, total)

        validate(self._tries, searched.base, shortlist, self._plan.fresh, advance)
        return points_of(self._terms, searched.base, distinct(searched.base, shortlist))

    def _tell(self, searched: Searched) -> None:
        self._trials = len(searched.candidates) - 1
        self._follow.stage("searching", self._trials, self._plan.trials)
        effort = self._effort(searched)
        told = search_document(self._ground, self._terms, self._knobs, searched, effort)
        self._follow.result(told, final=False)

    def _has_time(self) -> bool:
        """Whether there is time for another batch, and for fresh numbers after it."""
        if self._plan.seconds is None:
            return True
        took_s = time.monotonic() - self._began_s
        each_s = took_s / max(1, self._tries.runs)
        after_s = (SHORTLIST_MAX + 1) * self._plan.fresh * each_s * SPARE
        if took_s + after_s < self._plan.seconds:
            return True
        self._ended_by = "time"
        return False

    def _effort(self, searched: Searched) -> Effort:
        return Effort(
            seed=self._plan.seed,
            trials=len(searched.candidates) - 1,
            dropped=searched.dropped,
            runs=self._tries.runs,
            replications=self._plan.replications,
            fresh=self._plan.fresh,
            jobs=self._plan.jobs,
            took_s=round(time.monotonic() - self._began_s, 3),
            ended_by=self._ended_by,
        )
