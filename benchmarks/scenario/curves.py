"""How often something happens, as time goes by: rates that are straight lines, piece by piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.scenario.elements import Floats

__all__ = ("RateCurve", "Window")


@dataclass(frozen=True, slots=True)
class Window:
    """Rates are ``factor`` times as high from ``from_s`` to ``until_s``."""

    factor: float
    from_s: float
    until_s: float


@dataclass(frozen=True, slots=True, eq=False)
class RateCurve:
    """Pieces of a rate: each begins at ``starts_s`` with ``rates`` (per second) and changes by
    ``slopes`` (per second, per second). The first begins at 0, the last never ends."""

    starts_s: Floats
    rates: Floats
    slopes: Floats

    @classmethod
    def constant(cls, per_s: float, from_s: float = 0.0, until_s: float | None = None) -> RateCurve:
        """One rate between two moments, and nothing outside."""
        steps = [(0.0, 0.0)] if from_s > 0 else []
        steps.append((from_s, per_s))
        if until_s is not None:
            steps.append((until_s, 0.0))
        return cls.steps(steps)

    @classmethod
    def steps(cls, steps: Sequence[tuple[float, float]]) -> RateCurve:
        """Constant pieces: (start in s, rate per s), the first from 0 on."""
        starts_s, rates = np.array(steps, dtype=np.float64).T
        return cls(starts_s, rates, np.zeros(len(rates)))

    def within(self, windows: Sequence[Window]) -> RateCurve:
        """The same with higher (or lower) rates in some windows; where they overlap the factors
        multiply."""
        bounds = [bound for window in windows for bound in (window.from_s, window.until_s)]
        starts_s = np.unique(np.concatenate((self.starts_s, bounds)))
        piece = np.searchsorted(self.starts_s, starts_s, side="right") - 1
        rates = self.rates[piece] + self.slopes[piece] * (starts_s - self.starts_s[piece])
        factors = np.ones(len(starts_s))
        for window in windows:
            factors[(starts_s >= window.from_s) & (starts_s < window.until_s)] *= window.factor
        return RateCurve(starts_s, rates * factors, self.slopes[piece] * factors)

    def expected(self, until_s: float) -> float:
        """How much is expected from 0 until then."""
        piece = int(np.searchsorted(self.starts_s, until_s, side="right")) - 1
        after_s = until_s - self.starts_s[piece]
        more = (self.rates[piece] + self.slopes[piece] * after_s / 2) * after_s
        return float(self._before()[piece] + more)

    def highest(self, until_s: float) -> float:
        """The highest rate from 0 until then, per second."""
        ends_s = np.minimum(np.append(self.starts_s[1:], until_s), until_s)
        lengths_s = np.maximum(ends_s - self.starts_s, 0)
        ends = self.rates + self.slopes * lengths_s
        begun = self.starts_s < until_s
        return float(np.maximum(self.rates, ends)[begun].max())

    def when(self, amounts: Floats) -> Floats:
        """When so much will have been expected, in s; infinite where it never will."""
        before = self._before()
        piece = np.searchsorted(before, amounts, side="right") - 1
        missing = amounts - before[piece]
        rates, slopes = self.rates[piece], self.slopes[piece]
        # the root of rate * t + slope * t² / 2 = missing that does not cancel where slope is 0
        divisor = rates + np.sqrt(np.maximum(rates**2 + 2 * slopes * missing, 0))
        with np.errstate(divide="ignore", invalid="ignore"):
            after_s = np.where(missing > 0, 2 * missing / divisor, 0.0)
        return self.starts_s[piece] + after_s

    def _before(self) -> Floats:
        """How much is expected before each piece."""
        lengths_s = np.diff(self.starts_s)
        each = (self.rates[:-1] + self.slopes[:-1] * lengths_s / 2) * lengths_s
        return np.concatenate(([0.0], np.cumsum(each)))
