"""Validation: the shortlist on fresh numbers, so that nobody wins by luck in the search.

The best of many tries is good partly by chance (the winner's curse). What is told of a point comes
from replications that the search has never seen, in pairs with the base, and a claim has to hold
for all points at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from adapters.tuning.figures import Bound, Figure
from benchmarks.simulator.estimates import Estimate
from benchmarks.tuning.evidence import Evidence, half_width
from benchmarks.tuning.merit import Merit, Terms
from benchmarks.tuning.tries import Candidate, Tries

__all__ = ("FRESH", "Holds", "Point", "Verdict", "distinct", "points_of", "validate")

FRESH: Final = 1_000_000
"""The first number of replications that no search plays."""


class Verdict(StrEnum):
    """How a point compares with the base, beyond the noise, in what the objective asks for."""

    BETTER = "better"
    """In a goal or a bound, and worse in none."""
    TRADE = "trade"
    """Better in one, worse in another."""
    SAME = "no difference"
    WORSE = "worse"


class Holds(StrEnum):
    """Whether a bound holds."""

    YES = "yes"
    PERHAPS = "within the noise"
    """It lies in the interval."""
    NO = "no"


@dataclass(frozen=True, slots=True)
class Point:
    """One policy on fresh numbers: each figure, each figure less the base's, how its bounds hold,
    and what that comes to. ``is_unbeaten``: no other point, nor the base, is to be preferred."""

    candidate: Candidate
    figures: dict[Figure, Estimate]
    differences: dict[Figure, Estimate]
    bounds: dict[Bound, Holds]
    better: tuple[str, ...]
    worse: tuple[str, ...]
    verdict: Verdict
    merit: Merit
    is_unbeaten: bool

    @property
    def keeps(self) -> Holds:
        """Whether it keeps all bounds."""
        held = self.bounds.values()
        return next((one for one in (Holds.NO, Holds.PERHAPS) if one in held), Holds.YES)


def validate(
    tries: Tries,
    base: Candidate,
    shortlist: Sequence[Candidate],
    replications: int,
    progress: Callable[[], None] = lambda: None,
) -> None:
    """Play everybody on numbers that the search has not seen; what was seen is forgotten."""
    fresh = range(FRESH, FRESH + replications)
    for candidate in (base, *shortlist):
        candidate.evidence = Evidence()
    tries.play(((candidate, fresh) for candidate in (base, *shortlist)), progress)


def distinct(base: Candidate, shortlist: Sequence[Candidate]) -> list[Candidate]:
    """Those that came to something else than the base and each other; of equal ones that which
    changes least."""
    seen = {_digest(base)}
    chosen: dict[bytes, Candidate] = {}
    for candidate in sorted(shortlist, key=lambda one: one.moved):
        if _digest(candidate) not in seen:
            chosen.setdefault(_digest(candidate), candidate)
    return [candidate for candidate in shortlist if candidate in chosen.values()]


def _digest(candidate: Candidate) -> bytes:
    runs = candidate.evidence.runs
    return b"".join(runs[number].tobytes() for number in sorted(runs))


def points_of(terms: Terms, base: Candidate, shortlist: Sequence[Candidate]) -> list[Point]:
    """The base first, then each candidate, by what their evidence says."""
    everybody = (base, *shortlist)
    merits = [_merit(terms, one, base) for one in everybody]
    claims = len(shortlist) * len(terms.figures)
    return [
        _point(terms, one, base, merit, claims, is_unbeaten=not any(m.beats(merit) for m in merits))
        for one, merit in zip(everybody, merits, strict=True)
    ]


def _merit(terms: Terms, candidate: Candidate, base: Candidate) -> Merit:
    """As in the search, but a bound is broken only where it is so beyond the noise."""
    merit = terms.merit(candidate.evidence, base.evidence)
    widths = [candidate.evidence.of(terms.place(b.figure)).half_width for b in terms.bounds]
    excess = (
        0.0 if abs(one) <= width else one for one, width in zip(merit.excess, widths, strict=True)
    )
    return replace(merit, excess=tuple(excess))


def _point(
    terms: Terms,
    candidate: Candidate,
    base: Candidate,
    merit: Merit,
    claims: int,
    *,
    is_unbeaten: bool,
) -> Point:
    evidence, count = candidate.evidence, len(candidate.evidence.runs)
    places = list(enumerate(terms.figures))
    figures = {figure: evidence.of(place) for place, figure in places}
    differences = {figure: evidence.beyond(base.evidence, place) for place, figure in places}
    better, worse = _compared(terms, differences, figures, count, claims)
    return Point(
        candidate=candidate,
        figures=figures,
        differences=differences,
        bounds={bound: _holds(bound, figures[bound.figure]) for bound in terms.bounds},
        better=better,
        worse=worse,
        verdict=_verdict(better, worse),
        merit=merit,
        is_unbeaten=is_unbeaten,
    )


def _compared(
    terms: Terms,
    differences: dict[Figure, Estimate],
    figures: dict[Figure, Estimate],
    replications: int,
    claims: int,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The goals in which a point is better and worse than the base, beyond the noise of all claims
    together; and the bounds that the base or the point breaks, by the means."""
    better, worse = list[str](), list[str]()
    for goal in terms.goals:
        gain = -terms.sign(goal) * differences[goal].mean
        if abs(gain) > half_width(differences[goal], replications, claims):
            (better if gain > 0 else worse).append(str(goal))
    for bound in terms.bounds:
        gap, now = differences[bound.figure], bound.excess(figures[bound.figure].mean)
        before = bound.excess(figures[bound.figure].mean - gap.mean)
        if abs(gap.mean) > half_width(gap, replications, claims) and (now > 0) != (before > 0):
            (worse if now > 0 else better).append(str(bound))
    return tuple(better), tuple(worse)


def _verdict(better: Sequence[str], worse: Sequence[str]) -> Verdict:
    if better:
        return Verdict.TRADE if worse else Verdict.BETTER
    return Verdict.WORSE if worse else Verdict.SAME


def _holds(bound: Bound, found: Estimate) -> Holds:
    excess = bound.excess(found.mean)
    if abs(excess) <= found.half_width:
        return Holds.PERHAPS
    return Holds.NO if excess > 0 else Holds.YES
