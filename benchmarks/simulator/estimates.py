"""Estimates with confidence intervals from batches, and their comparison with a reference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

__all__ = (
    "STANDARD_ERRORS_MAX",
    "Check",
    "Estimate",
    "Reference",
    "check",
    "ratio",
    "ratio_difference",
)

Floats = NDArray[np.float64]

NORMAL_95 = 1.959964
STANDARD_ERRORS_MAX = 3.0
"""How far from its reference an estimate may lie."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its standard error, and half the width of its 95 % confidence interval."""

    mean: float
    standard_error: float
    half_width: float

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it; what is not a number becomes null."""
        return {k: v if math.isfinite(v) else None for k, v in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Reference:
    """What a measure should be: ``equal`` to a value (known within ``half_width``, 95 %), or
    ``at_least`` it."""

    value: float
    half_width: float = 0.0
    kind: Literal["equal", "at_least"] = "equal"
    source: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """How an estimate compares: the distance in standard errors of both sides, and the verdict."""

    distance: float
    holds: bool


def ratio(
    parts: Sequence[float],
    wholes: Sequence[float],
    *,
    scale: float = 1.0,
    controls: Floats | None = None,
) -> Estimate:
    """Sum of parts over sum of wholes, times ``scale``; the batches are taken for independent.

    The error is that of a ratio of means (delta method), with Student's t for the interval.
    ``controls`` (batches × any) are deviations whose expectation is known to be 0, such as of the
    work that was brought: what they explain is taken out (control variates). Nothing to divide by
    gives not-a-number; too few batches give no error.
    """
    mean, deviations = _deviations(parts, wholes)
    return _estimate(mean, deviations, scale, controls)


def ratio_difference(
    parts: Sequence[float],
    wholes: Sequence[float],
    other_parts: Sequence[float],
    other_wholes: Sequence[float],
    *,
    scale: float = 1.0,
    controls: Floats | None = None,
) -> Estimate:
    """The ratio less the other one, of the same batches: as :func:`ratio`, but what is chance in
    both is in neither of their differences, so that the interval is that of pairs."""
    mean, deviations = _deviations(parts, wholes)
    other_mean, other_deviations = _deviations(other_parts, other_wholes)
    return _estimate(mean - other_mean, deviations - other_deviations, scale, controls)


def _deviations(parts: Sequence[float], wholes: Sequence[float]) -> tuple[float, Floats]:
    """A ratio of sums, and how far each batch is from it; not-a-number without any whole."""
    x, y = np.asarray(wholes, dtype=np.float64), np.asarray(parts, dtype=np.float64)
    if not x.sum():
        return math.nan, np.full(len(x), math.nan)
    mean = float(y.sum() / x.sum())
    return mean, (y - mean * x) / x.mean()


def _estimate(mean: float, deviations: Floats, scale: float, controls: Floats | None) -> Estimate:
    if math.isnan(mean):
        return Estimate(math.nan, math.nan, math.nan)
    # a control that never varies explains nothing
    kept = np.empty((len(deviations), 0)) if controls is None else controls[:, controls.any(axis=0)]
    freedom = len(deviations) - 1 - kept.shape[1]
    if freedom < 1:
        return Estimate(mean * scale, math.nan, math.nan)
    shift, error = _controlled(deviations, kept, freedom)
    quantile = float(stdtrit(freedom, 0.975))
    return Estimate((mean + shift) * scale, error * scale, quantile * error * scale)


def _controlled(deviations: Floats, controls: Floats, freedom: int) -> tuple[float, float]:
    """The mean of the deviations where the controls are 0, and its standard error."""
    design = np.column_stack((np.ones(len(deviations)), controls))
    inverse = np.linalg.pinv(design.T @ design)
    coefficients = inverse @ design.T @ deviations
    residuals = deviations - design @ coefficients
    variance = float(residuals @ residuals) / freedom
    return float(coefficients[0]), math.sqrt(variance * float(inverse[0, 0]))


def check(estimate: Estimate, reference: Reference) -> Check:
    """Whether an estimate lies within three standard errors of both sides combined."""
    error = math.hypot(estimate.standard_error, reference.half_width / NORMAL_95)
    gap = estimate.mean - reference.value
    # without any spread (a share that is 0 in every batch) only equality is agreement
    distance = gap / error if error > 0 else math.copysign(math.inf, gap) if gap else 0.0
    if reference.kind == "at_least":
        return Check(distance, distance >= -STANDARD_ERRORS_MAX)
    return Check(distance, abs(distance) <= STANDARD_ERRORS_MAX)
