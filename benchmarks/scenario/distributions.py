"""Distributions of durations, by their quantiles.

A contact brings a uniform number; whoever serves it, the duration is the quantile of theirs at that
number. So two policies under one seed meet the same contacts.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from typing import Annotated, Any, Final, Literal

import numpy as np
from pydantic import BeforeValidator, Field, model_validator
from scipy.special import gammaincinv, ndtri

from benchmarks.scenario.elements import Duration, Element, Floats, Moment
from router.policy.elements import NUMBER

__all__ = (
    "Constant",
    "Distribution",
    "Empirical",
    "Exponential",
    "Gamma",
    "Lognormal",
    "Uniform",
    "Weibull",
)

EMPIRICAL_MAX: Final = 10_000

Spread = Annotated[float, Field(gt=0, le=100), NUMBER]


class _Durations(Element):
    """A distribution of seconds."""

    def quantiles(self, shares: Floats) -> Floats:
        """The seconds below which such shares of the draws lie; any shape, shares in [0, 1)."""
        raise NotImplementedError

    def quantile(self, share: float) -> float:
        """One quantile, seconds."""
        return float(self.quantiles(np.array([share]))[0])

    @property
    def expected_s(self) -> float:
        """The mean."""
        raise NotImplementedError


class Exponential(_Durations):
    """Without memory."""

    kind: Literal["exponential"]
    mean_s: Duration

    def quantiles(self, shares: Floats) -> Floats:
        """The seconds below which such shares of the draws lie."""
        return -np.log1p(-shares) * self.mean_s

    def quantile(self, share: float) -> float:
        """One quantile, seconds."""
        return -math.log1p(-share) * self.mean_s

    @property
    def expected_s(self) -> float:
        """The mean."""
        return self.mean_s


class Lognormal(_Durations):
    """Its logarithm is normal; ``cv`` is the standard deviation as a share of the mean."""

    kind: Literal["lognormal"]
    mean_s: Duration
    cv: Spread = 1.0

    @cached_property
    def _sigma(self) -> float:
        return math.sqrt(math.log1p(self.cv**2))

    def quantiles(self, shares: Floats) -> Floats:
        """The seconds below which such shares of the draws lie."""
        median_s = self.mean_s / math.sqrt(1 + self.cv**2)
        quantiles: Floats = median_s * np.exp(self._sigma * ndtri(shares))
        return quantiles

    @property
    def expected_s(self) -> float:
        """The mean."""
        return self.mean_s


class Gamma(_Durations):
    """``cv`` is the standard deviation as a share of the mean; 1 is exponential."""

    kind: Literal["gamma"]
    mean_s: Duration
    cv: Spread = 0.5

    def quantiles(self, shares: Floats) -> Floats:
        """The seconds below which such shares of the draws lie."""
        shape = 1 / self.cv**2
        return np.asarray(gammaincinv(shape, shares) * (self.mean_s / shape), dtype=np.float64)

    @property
    def expected_s(self) -> float:
        """The mean."""
        return self.mean_s


class Uniform(_Durations):
    """Anything between two durations."""

    kind: Literal["uniform"]
    min_s: Moment = 0.0
    max_s: Duration

    @model_validator(mode="after")
    def _in_order(self) -> Uniform:
        if self.min_s > self.max_s:
            raise ValueError(f"min_s is {self.min_s:g}, more than max_s ({self.max_s:g})")
        return self

    def quantiles(self, shares: Floats) -> Floats:
        """The seconds below which such shares of the draws lie."""
        return self.min_s + (self.max_s - self.min_s) * shares

    def quantile(self, share: float) -> float:
        """One quantile, seconds."""
        return self.min_s + (self.max_s - self.min_s) * share

    @property
    def expected_s(self) -> float:
        """The mean."""
        return (self.min_s + self.max_s) / 2


class Constant(_Durations):
    """Always the same. A plain number says it too."""

    kind: Literal["constant"]
    value_s: Moment

    def quantiles(self, shares: Floats) -> Floats:
        """The same for every share."""
        return np.full(shares.shape, self.value_s)

    def quantile(self, share: float) -> float:
        """The same for every share."""
        del share
        return self.value_s

    @property
    def expected_s(self) -> float:
        """The mean."""
        return self.value_s


class Weibull(_Durations):
    """``shape`` 1 is exponential; below 1 whoever has waited for long waits on. One of ``mean_s``
    and ``scale_s``."""

    kind: Literal["weibull"]
    shape: Annotated[float, Field(ge=0.05, le=100), NUMBER]
    mean_s: Duration | None = None
    scale_s: Duration | None = None

    @model_validator(mode="after")
    def _one_size(self) -> Weibull:
        if (self.mean_s is None) == (self.scale_s is None):
            raise ValueError("give one of mean_s, scale_s")
        return self

    @cached_property
    def _scale_s(self) -> float:
        if self.scale_s is not None:
            return self.scale_s
        return (self.mean_s or 0.0) / math.gamma(1 + 1 / self.shape)

    def quantiles(self, shares: Floats) -> Floats:
        """The seconds below which such shares of the draws lie."""
        return self._scale_s * (-np.log1p(-shares)) ** (1 / self.shape)

    def quantile(self, share: float) -> float:
        """One quantile, seconds."""
        return float(self._scale_s * (-math.log1p(-share)) ** (1 / self.shape))

    @property
    def expected_s(self) -> float:
        """The mean."""
        return self._scale_s * math.gamma(1 + 1 / self.shape)


class Empirical(_Durations):
    """One of the durations that were seen, each as likely as its weight (all alike without)."""

    kind: Literal["empirical"]
    values_s: Annotated[list[Moment], Field(min_length=1, max_length=EMPIRICAL_MAX)]
    weights: (
        Annotated[
            list[Annotated[float, Field(ge=0, le=1e12), NUMBER]], Field(max_length=EMPIRICAL_MAX)
        ]
        | None
    ) = None

    @model_validator(mode="after")
    def _weighted(self) -> Empirical:
        if self.weights is None:
            return self
        if len(self.weights) != len(self.values_s):
            raise ValueError(f"{len(self.weights)} weights for {len(self.values_s)} values_s")
        if not sum(self.weights):
            raise ValueError("the weights are all 0")
        return self

    @cached_property
    def _steps(self) -> tuple[list[float], list[float]]:
        """The values in order, and the share of draws up to each but the last."""
        weights = self.weights or [1.0] * len(self.values_s)
        pairs = sorted(pair for pair in zip(self.values_s, weights, strict=True) if pair[1])
        total = sum(weight for _, weight in pairs)
        upto = [sum_ / total for sum_ in accumulate(weight for _, weight in pairs)]
        return [value for value, _ in pairs], upto[:-1]

    def quantiles(self, shares: Floats) -> Floats:
        """The seconds below which such shares of the draws lie."""
        values, upto = self._steps
        return np.array(values)[np.searchsorted(np.array(upto), shares, side="right")]

    def quantile(self, share: float) -> float:
        """One quantile, seconds."""
        values, upto = self._steps
        return values[bisect_right(upto, share)]

    @property
    def expected_s(self) -> float:
        """The mean."""
        return float(np.average(self.values_s, weights=self.weights))


def _number_short(value: Any) -> Any:
    """A plain number is that many seconds, always (documents hold numbers as texts)."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return {"kind": "constant", "value_s": value}
    return value


Distribution = Annotated[
    Annotated[
        Exponential | Lognormal | Gamma | Uniform | Constant | Weibull | Empirical,
        Field(discriminator="kind"),
    ],
    BeforeValidator(_number_short),
]
