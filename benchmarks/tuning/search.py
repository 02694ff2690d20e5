"""The search: Optuna proposes, few replications sort out, more look at what is left.

Proposals come in batches of a fixed size and are told in their order, so that a seed gives the same
search on any number of processes (unless time ends it).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import optuna
from optuna.distributions import IntDistribution
from optuna.samplers import TPESampler
from optuna.trial import Trial, TrialState, create_trial

from benchmarks.tuning.knobs import Knob, nearest, with_settings
from benchmarks.tuning.merit import Merit, Terms
from benchmarks.tuning.tries import Candidate, Tries

__all__ = ("FIRST_LOOK", "Search", "Searched")

BATCH: Final = 8
FIRST_LOOK: Final = 2
"""Replications after which the worse half of a batch is dropped."""

SHORTLIST_MIN: Final = 4
SHORTLIST_MAX: Final = 8
"""How many are worth fresh numbers: a few more than the best, which may be so by luck."""

STARTS: Final = (
    {"load": 0.0},
    {"urgency": 0.02},
    {"load": 0.0, "urgency": 0.02},
    {"load": 0.0, "idle": 0.05, "scarcity": 1.0, "urgency": 0.001},
    {"history": 2.0},
)
"""What has been good elsewhere (docs/quality.md), tried first: weights as multiples of that of
skill, and the weight of urgency."""


@dataclass(slots=True)
class Searched:
    """All that was tried, the base first; ``merits`` are of the candidates in their order."""

    base: Candidate
    candidates: list[Candidate] = field(default_factory=list)
    merits: list[Merit] = field(default_factory=list)
    dropped: int = 0

    def front(self) -> list[int]:
        """Those that none beats, by what was seen in the search, of whom was looked at closely."""
        return _unbeaten(self._looked_at(), self.merits)

    def shortlist(self) -> list[Candidate]:
        """The front and, where that is short, those next to it; where it is long, some of it, from
        end to end. The base is apart."""
        left, found = self._apart(), list[int]()
        while left and len(found) < SHORTLIST_MIN:
            front = _unbeaten(left, self.merits)
            found += sorted(front, key=lambda number: self.merits[number].costs)
            left = [number for number in left if number not in front]
        return [self.candidates[number] for number in _spread(found, SHORTLIST_MAX)]

    def _apart(self) -> list[int]:
        """Those that differ in what they come to, from the base and each other; of equal ones that
        which changes least."""
        merits = self.merits
        chosen: dict[Merit, int] = {}
        for number in sorted(self._looked_at(), key=lambda n: (self.candidates[n].moved, n)):
            chosen.setdefault(merits[number], number)
        return sorted(number for number in chosen.values() if number)

    def _looked_at(self) -> list[int]:
        most = len(self.base.evidence.runs)
        looked = enumerate(self.candidates)
        return [number for number, one in looked if len(one.evidence.runs) == most]


def _unbeaten(numbers: Sequence[int], merits: Sequence[Merit]) -> list[int]:
    return [
        number
        for number in numbers
        if not any(merits[other].beats(merits[number]) for other in numbers)
    ]


def _spread(found: Sequence[int], most: int) -> list[int]:
    """So many at the most, evenly from the first to the last."""
    if len(found) <= most:
        return list(found)
    return [found[round(place * (len(found) - 1) / (most - 1))] for place in range(most)]


class Search:
    """One search from a base policy; a candidate is played at most ``replications`` times."""

    def __init__(
        self,
        base: dict[str, Any],
        knobs: Sequence[Knob],
        terms: Terms,
        tries: Tries,
        *,
        seed: int,
        replications: int,
    ) -> None:
        self._knobs, self._terms, self._tries = list(knobs), terms, tries
        self._document = base
        self._all = range(replications)
        self._usual = tuple(nearest(knob) for knob in self._knobs)
        self._study = _study(terms, seed)
        self._known: dict[tuple[int, ...], Candidate] = {}
        self.found = Searched(Candidate(None, base))

    def run(
        self, trials: int, goes_on: Callable[[], bool], tell: Callable[[Searched], None]
    ) -> None:
        """Try so many candidates, or until ``goes_on`` says no; ``tell`` is called between.

        Raises :class:`GroundError` for a figure of which the base shows nothing.
        """
        self._tries.play([(self.found.base, self._all)])
        self._terms.require_known(self.found.base.evidence)
        self._begin()
        tell(self.found)
        starts = list(self._starts())
        done = 0
        while done < trials and goes_on():
            some = min(BATCH, trials - done)
            for start in starts[:some]:
                self._study.enqueue_trial(start)
            del starts[:some]
            self._batch(some)
            done += some
            tell(self.found)

    def _begin(self) -> None:
        """The base is a trial too, at the places nearest to it."""
        base = self.found.base
        merit = self._terms.merit(base.evidence, base.evidence)
        self.found.candidates.append(base)
        self.found.merits.append(merit)
        places = {knob.name: nearest(knob) for knob in self._knobs}
        self._study.add_trial(
            create_trial(
                state=TrialState.COMPLETE,
                values=list(merit.costs),
                params=places,
                distributions={knob.name: _distribution(knob) for knob in self._knobs},
                constraints={f"bound {n}": value for n, value in enumerate(merit.excess)},
            )
        )

    def _batch(self, size: int) -> None:
        asked = [self._study.ask() for _ in range(size)]
        candidates = [self._candidate(trial) for trial in asked]
        fresh = list(dict.fromkeys(candidates))
        self._tries.play((candidate, self._all[:FIRST_LOOK]) for candidate in fresh)
        going = self._better(fresh)
        self._tries.play((candidate, self._all) for candidate in going)
        self.found.dropped += len(fresh) - len(going)
        for trial, candidate in zip(asked, candidates, strict=True):
            self._tell(trial, candidate)

    def _tell(self, trial: Trial, candidate: Candidate) -> None:
        merit = self._terms.merit(candidate.evidence, self.found.base.evidence)
        if candidate not in self.found.candidates:
            self.found.candidates.append(candidate)
            self.found.merits.append(merit)
        for number, excess in enumerate(merit.excess):
            trial.set_constraint(f"bound {number}", excess)
        self._study.tell(trial, list(merit.costs))

    def _candidate(self, trial: Trial) -> Candidate:
        """What a trial proposes; the same again costs nothing."""
        places = tuple(
            trial.suggest_int(knob.name, 0, len(knob.values) - 1) for knob in self._knobs
        )
        if places not in self._known:
            values = [knob.values[at] for knob, at in zip(self._knobs, places, strict=True)]
            policy = with_settings(self._document, self._knobs, values)
            moved = sum(a != b for a, b in zip(places, self._usual, strict=True))
            self._known[places] = Candidate(places, policy, moved)
        return self._known[places]

    def _better(self, fresh: Sequence[Candidate]) -> list[Candidate]:
        """The better half of some by a first look, and whoever nobody beats."""
        base = self.found.base.evidence
        merits = [self._terms.merit(candidate.evidence, base) for candidate in fresh]
        others = [*merits, *self.found.merits]
        beaten = [sum(other.beats(merit) for other in others) for merit in merits]
        ranked = sorted(range(len(fresh)), key=lambda number: (beaten[number], number))
        half = (len(fresh) + 1) // 2
        kept = [n for rank, n in enumerate(ranked) if rank < half or not beaten[n]]
        return [fresh[number] for number in sorted(kept)]

    def _starts(self) -> Iterator[dict[str, int]]:
        """What has been good elsewhere, as places of this policy's knobs."""
        usual = {knob.name: nearest(knob) for knob in self._knobs}
        for start in STARTS:
            own = {knob.name: _start(knob, start) for knob in self._knobs}
            places = usual | {name: place for name, place in own.items() if place is not None}
            if places != usual:
                yield places


def _start(knob: Knob, start: dict[str, float]) -> int | None:
    """The place of a knob at which a start has it."""
    if knob.place == ("urgency", "weight"):
        wanted = start.get("urgency")
    else:
        ratio = start.get(str(knob.place[-1])) if "weights" in knob.place else None
        wanted = None if ratio is None else ratio * max(knob.values) / 4.0
    if wanted is None:
        return None
    return min(range(len(knob.values)), key=lambda at: abs(knob.values[at] - wanted))


def _study(terms: Terms, seed: int) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = TPESampler(seed=seed, multivariate=True, n_startup_trials=16, constant_liar=True)
    return optuna.create_study(directions=["minimize"] * len(terms.goals), sampler=sampler)


def _distribution(knob: Knob) -> IntDistribution:
    return IntDistribution(0, len(knob.values) - 1)
