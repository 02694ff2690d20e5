"""When contacts arrive: processes that know neither the agents nor each other.

Most are a rate that changes with time. Contacts come at the moments at which the expected number
reaches a sum of exponential draws (a Poisson process), or whole numbers (``paced``).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Final, Literal, TypeAlias

import numpy as np
from pydantic import Field, model_validator

from benchmarks.scenario.curves import RateCurve
from benchmarks.scenario.elements import (
    COUNT_MAX,
    Count,
    Duration,
    Element,
    Floats,
    Moment,
    PerTime,
    Rated,
)
from benchmarks.scenario.profiles import PROFILES
from router.policy.elements import NUMBER

__all__ = (
    "Arrivals",
    "Burst",
    "Paced",
    "Piecewise",
    "Poisson",
    "Process",
    "Profile",
    "Ramp",
    "Times",
)

PIECES_MAX: Final = 10_000
_NAMED: Final = frozenset(("name", "even_days"))

Shape = Annotated[float, Field(gt=0, le=1e9), NUMBER]


class _From(Rated):
    """A rate between two moments (from the beginning on, and for good)."""

    from_s: Moment = 0.0
    until_s: Moment | None = None

    @model_validator(mode="after")
    def _in_order(self) -> _From:
        if self.until_s is not None and self.until_s <= self.from_s:
            raise ValueError(f"until_s is {self.until_s:g}, not after from_s ({self.from_s:g})")
        return self

    def curve(self, rng: np.random.Generator, until_s: float) -> RateCurve:
        """One rate."""
        del rng
        return self.usual(until_s)

    def usual(self, until_s: float) -> RateCurve:
        """One rate."""
        del until_s
        return RateCurve.constant(self.per_s, self.from_s, self.until_s)


class Poisson(_From):
    """By chance, at one rate."""

    kind: Literal["poisson"]


class Paced(_From):
    """At even distances, the first at ``from_s``; ``count`` of them, or without end."""

    kind: Literal["paced"]
    count: Count | None = None


class RateStep(Rated):
    """One rate, until a moment (the last: for good)."""

    until_s: Duration | None = None


class Piecewise(Element):
    """By chance, at rates that change at known moments."""

    kind: Literal["piecewise"]
    steps: Annotated[list[RateStep], Field(min_length=1, max_length=PIECES_MAX)]

    @model_validator(mode="after")
    def _in_order(self) -> Piecewise:
        ends = [step.until_s for step in self.steps]
        if None in ends[:-1]:
            raise ValueError("every step but the last needs its until_s")
        known = [end for end in ends if end is not None]
        if any(late <= early for early, late in pairwise(known)):
            raise ValueError("each until_s must be later than the one before")
        return self

    def curve(self, rng: np.random.Generator, until_s: float) -> RateCurve:
        """The steps; nothing after the last if it ends."""
        del rng
        return self.usual(until_s)

    def usual(self, until_s: float) -> RateCurve:
        """The steps; nothing after the last if it ends."""
        del until_s
        starts_s = [0.0, *(step.until_s for step in self.steps if step.until_s is not None)]
        rates = [step.per_s for step in self.steps]
        return RateCurve.steps(list(zip(starts_s, [*rates, 0.0], strict=False)))


class Ramp(Element):
    """By chance, at a rate that rises or falls evenly; before and after it keeps the ends."""

    kind: Literal["ramp"]
    begin: Rated
    end: Rated
    from_s: Moment = 0.0
    until_s: Duration

    @model_validator(mode="after")
    def _in_order(self) -> Ramp:
        if self.until_s <= self.from_s:
            raise ValueError(f"until_s is {self.until_s:g}, not after from_s ({self.from_s:g})")
        return self

    def curve(self, rng: np.random.Generator, until_s: float) -> RateCurve:
        """A straight line between two constants."""
        del rng
        return self.usual(until_s)

    def usual(self, until_s: float) -> RateCurve:
        """A straight line between two constants."""
        del until_s
        first, last = self.begin.per_s, self.end.per_s
        slope = (last - first) / (self.until_s - self.from_s)
        pieces = [(self.from_s, first, slope), (self.until_s, last, 0.0)]
        if self.from_s > 0:
            pieces.insert(0, (0.0, first, 0.0))
        return RateCurve(*np.array(pieces).T)


class Profile(Element):
    """By chance, at the rates of a day: ``counts`` by interval, or a measured shape by its name.

    ``total`` contacts a day are expected (as many as the counts say, without). Days differ by a
    gamma factor of mean 1 and this shape (the variance of a count of mean m is m + m² / shape), and
    so may single intervals. ``repeat_s``: the next day begins so long after.
    """

    kind: Literal["profile"]
    name: str | None = None
    counts: Annotated[list[PerTime], Field(min_length=1, max_length=PIECES_MAX)] | None = None
    interval_s: Duration = 1_800.0
    from_s: Moment = 0.0
    total: Annotated[float, Field(gt=0, le=COUNT_MAX), NUMBER] | None = None
    day_factor_shape: Shape | None = None
    interval_factor_shape: Shape | None = None
    even_days: bool = False
    repeat_s: Duration | None = None

    @model_validator(mode="before")
    @classmethod
    def _spelled_out(cls, given: Any) -> Any:
        """The same with the shape that is named."""
        shape = PROFILES.get(given.get("name", "")) if isinstance(given, dict) else None
        if shape is None or "counts" in given:
            return given
        named: dict[str, Any] = {"counts": shape.counts, "interval_s": shape.interval_s}
        if not given.get("even_days"):
            named["day_factor_shape"] = shape.day_shape
        return {**named, **{key: one for key, one in given.items() if key not in _NAMED}}

    @model_validator(mode="after")
    def _has_a_shape(self) -> Profile:
        if self.name is not None:
            raise ValueError(f"there is no shape {self.name!r}, only {', '.join(PROFILES)}")
        if not self.counts:
            raise ValueError(f"give counts, or the name of a shape: {', '.join(PROFILES)}")
        if not sum(self.counts):
            raise ValueError("the counts are all 0")
        return self

    @model_validator(mode="after")
    def _fits_its_repetition(self) -> Profile:
        length_s = len(self.counts or ()) * self.interval_s
        if self.repeat_s is not None and length_s > self.repeat_s:
            raise ValueError(f"the counts last {length_s:g} s, longer than repeat_s")
        return self

    def curve(self, rng: np.random.Generator, until_s: float) -> RateCurve:
        """The rates of days, each drawn anew, as often as days begin before a moment; nothing
        between."""
        return self._days(rng, until_s)

    def usual(self, until_s: float) -> RateCurve:
        """The rates of days that are all as usual."""
        return self._days(None, until_s)

    def _days(self, rng: np.random.Generator | None, until_s: float) -> RateCurve:
        counts, begin_s = np.array(self.counts, dtype=np.float64), self.from_s
        if self.total is not None:
            counts = counts * (self.total / counts.sum())
        days = 1
        if self.repeat_s is not None:
            days = min(max(1, int(np.ceil((until_s - begin_s) / self.repeat_s))), PIECES_MAX)
        steps = [(0.0, 0.0)] if begin_s > 0 else []
        for day in range(days):
            first_s = begin_s + day * (self.repeat_s or 0.0)
            rates = self._drawn(counts, rng) / self.interval_s
            steps += [(first_s + n * self.interval_s, r) for n, r in enumerate(rates.tolist())]
            steps.append((first_s + len(counts) * self.interval_s, 0.0))
        return RateCurve.steps(_without_twins(steps))

    def _drawn(self, counts: Floats, rng: np.random.Generator | None) -> Floats:
        """What one day expects."""
        if rng is None:
            return counts
        if self.day_factor_shape is not None:
            counts = counts * (rng.gamma(self.day_factor_shape) / self.day_factor_shape)
        if self.interval_factor_shape is not None:
            shape = self.interval_factor_shape
            counts = counts * (rng.gamma(shape, size=len(counts)) / shape)
        return counts


class Burst(Element):
    """``count`` at one moment; again after ``every_s``, ``times`` in all."""

    kind: Literal["burst"]
    count: Count
    at_s: Moment = 0.0
    every_s: Duration | None = None
    times: Count = 1

    @model_validator(mode="after")
    def _repeated(self) -> Burst:
        if self.times > 1 and self.every_s is None:
            raise ValueError("several times need every_s")
        if self.count * self.times > COUNT_MAX:
            raise ValueError(f"more than {COUNT_MAX:,} contacts")
        return self

    def moments(self) -> Floats:
        """All moments, in s, in order."""
        each = self.at_s + np.arange(self.times) * (self.every_s or 0.0)
        return np.repeat(each, self.count)


class Times(Element):
    """At these moments, in order; ``customers`` says who, each time."""

    kind: Literal["times"]
    at_s: Annotated[list[Moment], Field(max_length=COUNT_MAX)]
    customers: list[str] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Times:
        if any(late < early for early, late in pairwise(self.at_s)):
            raise ValueError("at_s must be in order")
        if self.customers is not None and len(self.customers) != len(self.at_s):
            raise ValueError(f"{len(self.customers)} customers for {len(self.at_s)} moments")
        return self

    def moments(self) -> Floats:
        """All moments, in s, in order."""
        return np.array(self.at_s, dtype=np.float64)


Process: TypeAlias = Poisson | Piecewise | Ramp | Profile | Paced | Burst | Times
Arrivals = Annotated[Process, Field(discriminator="kind")]


def _without_twins(steps: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Of steps that begin at one moment, the last."""
    return list(dict(steps).items())
