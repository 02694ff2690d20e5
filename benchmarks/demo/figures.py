"""Small statistics: percentiles and shares, as the report shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ("Percentiles", "mean", "percentiles", "share")


@dataclass(frozen=True, slots=True)
class Percentiles:
    """How a set of values spreads; all zero when there are none."""

    count: int
    p50: float
    p90: float
    p99: float
    highest: float


def percentiles(values: Iterable[float]) -> Percentiles:
    """Nearest-rank percentiles: every figure is a value that did occur."""
    ordered = sorted(values)
    if not ordered:
        return Percentiles(0, 0.0, 0.0, 0.0, 0.0)
    return Percentiles(
        len(ordered), _rank(ordered, 50), _rank(ordered, 90), _rank(ordered, 99), ordered[-1]
    )


def _rank(ordered: Sequence[float], percent: int) -> float:
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def share(part: float, whole: float) -> float | None:
    """``part`` of ``whole``; None when there is no whole to speak of."""
    return part / whole if whole else None


def mean(values: Iterable[float]) -> float | None:
    """Arithmetic mean; None of nothing."""
    listed = list(values)
    return sum(listed) / len(listed) if listed else None
